"""Who takes a call to a number of the exchange: the shortest of scenarios, or one from a file."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sipagent.domain import Handler, Incoming
from sipagent.exchange.about import belongs
from sipagent.exchange.codes import coded, unshown
from sipagent.exchange.dialled import meant
from sipagent.exchange.led import Led
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.outward.limits import Cap
from sipagent.exchange.reach import Reach
from sipagent.exchange.rights import may_reach
from sipagent.exchange.steps.allowance import ALLOWED, Allowance, AllowanceSettings
from sipagent.exchange.steps.decline import Decline, DeclineSettings
from sipagent.exchange.steps.redirect import Redirect, RedirectSettings
from sipagent.exchange.steps.voicemail import Voicemail, VoicemailSettings
from sipagent.exchange.switchboard import Engaged, Switchboard, outside_number
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.boxes import box_of
from sipagent.scenario.engine import Result, Walk
from sipagent.scenario.model import Scenario
from sipagent.scenario.programme import Programme
from sipagent.scenario.step import Step
from sipagent.scenario.steps import HangUp, HangUpSettings
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

#: What callers speak who come over a trunk; what they are told then is said in English as well.
_LANGUAGE = "pl"
_UNKNOWN, _FORBIDDEN = 404, 403
#: The step that follows where nobody takes a call for who has a box.
_VOICEMAIL = "voicemail"
#: What telephones dial: anything else is the name of something in the settings.
_DIGITS = frozenset("+*#0123456789")


@dataclass(frozen=True, slots=True)
class _Led:
    """A walk of which the facts of the call tell more."""

    walk: Walk

    @property
    def name(self) -> str:
        """What records call it."""
        return self.walk.name

    @property
    def languages(self) -> Sequence[str]:
        """What is spoken, the first one first."""
        return self.walk.languages

    @property
    def voices(self) -> Mapping[str, str]:
        """Who speaks, where it is not the line's own voice."""
        return self.walk.voices


@dataclass(frozen=True, slots=True)
class FromTrunk(_Led):
    """A call to a number of a trunk."""

    number: str

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        """Walk it (see ``scenario.engine.run``)."""
        belongs(talk.facts, number=self.number)
        return await self.walk.run(call, talk, longest=longest, closing=closing)


@dataclass(frozen=True, slots=True)
class FromPhone(_Led):
    """A call from a phone of the house: its user is busy meanwhile, and the record knows whose."""

    user: User
    board: Switchboard
    #: Whether who is called is not to see who calls.
    hidden: bool = False

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        """Walk it (see ``scenario.engine.run``)."""
        talk.facts.put(Led(caller=self.user.name, hidden=self.hidden))
        with contextlib.ExitStack() as engaged:
            engaged.enter_context(self.board.engaged(self.user.name))
            talk.facts.put(Engaged(engaged))
            return await self.walk.run(call, talk, longest=longest, closing=closing)


def handler_of(call: Incoming, programme: Programme, board: Switchboard) -> Handler | None:
    """Return who takes a call; None where the exchange says nothing of what was called."""
    user = board.user_of(call.caller)
    if user is None:
        number = board.now.known(call.called, board.country) if call.trunk else ""
        if not number:
            return None
        led = _led_in(board.now.numbers[number], programme, board.now.exchange)
        return None if led is None else FromTrunk(led, number)
    number = unshown(call.called)
    walk = _dialled(number or call.called, user, programme, board)
    return None if walk is None else FromPhone(walk, user, board, bool(number))


def _led_in(target: Ref, programme: Programme, there: Exchange) -> Walk | None:
    """Return who takes a call from outside; what is no scenario tells in words how it went."""
    if target.kind is Kind.SCENARIO:
        return _walked(target, programme)
    return _leading(target, _LANGUAGE, there, words=True)


def _walked(scenario: Ref, programme: Programme) -> Walk | None:
    """Return the walk of a scenario.

    One that was named after the line has read its files is not there until it reads them again.
    """
    there = scenario.name in programme.scenarios
    return programme.walk(scenario.name) if there else None


def _dialled(called: str, user: User, programme: Programme, board: Switchboard) -> Walk | None:
    """Return who takes a call from a phone of the house."""
    if not set(called) <= _DIGITS:
        return None
    if (step := coded(called)) is not None:
        routes = {step.name: dict.fromkeys(step.outcomes(), "")}
        return _walk(called, user.language, {step.name: step}, routes)
    target = meant(board.now, called, board.country)
    if target is None:
        return _declining(called, user, _UNKNOWN)
    if isinstance(target, Ref) and target.kind is Kind.SCENARIO:
        return _walked(target, programme)
    if not may_reach(user.rights, target, board.country):
        return _declining(called, user, _FORBIDDEN, "exchange.not-allowed")
    there = board.now.exchange
    outside = outside_number(there, target)
    return _leading(target, user.language, there, words=False, asked=outside)


def _leading(
    target: Target, language: str, there: Exchange, *, words: bool, asked: str = ""
) -> Walk:
    """Return the walk that leads to somebody, and takes a message where nobody takes the call.

    Who has no box has the caller told why.

    Args:
        target: whom.
        language: of what is told.
        there: the exchange as it is now.
        words: whether that is said; telephones of the house say by themselves what a code means.
        asked: the number for which the limits of who calls are asked first; empty: they are not.
    """
    # A number is what somebody has dialled, and was read; emergency services stand in no scenario.
    settings = RedirectSettings.model_construct(target=str(target))
    steps: dict[str, Step] = {
        "redirect": Redirect("redirect", settings),
        Reach.ANSWERED: HangUp(Reach.ANSWERED, HangUpSettings()),
    }
    box = box_of(there, target)
    if box is not None:
        steps[_VOICEMAIL] = Voicemail(_VOICEMAIL, VoicemailSettings(box=box.name))
    for reach in set(Reach) - {Reach.ANSWERED}:
        prompt = f"exchange.{reach}" if words else None
        steps[reach] = Decline(reach, DeclineSettings(code=reach.code, prompt=prompt))
    if asked:
        steps = {"allowance": Allowance("allowance", AllowanceSettings(number=asked)), **steps}
        for cap in Cap:
            prompt = f"limit.{cap}"
            steps[cap] = Decline(cap, DeclineSettings(code=_FORBIDDEN, prompt=prompt))
    over = str(Reach.ANSWERED)
    routes = {name: dict.fromkeys(step.outcomes(), over) for name, step in steps.items()}
    nobody = _VOICEMAIL if box is not None else ""
    routes["redirect"] = {str(reach): nobody or reach for reach in Reach} | {over: over}
    if asked:
        routes["allowance"] = {ALLOWED: "redirect"} | {cap: cap for cap in Cap}
    return _walk(str(target), language, steps, routes)


def _declining(called: str, user: User, code: int, prompt: str | None = None) -> Walk:
    """Return the walk that only says why a call is not made."""
    step = Decline("decline", DeclineSettings(code=code, prompt=prompt))
    return _walk(called, user.language, {step.name: step}, {step.name: {}})


def _walk(
    name: str, language: str, steps: Mapping[str, Step], routes: Mapping[str, Mapping[str, str]]
) -> Walk:
    start = next(iter(steps))
    return Walk(Scenario(Path(), name, (language,), {}, start, steps, routes))
