"""The internal numbers of the exchange, for domains that know them as mere numbers."""

from sipagent.exchange.attendant import LEADS
from sipagent.exchange.reach import Reach
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.inside import Inside
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.outcome import Reached

_OF = {
    Reach.ANSWERED: Reached.ANSWERED,
    Reach.BUSY: Reached.BUSY,
    Reach.REFUSED: Reached.BUSY,
    Reach.NO_ANSWER: Reached.NO_ANSWER,
    Reach.UNREACHABLE: Reached.FAILED,
}


class InsideNumbers(Inside):
    """Leads callers to users, groups and outside numbers."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def connect(self, call: Leg, talk: Talk, extension: str, ringback: Prompt) -> Reached:
        """Ring whoever has it."""
        target = self._board.now.extension(extension)
        if target is None or target.kind not in LEADS:
            call.note("reached", target=extension, reach=Reach.UNREACHABLE.value, code=0, reason="")
            return Reached.FAILED
        return _OF[await self._board.connect(call, talk, target, ringback)]
