"""The step at which a caller types an internal number (DISA: direct inward system access)."""

from collections.abc import Iterable

from pydantic import Field

from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching.words import CONFIRM, TAKEN
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind
from sipagent.exchange.voicemail.boxes import box_of
from sipagent.exchange.voicemail.taking import lines
from sipagent.scenario.choice import NO_CHOICE, Typed, forget
from sipagent.scenario.step import Line, Outcome, Step, line
from sipagent.scenario.steps import SpokenSettings
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.tones import Tones
from sipagent.telephony.leg import Leg

UNKNOWN_NUMBER = "reaching.unknown-number"
UNKNOWN = Outcome("unknown")
#: The longest number, and the seconds between two keys of one.
_DIGITS, _BETWEEN = 6, 3.0


class DialSettings(SpokenSettings):
    """``type = "dial"``; what it says is said while a number may be typed."""

    #: Whether outside numbers may be called, too, by their short codes.
    outside: bool = False
    #: The longest ringing; without it as usual.
    seconds: float | None = Field(None, ge=5, le=600)
    #: Seconds to wait for the first key.
    timeout: float = Field(5.0, ge=1, le=60)
    #: How many numbers that nobody has end it.
    repeat: int = Field(3, ge=1, le=10)


class Dial(Step):
    """Let the caller type an internal number, ended by ``#`` or a pause, and ring who has it.

    Where nobody is reached who has a box, a message is taken. One that was typed at a menu
    (``dial``) is rung at once. Outcomes: those of ``redirect``, ``unknown`` for a number of nobody,
    and ``no-choice`` for silence.
    """

    type = "dial"
    settings: DialSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Ring them."""
        if typed := talk.facts.get(Typed):
            talk.facts.put(Typed())
            return await self._rung(call, talk, typed)
        for _ in range(self.settings.repeat):
            number = await call.ask(
                await self.settings.said(talk),
                digits=_DIGITS,
                end="#",
                first=self.settings.timeout,
                between=_BETWEEN,
            )
            if not number:
                return NO_CHOICE
            outcome = await self._rung(call, talk, number)
            if outcome != UNKNOWN:
                return outcome
            await call.say(talk(UNKNOWN_NUMBER))
        return UNKNOWN

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """What the caller hears, and those who are called may hear."""
        prompts = [talk(self.settings.prompt)] if self.settings.prompt else []
        return [*prompts, talk(CONFIRM), talk(TAKEN)]

    def outcomes(self) -> frozenset[str]:
        """The ways in which somebody can be reached, or not, and the two ways to find nobody."""
        return frozenset({*Reach, UNKNOWN, NO_CHOICE})

    def unattended(self) -> frozenset[str]:
        """Silence."""
        return frozenset({NO_CHOICE})

    def lines(self) -> Iterable[Line]:
        """What is said to the caller, and to those who are called."""
        yield from self.settings.lines()
        yield from (line(UNKNOWN_NUMBER), line(CONFIRM, keys="1"), line(TAKEN))
        yield from lines()

    async def _rung(self, call: Leg, talk: Talk, number: str) -> Outcome:
        board = talk.service(Switchboard)
        target = board.now.extension(number)
        call.note("dialled", number=number, target=None if target is None else str(target))
        if target is None or (target.kind is Kind.OUTSIDE and not self.settings.outside):
            await forget(call)  # the rest of a number that is too long is no number
            return UNKNOWN
        ringback = talk.service(Tones).ringback
        reach = await board.connect(call, talk, target, ringback, self.settings.seconds)
        box = box_of(board.now.exchange, target)
        if reach is not Reach.ANSWERED and box is not None:
            await board.leave(call, talk, box)
            reach = Reach.ANSWERED
        return Outcome(reach)
