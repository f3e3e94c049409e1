"""Players of WAV files: prompts that one leg hears once, and loops that many hear for a time."""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass

import _pjsua2
import pjsua2 as pj

from sipagent.errors import CallError
from sipagent.sip.guard import Guarded
from sipagent.sip.mixer import Mixer
from sipagent.sip.thread import PjThread

_C = ctypes.CDLL(_pjsua2.__file__)


class Player(Guarded, pj.AudioMediaPlayer):  # type: ignore[misc]
    """Plays one file to one session, once.

    Args:
        thread: where its end is told.
        path: of the file.
        token: tells it apart.
        finish: is called with the token and False at the end of the file.
    """

    def __init__(
        self, thread: PjThread, path: str, token: int, finish: Callable[[int, bool], None]
    ) -> None:
        super().__init__()
        self._pj_thread = thread
        self._finish = finish
        self.token = token
        self.createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)

    def onEof2(self) -> None:
        """Called by PJMEDIA in a thread of its own: only hand the news over."""
        self._pj_thread.post(self._finish, self.token, False)


class _String(ctypes.Structure):
    """``pj_str_t``."""

    _fields_ = (("text", ctypes.c_char_p), ("length", ctypes.c_ssize_t))


@dataclass(frozen=True, slots=True)
class Loop:
    """A file that is heard again and again without a gap, by all who name it.

    It is an end of the mixer, which has a player for as long as somebody has a link from it. That
    player is made past pjsua2, which asks to be told of each end of the file; PJMEDIA would leave
    a frame out for that.
    """

    path: str

    def start(self, mixer: Mixer) -> None:
        """Give it a player, unless it has one; only for use in the PJSIP thread.

        Raises:
            CallError: the file cannot be played.
        """
        if self in mixer:
            return
        name = os.fsencode(self.path)
        player = ctypes.c_int()
        status = _C.pjsua_player_create(
            ctypes.byref(_String(name, len(name))), 0, ctypes.byref(player)
        )
        if status:
            reason = pj.Endpoint.instance().utilStrError(status)
            raise CallError(f"{self.path}: cannot be played: {reason}")

        def stop() -> None:
            mixer.remove(self)
            _C.pjsua_player_destroy(player)

        mixer.add(self, _C.pjsua_player_get_conf_port(player), unheard=stop)
