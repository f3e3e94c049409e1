"""The step of the code by which somebody takes a call that rings at a colleague's."""

from collections.abc import Iterable

from sipagent.exchange.led import Led
from sipagent.exchange.reaching.words import TAKEN
from sipagent.exchange.steps.handling import NoSettings
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.step import Line, Outcome, Step, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party

_NOTHING = "reaching.nothing-rings"


class PickUp(Step):
    """Take a call that rings, and talk until one of the two goes; or say that there is none.

    Args:
        name: of the step.
        number: of a user or a group; empty: whatever rings in the groups of who calls.
    """

    type = "pick-up"
    settings: NoSettings

    def __init__(self, name: str, number: str = "") -> None:
        super().__init__(name, NoSettings())
        self._number = number

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Take it."""
        board, user = talk.service(Switchboard), talk.facts[Led].caller
        there = board.now
        if self._number:
            ringing = board.ringings.of(there.extension(self._number))
        else:
            ringing = board.ringings.of_colleagues(user, there.exchange)
        if ringing is None:
            await call.say(talk(_NOTHING), interruptible=False)
        elif await ringing.pickup.take(call, Party(extension=call.caller.extension, name=user)):
            call.note("picked-up")
            await call.wait_over()
        else:
            await call.say(talk(TAKEN), interruptible=False)
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """Why there is nobody to talk to."""
        return [line(_NOTHING), line(TAKEN)]
