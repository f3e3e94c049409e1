"""A recorder of two parties: one on the left, the other one on the right, in step."""

import ctypes
import os
from collections.abc import Collection

import _pjsua2
import pjsua2 as pj

from sipagent.errors import CallError
from sipagent.sip.mixer import End, Link, Mixer

_C = ctypes.CDLL(_pjsua2.__file__)


class StereoRecorder:
    """Writes what two ends of the mixer say; ``scripts/pjsip/stereo_recorder.c`` does it.

    Whose voices these are may change; several on a channel are mixed. A channel is silent while its
    party holds, once it is gone, and while it is nobody's. To be used in the PJSIP thread.

    Args:
        mixer: where both are.
        path: of the file, WAV of 16 bits and 8 kHz.
    """

    def __init__(self, mixer: Mixer, path: str) -> None:
        self._mixer = mixer
        self._path = path
        #: The ends that hear the parties, left and right, and their slots.
        self._channels: dict[End, int] = {}
        self._links: list[Link] = []

    def start(self) -> None:
        """Begin to write silence.

        Raises:
            CallError: the file cannot be made.
        """
        slots = (ctypes.c_int * 2)()
        if status := _C.stereo_recorder_start(os.fsencode(self._path), slots):
            reason = pj.Endpoint.instance().utilStrError(status)
            raise CallError(f"{self._path}: cannot record: {reason}")
        for slot in slots:
            channel = object()
            self._channels[channel] = slot
            self._mixer.add(channel, slot)

    def hear(self, *channels: Collection[End]) -> None:
        """Write the voices of these from now on, on the left and on the right."""
        wanted = [
            Link(party, channel)
            for parties, channel in zip(channels, self._channels, strict=False)
            for party in parties
        ]
        self._mixer.declare(*wanted)  # first, so that who stays is not interrupted
        self._mixer.withdraw(*self._links)
        self._links = wanted

    def stop(self) -> None:
        """Close the file: PJMEDIA's clock thread completes it a frame or two later."""
        for channel, slot in self._channels.items():
            self._mixer.remove(channel)
            _C.pjsua_conf_remove_port(slot)
        self._channels.clear()
