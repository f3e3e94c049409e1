"""The step that lets a caller into a room."""

from collections.abc import Iterable

from sipagent.exchange.rooms.meeting import Why
from sipagent.exchange.rooms.visiting import GONE, NOT_LET_IN, OVER, lines, visit
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Name
from sipagent.scenario.step import Line, Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg


class ConferenceSettings(Settings):
    """``type = "conference"``"""

    #: Name of the room.
    room: Name


class Conference(Step):
    """Let a caller into a room, who has its PIN where it has one, and talks until the end.

    Outcomes: ``over`` once they have left the room without hanging up, ``not-let-in`` for want of a
    PIN, ``full``, ``locked``, ``removed``, and ``gone`` where there is no such room any more.
    """

    type = "conference"
    settings: ConferenceSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Let them in."""
        user = talk.service(Switchboard).user_of(call.caller)
        return await visit(call, talk, self.settings.room, user)

    def outcomes(self) -> frozenset[str]:
        """How it may end for who does not hang up."""
        return frozenset({OVER, NOT_LET_IN, GONE, *Why}) - {Why.ENDED}

    def lines(self) -> Iterable[Line]:
        """All that is said to who comes, and is there."""
        return lines()
