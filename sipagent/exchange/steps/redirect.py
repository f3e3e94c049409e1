"""The step that leads a caller to a user, a group or a number."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from sipagent.exchange.queues import hearing
from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching.words import CONFIRM, TAKEN
from sipagent.exchange.recording import telling
from sipagent.exchange.rooms import visiting
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Name, Ref, target_of
from sipagent.exchange.voicemail.taking import lines
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.tones import Tones
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.party import Party, TargetRefused

_LEADS = (Kind.USER, Kind.GROUP, Kind.OUTSIDE, Kind.BOX, Kind.ROOM, Kind.QUEUE)


def _target(text: str) -> str:
    kinds = ", ".join(f"{kind}:NAME" for kind in _LEADS)
    try:
        target = target_of(text)
        if isinstance(target, str):
            Party.of(target)
        elif target.kind not in _LEADS:
            raise ValueError(f"{text!r} is nobody who takes calls; there is {kinds}")
    except TargetRefused:
        raise ValueError(f"{text!r} is none of {kinds} and a number such as +48221234567") from None
    return str(target)


class RedirectSettings(Settings):
    """``type = "redirect"``"""

    #: ``user:NAME``, or the like of a group, outside number, box, room or queue; or a number
    #: (E.164).
    target: Annotated[str, AfterValidator(_target)]
    #: The longest ringing; without it 30 seconds, or as a group says.
    seconds: float | None = Field(None, ge=5, le=600)
    #: An announcement that is heard in place of ringback, again and again.
    music: Name | None = None


class Redirect(Step):
    """Ring somebody, and let the caller talk to who takes the call.

    It does not answer the call by itself, but to play ``music``: who was not answered before hears
    the own telephone ring. A box takes a message. Outcomes: ``answered`` once the conversation is
    over, ``busy``, ``no-answer``, ``refused`` and ``unreachable``.
    """

    type = "redirect"
    settings: RedirectSettings

    def __init__(self, name: str, settings: RedirectSettings) -> None:
        super().__init__(name, settings)
        #: Whom it leads to.
        self.target = target_of(settings.target)

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Ring them, or take a message."""
        talk.prepare(self.ahead(talk))
        reach = await talk.service(Switchboard).connect(
            call, talk, self.target, await self._ringback(talk), self.settings.seconds
        )
        return Outcome(reach)

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """What those who are called may hear."""
        return [talk(CONFIRM), talk(TAKEN)]

    def outcomes(self) -> frozenset[str]:
        """The ways in which somebody can be reached, or not."""
        return frozenset(Reach)

    def lines(self) -> Iterable[Line]:
        """What is said to those who are called, or to who leaves a message."""
        if isinstance(self.target, Ref) and self.target.kind is Kind.BOX:
            yield from lines()
            return
        if isinstance(self.target, Ref) and self.target.kind is Kind.QUEUE:
            yield from hearing.lines()
        if isinstance(self.target, Ref) and self.target.kind is Kind.ROOM:
            yield from visiting.lines()
            return
        yield line(CONFIRM, keys="1")
        yield line(TAKEN)
        yield from telling.lines()

    def answers(self) -> bool:
        """Only for music: else nothing is said to the caller, or a box answers by itself."""
        return self.settings.music is not None

    async def _ringback(self, talk: Talk) -> Prompt:
        """Return what the caller hears meanwhile, as far as the call is answered."""
        music = None
        if self.settings.music is not None:
            music = await talk.service(Announcements).said(talk, self.settings.music)
        return music or talk.service(Tones).ringback
