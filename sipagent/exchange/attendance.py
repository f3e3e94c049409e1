"""Those who attend to conversations of the exchange; each is asked when one begins."""

from collections.abc import Callable

import structlog

from sipagent.scenario.talk import Talk
from sipagent.switching.attending import Attending, Audience
from sipagent.telephony.leg import Leg

#: Returns who attends to a conversation, given the leg whose record tells of it and the talk of
#: that call, whose facts say what it belongs to; None: nobody does.
Attends = Callable[[Leg, Talk], Attending | None]

log = structlog.get_logger(__name__)


class Attendance:
    """All who want to know of conversations."""

    def __init__(self) -> None:
        self._attends: list[Attends] = []

    def subscribe(self, attends: Attends) -> None:
        """Have somebody asked whenever a conversation begins from now on."""
        self._attends.append(attends)

    def of(self, record: Leg, talk: Talk) -> Audience:
        """Return those who attend to a conversation that begins, to be told what comes of it."""
        asked = [self._asked(attends, record, talk) for attends in self._attends]
        return Audience([one for one in asked if one is not None])

    def _asked(self, attends: Attends, record: Leg, talk: Talk) -> Attending | None:
        try:
            return attends(record, talk)
        except Exception:  # nobody is kept from talking by that
            log.exception("a conversation is not attended to", call_id=record.id)
            return None
