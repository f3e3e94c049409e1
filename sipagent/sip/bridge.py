"""The bridge of PJSIP, which carries audio from slot to slot in its clock thread."""

import ctypes
import logging

import _pjsua2

#: The slot that audio may go to only in order to be measured: the bridge reads no other.
NOWHERE = 0
_log = logging.getLogger(__name__)


class PjBridge:
    """Links of slots, by numbers; only for use in the PJSIP thread.

    A change takes effect at the next tick of the bridge's clock, in the order of the calls.
    """

    def __init__(self) -> None:
        self._c = ctypes.CDLL(_pjsua2.__file__)

    def connect(self, source: int, sink: int, level: float) -> None:
        """See ``mixer.Bridge``."""
        parameters = ctypes.c_float(level)  # pjsua_conf_connect_param has this one member
        if status := self._c.pjsua_conf_connect2(source, sink, ctypes.byref(parameters)):
            _log.error("slots %d and %d cannot be linked: status %d", source, sink, status)

    def disconnect(self, source: int, sink: int) -> None:
        """See ``mixer.Bridge``; a slot that is gone has no links."""
        self._c.pjsua_conf_disconnect(source, sink)
