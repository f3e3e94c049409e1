"""A recorder of two parties: one on the left, the other one on the right, in step."""

import ctypes
import os

import _pjsua2
import pjsua2 as pj

from sipagent.errors import CallError
from sipagent.sip.mixer import End, Link, Mixer

_C = ctypes.CDLL(_pjsua2.__file__)


class StereoRecorder:
    """Writes what two ends of the mixer say; ``scripts/pjsip/stereo_recorder.c`` does it.

    A channel is silent while its party holds, and once it is gone. To be started and stopped in
    the PJSIP thread.

    Args:
        mixer: where both are.
        path: of the file, WAV of 16 bits and 8 kHz.
        left: whose voice is on the first channel.
        right: whose is on the second one.
    """

    def __init__(self, mixer: Mixer, path: str, left: End, right: End) -> None:
        self._mixer = mixer
        self._path = path
        self._parties = (left, right)
        #: The ends that hear the parties, and their slots.
        self._channels: dict[End, int] = {}

    def start(self) -> None:
        """Begin to write.

        Raises:
            CallError: the file cannot be made.
        """
        slots = (ctypes.c_int * 2)()
        if status := _C.stereo_recorder_start(os.fsencode(self._path), slots):
            reason = pj.Endpoint.instance().utilStrError(status)
            raise CallError(f"{self._path}: cannot record: {reason}")
        for party, slot in zip(self._parties, slots, strict=True):
            channel = object()
            self._channels[channel] = slot
            self._mixer.add(channel, slot)
            self._mixer.declare(Link(party, channel))

    def stop(self) -> None:
        """Close the file: PJMEDIA's clock thread completes it a frame or two later."""
        for channel, slot in self._channels.items():
            self._mixer.remove(channel)
            _C.pjsua_conf_remove_port(slot)
        self._channels.clear()
