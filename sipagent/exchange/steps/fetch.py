"""What the codes of parking places lead to: whoever dials one talks to who waits there."""

from collections.abc import Iterable

from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg

_EMPTY = "put-through.place-empty"


class FetchSettings(Settings):
    """Which place."""

    place: str


class Fetch(Step):
    """Fetch who waits at a parking place, and talk to them; or hear that nobody does."""

    type = "fetch"
    settings: FetchSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Fetch them."""
        board = talk.service(Switchboard)
        loan = board.lot.fetch(self.settings.place, board.caller(call, talk.facts))
        if loan is None:
            await call.say(talk(_EMPTY), interruptible=False)
        else:
            call.note("fetched", place=self.settings.place)
            await loan.returned()
        await call.hangup()
        return Outcome("")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """That nobody is there."""
        return [talk(_EMPTY)]

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """That nobody is there."""
        yield line(_EMPTY)
