"""Telling those who talk that they are recorded, before they are."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from sipagent import tasks
from sipagent.errors import HungUp, SpeechError
from sipagent.exchange.about import About
from sipagent.exchange.model import Exchange
from sipagent.exchange.recording.policy import rule_of
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg

_TOLD = "recording.told"
#: What is said to who has typed a code.
PAUSED, RESUMED, STOPPED = "recording.paused", "recording.resumed", "recording.stopped"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of a call: whose legs were told that it is recorded."""

    legs: tuple[Leg, ...] = ()

    def has(self, leg: Leg) -> bool:
        """Whether one was told; a leg is known by what it is, not by what it says."""
        return any(one is leg for one in self.legs)


def lines() -> Iterable[Line]:
    """Return everything that is said of recordings."""
    for key in (_TOLD, PAUSED, RESUMED, STOPPED):
        yield line(key)


async def announce(talk: Talk, there: Exchange, members: Sequence[Member]) -> None:
    """Tell those who are about to talk that they are recorded, where they are to be told.

    Raises:
        HungUp: the first one is gone.
    """
    users = [one.user for one in members if one.user]
    rule = rule_of(there, talk.facts.get(About) or About(), users)
    if rule is not None and rule.announced:
        await tell(talk, [one.leg for one in members])


async def tell(talk: Talk, legs: Sequence[Leg]) -> bool:
    """Say to those who do not know it that the conversation is recorded; return whether all do.

    Where it cannot be said, there is no recording.

    Raises:
        HungUp: the first one is gone.
    """
    told = talk.facts.get(Told) or Told()
    new = [leg for leg in legs if not told.has(leg)]
    if not new:
        return True
    first, *others = new
    hearing = [tasks.begin(said(leg, talk, _TOLD), f"told-{leg.id}") for leg in others]
    try:
        await first.say(talk(_TOLD), interruptible=False)
        await asyncio.gather(*hearing)
    except SpeechError as error:
        log.error("a recording cannot be announced, and is not made", reason=str(error))
        return False
    finally:
        await tasks.cancelled(*hearing)
    talk.facts.put(Told((*told.legs, *new)))
    return True


async def said(leg: Leg, talk: Talk, key: str) -> None:
    """Say something to one of those who talk; that it cannot be heard ends nothing."""
    with contextlib.suppress(HungUp, SpeechError):
        await leg.say(talk(key), interruptible=False)
