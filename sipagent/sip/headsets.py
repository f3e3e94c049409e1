"""Headsets at browsers: what they hear goes from C to a socket, and back what they say.

``scripts/pjsip/headset.c`` does it; see docs/decisions/090-a-browser-is-a-leg-that-hears.md.
"""

import asyncio
import contextlib
import ctypes
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import _pjsua2
import pjsua2 as pj

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.sip.mixer import End, Mixer
from sipagent.sip.one_way import one_way
from sipagent.sip.thread import PjThread
from sipagent.telephony import headset
from sipagent.telephony.leg import Detail, Leg, Prompt
from sipagent.telephony.outcome import Cause
from sipagent.telephony.own_leg import OwnLeg

_C = ctypes.CDLL(_pjsua2.__file__)
#: Bytes that wait in the socket for who listens (Linux takes twice that, and counts more than the
#: packets have: some 200 ms of sound). What is older is of no use to them.
_WAITING = 4096
#: Seconds in which the last words are read.
_LAST_WORDS = 1.0


class Earpiece:
    """The port of a headset, which is an end of the mixer; lives in the PJSIP thread.

    Args:
        mixer: where it is to be.
    """

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._headset: ctypes.c_void_p | None = None
        self._slot = 0

    def start(self, handle: int) -> None:
        """Put it into the bridge; the handle of the socket becomes its own.

        Raises:
            CallError: there is no place for it.
        """
        made, slot = ctypes.c_void_p(), ctypes.c_int()
        if status := _C.headset_open(handle, ctypes.byref(made), ctypes.byref(slot)):
            reason = pj.Endpoint.instance().utilStrError(status)
            raise CallError(f"there is no place for a headset: {reason}")
        self._headset, self._slot = made, slot.value
        self._mixer.add(self, self._slot)

    def say(self, sound: bytes) -> None:
        """Let all who hear it hear some A-law."""
        if self._headset is not None:
            _C.headset_say(self._headset, sound, len(sound))

    def stop(self) -> None:
        """Take it out; nothing where it was never in."""
        if self._headset is not None:
            self._headset = None
            self._mixer.remove(self)
            _C.pjsua_conf_remove_port(self._slot)


class HeadsetLeg(OwnLeg):
    """Who wears a headset; what is said is shown to them, and what they press are buttons.

    Args:
        call: of whose record its notes are.
        thread: of PJSIP.
        mixer: where it hears others.
    """

    def __init__(self, call: Leg, thread: PjThread, mixer: Mixer) -> None:
        super().__init__(call.id, call.caller)
        self._call = call
        self._thread = thread
        self._mixer = mixer
        self._earpiece = Earpiece(mixer)
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._words: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def end(self) -> End:
        """What it is to the mixer."""
        return self._earpiece

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Tell the browser what is said."""
        self._check()
        self._words.put_nowait(headset.said(prompt.key))

    @asynccontextmanager
    async def hearing(self, other: Leg) -> AsyncIterator[None]:
        """Hear another one, and not the other way round, while a block lasts."""
        self._check()
        async with one_way(self._thread, self._mixer, other, self.end):
            yield

    async def next_key(self, seconds: float | None = None) -> str:
        """Return the next key that they press.

        Raises:
            TimeoutError: none came in time.
        """
        self._check()
        async with asyncio.timeout(seconds):
            key = await self._keys.get()
        if not key:
            raise HungUp("who wears the headset has gone")
        return key

    async def hangup(self, reason: str = "normal", cause: Cause | None = None) -> None:
        """Be over, and let all know who wait for that."""
        await super().hangup(reason, cause)
        self._keys.put_nowait("")

    def note(self, kind: str, **details: Detail) -> None:
        """Write into the call's timeline, and show it."""
        self._call.note(kind, **details)
        self._words.put_nowait(headset.noted(kind, details))

    @asynccontextmanager
    async def worn(self, sound: socket.socket) -> AsyncIterator[None]:
        """Hear and be heard over a socket while a block lasts."""
        sound.setblocking(False)
        sound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING)
        tells = tasks.begin(self._tell(sound), f"tells-{self.id}")
        hears = tasks.begin(self._hear(sound), f"hears-{self.id}")
        try:
            await self._thread.run(self._earpiece.start, socket.dup(sound.fileno()))
            yield
        finally:
            self._thread.post(self._earpiece.stop)
            await tasks.to_the_end(self._leave(hears, tells), f"headset-{self.id}")

    async def _leave(self, *working: "asyncio.Task[None]") -> None:
        """End once the last words are read, if anybody reads them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._words.join()
        await tasks.cancelled(*working)

    async def _hear(self, sound: socket.socket) -> None:
        """Take what comes until the other end is closed."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while packet := await loop.sock_recv(sound, headset.LONGEST):
                if packet.startswith(headset.SOUND):
                    self._thread.post(self._earpiece.say, packet[len(headset.SOUND) :])
                elif key := headset.pressed(packet):
                    self._keys.put_nowait(key)
        if not self.over:
            self.note("hung-up")
            self._ended.set()
            self._keys.put_nowait("")

    async def _tell(self, sound: socket.socket) -> None:
        """Hand over what is shown, while anybody reads it."""
        loop = asyncio.get_running_loop()
        while True:
            words = await self._words.get()
            with contextlib.suppress(OSError):
                await loop.sock_sendall(sound, words)
            self._words.task_done()


class SipHeadsets:
    """Puts headsets on; keeps the promises of ``telephony.headset.Headsets``."""

    def __init__(self, thread: PjThread, mixer: Mixer) -> None:
        self._thread = thread
        self._mixer = mixer

    @asynccontextmanager
    async def worn(self, call: Leg, sound: socket.socket) -> AsyncIterator[Leg]:
        """Return somebody with a headset as a leg, for the length of the block."""
        with contextlib.closing(sound):
            leg = HeadsetLeg(call, self._thread, self._mixer)
            async with leg.worn(sound):
                yield leg
