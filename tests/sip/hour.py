"""Records two parties for an hour of the bridge's clock, which is turned by hand; see the test.

    python -m tests.sip.hour FOLDER

``left.wav`` and ``right.wav`` of the folder are what they say, again and again. Each of them holds
now and then, alone and both at once.
"""

import ctypes
import sys
from pathlib import Path

import _pjsua2
import pjsua2 as pj

from sipagent.sip.bridge import NOWHERE, PjBridge
from sipagent.sip.mixer import Link, Mixer
from sipagent.sip.players import Loop
from sipagent.sip.stereo import StereoRecorder

MINUTES, TICKS = 60, 50
_C = ctypes.CDLL(_pjsua2.__file__)
_C.pjsua_set_no_snd_dev.restype = ctypes.c_void_p
_C.pjmedia_port_get_frame.argtypes = (ctypes.c_void_p, ctypes.c_void_p)


class Frame(ctypes.Structure):
    """``pjmedia_frame``."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buf", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class Clock:
    """The clock of a bridge that no sound device turns."""

    def __init__(self) -> None:
        self._port = _C.pjsua_set_no_snd_dev()
        self._samples = ctypes.create_string_buffer(320)
        self._frame = Frame()

    def turn(self, ticks: int) -> None:
        """Let 20 ms pass, so many times."""
        for _ in range(ticks):
            self._frame.buf = ctypes.cast(self._samples, ctypes.c_void_p)
            self._frame.size = 320
            _C.pjmedia_port_get_frame(self._port, ctypes.byref(self._frame))


class Party:
    """Says clicks, from the first tick on, whether anybody hears it or not."""

    def __init__(self, mixer: Mixer, path: str) -> None:
        self._mixer = mixer
        self.voice = Loop(path)
        self.voice.start(mixer)
        mixer.declare(Link(self.voice, NOWHERE, through_hold=True))

    def hold(self, *, on: bool) -> None:
        """Hold, or be back."""
        self._mixer.hold(self.voice, on=on)


def main(folder: Path) -> None:
    """Record."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.audioFramePtime = 20
    endpoint.libInit(config)
    endpoint.libStart()
    clock = Clock()
    mixer = Mixer(PjBridge())
    mixer.add(NOWHERE, NOWHERE)
    left, right = (Party(mixer, str(folder / f"{side}.wav")) for side in ("left", "right"))
    recorder = StereoRecorder(mixer, str(folder / "hour.wav"))
    recorder.start()
    recorder.hear([left.voice], [right.voice])
    for minute in range(MINUTES):
        holding = [party for number, party in enumerate((left, right)) if minute >> number & 1]
        for party in holding:
            party.hold(on=True)
        clock.turn(20 * TICKS)
        for party in holding:
            party.hold(on=False)
        clock.turn(40 * TICKS)
    recorder.stop()
    clock.turn(2)
    endpoint.libDestroy()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
