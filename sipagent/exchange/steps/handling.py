"""The steps of codes by which users say what becomes of their calls, each with its answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlite_utils

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import Led
from sipagent.exchange.reaching.changing import Handlings, NotAllowed, Unfit
from sipagent.exchange.reaching.handling import USUAL, Follow, Handling, When
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Target
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Digits, Name
from sipagent.telephony.leg import Leg

#: Changes what becomes of calls to a user, whose name is given, in a country.
Change = Callable[[sqlite_utils.Database, str, str], Handling]

_NOT_ALLOWED, _WRONG_NUMBER = "exchange.not-allowed", "reaching.wrong-number"


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of a user's handling, and how it is told.

    Args:
        prompts: all that may be told.
        told: returns the prompt for a handling, and where calls go, if that is a part of it.
    """

    prompts: tuple[str, ...]
    told: Callable[[Handling], tuple[str, Target | None]]


def _forwarding(when: When) -> Feature:
    on, off = f"reaching.{when}-on", f"reaching.{when}-off"

    def told(handling: Handling) -> tuple[str, Target | None]:
        forward = handling.forwards.get(when)
        return (off, None) if forward is None else (on, forward.target)

    return Feature((on, off), told)


FORWARDING = {when: _forwarding(when) for when in When}
DISTURBING = Feature(
    ("reaching.dnd-on", "reaching.dnd-off"),
    lambda handling: ("reaching.dnd-on" if handling.dnd else "reaching.dnd-off", None),
)
FOLLOWING = Feature(
    tuple(f"reaching.mobile-{how}" for how in Follow),
    lambda handling: (f"reaching.mobile-{handling.follow}", None),
)
ALL_OFF = Feature(("reaching.all-off",), lambda handling: ("reaching.all-off", None))


class NoSettings(Settings):
    """A step that no scenario names."""


class HandlingStep(Step):
    """Change what becomes of calls to who calls, if anything, and say how it is then."""

    type = "handling"
    settings: NoSettings

    def __init__(self, name: str, feature: Feature, change: Change | None = None) -> None:
        super().__init__(name, NoSettings())
        self._feature = feature
        self._change = change

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it, and say it."""
        user, board = talk.facts[Led].caller, talk.service(Switchboard)
        handling = board.now.handlings.get(user, USUAL)
        if (change := self._change) is not None:
            country = board.country
            try:
                handling = await talk.service(Handlings).change(
                    lambda db: change(db, user, country)
                )
            except NotAllowed:
                return await _said(call, talk(_NOT_ALLOWED))
            except Unfit as error:
                call.note("refused", reason=str(error))
                return await _said(call, talk(_WRONG_NUMBER))
        key, target = self._feature.told(handling)
        call.note("handling", state=key, target=None if target is None else str(target))
        spoken = {} if target is None else {"target": _spoken(target, board.now)}
        return await _said(call, talk(key, **spoken))

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """How it is, and why it could not be done."""
        for key in self._feature.prompts:
            yield line(key, fields={"target"})
        if self._change is not None:
            yield from (line(_NOT_ALLOWED), line(_WRONG_NUMBER))


async def _said(call: Leg, words: Said) -> Outcome:
    await call.say(words, interruptible=False)
    return Outcome("")


def _spoken(target: Target, there: Snapshot) -> Digits | Name:
    """Return whom calls go to as people hear it: a number, or else a name."""
    if isinstance(target, str):
        return Digits(target)
    entry = there.exchange.find(FIELDS[target.kind], target.name)
    number = getattr(entry, "number", "")
    return Digits(number) if number else Name(target.name)
