"""The step that puts a caller through to somebody."""

from collections.abc import Iterable
from dataclasses import dataclass

from sipagent.scenario.inside import Inside
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.switching.transfer import Transfers
from sipagent.telephony.leg import Leg
from sipagent.telephony.outcome import Reached
from sipagent.telephony.party import is_extension


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """Whom a step before has chosen: a number (E.164), a SIP URI, or an internal number."""

    address: str


class TransferSettings(Settings):
    """``type = "transfer"``"""

    #: A number (E.164), a SIP URI or an internal number; without it a step before chooses one.
    target: str | None = None
    #: Said before the target is called.
    prompt: str = "transfer.connecting"


class Transfer(Step):
    """Put the caller through.

    Outcomes: ``answered`` when the conversation is over or the caller is with somebody else,
    ``busy``, ``no-answer``, and ``failed`` for whatever else went wrong.
    """

    type = "transfer"
    settings: TransferSettings

    def __init__(self, name: str, settings: TransferSettings) -> None:
        super().__init__(name, settings)
        self.needs = () if settings.target else (TransferTarget,)

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Say that it begins, call, and let the caller hear it ring meanwhile."""
        target = self.settings.target or talk.facts[TransferTarget].address
        await call.say(talk(self.settings.prompt), interruptible=False)
        waiting = talk.service(Tones).ringback
        if is_extension(target):
            inside = talk.service(Inside)
            return Outcome(await inside.connect(call, talk, target, waiting))
        result = await talk.service(Transfers).transfer(call, target, waiting)
        return Outcome(result.reached)

    def outcomes(self) -> frozenset[str]:
        """The ways in which a target can be reached, or not."""
        return frozenset(Reached)

    def lines(self) -> Iterable[Line]:
        """What is said before."""
        return [line(self.settings.prompt)]
