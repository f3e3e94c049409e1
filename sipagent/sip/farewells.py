"""What would end each call, kept so that a run that dies leaves nobody ringing; PJSIP's thread.

``scripts/pjsip/sip_farewell.c`` is the other half.
"""

import ctypes

import _pjsua2
import structlog

from sipagent.sip.thread import PjThread
from sipagent.telephony.farewell import Farewells

#: More than a message without a body has.
_ROOM = 1 << 14
log = structlog.get_logger(__name__)


class LastWords:
    """Notes how calls would be ended, and ends those of a run that has died.

    Args:
        thread: of PJSIP.
        farewells: keeps them; None: nobody does.
    """

    def __init__(self, thread: PjThread, farewells: Farewells | None) -> None:
        self._c = ctypes.CDLL(_pjsua2.__file__)
        self._thread = thread
        self._farewells = farewells
        self._paper = ctypes.create_string_buffer(_ROOM)

    async def say(self) -> None:
        """End the calls that an earlier run has left behind, once each."""
        if self._farewells is None:
            return
        left = await self._farewells.load()
        for sip_id, text in left.items():
            said = await self._thread.run(self._say, text)
            self._farewells.drop(sip_id)
            log.info("call of an earlier run ended", sip_id=sip_id, sent=said)

    # In the PJSIP thread

    def note(self, call: int, sip_id: str) -> None:
        """Note how a call would be ended now that its state is another one."""
        if self._farewells is None:
            return
        size = self._c.pjsip_farewell_of(call, self._paper, _ROOM)
        if size > 0:
            # Whatever bytes a far end has called itself by, come back as they were.
            text = ctypes.string_at(self._paper, size).decode("latin-1")
            self._thread.emit(self._farewells.put, sip_id, text)

    def forget(self, sip_id: str) -> None:
        """Forget it: the call is over."""
        if self._farewells is not None:
            self._thread.emit(self._farewells.drop, sip_id)

    def _say(self, text: str) -> bool:
        data = text.encode("latin-1")
        return not self._c.pjsip_farewell_say(data, len(data))
