"""What a far end says, on its way to the receiver of in-band keys."""

from collections.abc import Callable

import numpy as np
import pjsua2 as pj

from sipagent.sip.guard import Guarded
from sipagent.sip.inband import RATE, ToneReceiver
from sipagent.sip.thread import PjThread

#: Length of a frame in µs: two of the bridge's. The clock thread serves every call and waits for
#: Python at each frame of a tap, so that there should be few.
_FRAME = 40_000
_BITS = 16
_SILENCE = bytes(RATE * _FRAME // 1_000_000 * _BITS // 8)


class Tap(Guarded, pj.AudioMediaPort):  # type: ignore[misc]
    """A media port in Python, only for calls that cannot send their keys in another way.

    It has to be buried (``PjThread.bury``) when its call ends.

    Args:
        thread: where the keys are looked for and told.
        on_key: is told each key that begins.
    """

    def __init__(self, thread: PjThread, on_key: Callable[[str], None]) -> None:
        super().__init__()
        self._pj_thread = thread
        self._on_key = on_key
        self._receiver = ToneReceiver()
        audio = pj.MediaFormatAudio()
        audio.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, _FRAME, _BITS)
        self.createPort("tap", audio)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """Called by PJMEDIA's clock thread, which waits: only hand the samples over.

        A frame without any stands for silence.
        """
        samples = bytearray(_SILENCE)
        frame.buf.copy_to_bytearray(samples)
        self._pj_thread.post(self._listen, samples)

    def _listen(self, samples: bytearray) -> None:
        for key in self._receiver.feed(np.frombuffer(samples, np.int16)):
            self._on_key(key)
