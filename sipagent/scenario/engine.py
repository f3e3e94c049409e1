"""Walking a scenario with a call: one handler among those that a call may have."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from sipagent.errors import HungUp, SipAgentError
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Line, Step, line
from sipagent.scenario.talk import WAIT, Talk
from sipagent.tasks import begin
from sipagent.telephony.leg import Leg

#: Steps after which a call is ended: no caller walks that far, a fault in a scenario might.
MOST_STEPS = 500
#: Seconds that the last words of a call that went wrong may take, rendering included.
LAST_WORDS = 20.0

SORRY = "line.sorry"
TOO_LONG = "line.too-long"
CLOSING = "line.closing"

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """How a call ended."""

    #: The scenario came to its end.
    DONE = "done"
    HUNG_UP = "hung-up"
    TOO_LONG = "too-long"
    TOO_MANY_STEPS = "too-many-steps"
    #: The line was stopped.
    SHUTDOWN = "shutdown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """How a call ended, in which step, and the class or code of what went wrong."""

    ending: Ending
    step: str
    error: str = ""


class _TooManySteps(Exception):
    """The scenario runs in circles."""


#: What is said last, where it is not that something went wrong.
_LAST = {
    Ending.DONE: "",
    Ending.HUNG_UP: "",
    Ending.TOO_LONG: TOO_LONG,
    Ending.SHUTDOWN: CLOSING,
}


async def run(
    scenario: Scenario,
    call: Leg,
    talk: Talk,
    *,
    longest: float,
    most_steps: int = MOST_STEPS,
    closing: asyncio.Event | None = None,
    owns: bool = True,
) -> Result:
    """Walk the scenario, and say how it went; no error of the call or of a step comes out.

    The call is answered when a step needs that, and not before. One that the engine owns is over
    afterwards, whatever happens. One that it does not is left as it is, without a last word: its
    owner goes on with it, and says what is to be said.

    Args:
        longest: seconds after which the caller is told that the time is up.
        most_steps: steps after which it is ended.
        closing: set once the line is being stopped: the caller is told, and the call ended.
        owns: whether the call is the engine's to end.
    """
    walk = _Walk(scenario, call, talk, most_steps)
    try:
        result = await _guarded(walk, longest, closing or asyncio.Event())
        if owns and (last := _LAST.get(result.ending, SORRY)):
            await _last_words(call, talk, last)
        return result
    finally:
        await talk.close()
        if owns:
            await call.hangup()


@dataclass(frozen=True, slots=True)
class Walk:
    """A scenario as the handler of a call, which it owns."""

    scenario: Scenario

    @property
    def name(self) -> str:
        """What records call it."""
        return self.scenario.name

    @property
    def languages(self) -> Sequence[str]:
        """What is spoken, the first one first."""
        return self.scenario.languages

    @property
    def voices(self) -> Mapping[str, str]:
        """Who speaks, where it is not the line's own voice."""
        return self.scenario.voices

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        """Walk it (see ``run``)."""
        return await run(self.scenario, call, talk, longest=longest, closing=closing)


def lines() -> Iterable[Line]:
    """Return what the engine itself may say."""
    return [line(WAIT), line(SORRY), line(TOO_LONG), line(CLOSING)]


class _Walk:
    """Where a call is in its scenario."""

    def __init__(self, scenario: Scenario, call: Leg, talk: Talk, most_steps: int) -> None:
        self.step = scenario.start
        self.call = call
        self._scenario = scenario
        self._talk = talk
        self._most_steps = most_steps

    async def go(self) -> None:
        """Run step after step, until one has no next."""
        self._talk.facts.put(self._scenario.hours)
        for _ in range(self._most_steps):
            step = self._scenario.steps[self.step]
            if step.answers():
                await self.call.answer()
            self.call.note("step", step=step.name, type=step.type)
            self._look_ahead()
            outcome = await step.run(self.call, self._talk)
            if not step.outcomes():
                return
            self.step = self._scenario.after(step.name, outcome)
            self.call.note("outcome", step=step.name, outcome=outcome, next=self.step)
        raise _TooManySteps

    def _look_ahead(self) -> None:
        """Prepare what the steps after this one would say, while this one is still talking."""
        for name in dict.fromkeys(self._scenario.routes[self.step].values()):
            step: Step = self._scenario.steps[name]
            try:
                self._talk.prepare(step.ahead(self._talk))
            # What cannot be prepared may never be asked for: it fails, if at all, in its own step.
            except Exception:
                log.exception("step cannot look ahead", call_id=self.call.id, step=name)


async def _guarded(walk: _Walk, longest: float, closing: asyncio.Event) -> Result:
    limit = asyncio.timeout(longest)
    try:
        async with limit:
            watch = begin(_cut_short(limit, closing), "closing")
            try:
                await walk.go()
            finally:
                watch.cancel()
    except HungUp:
        return Result(Ending.HUNG_UP, walk.step)
    except _TooManySteps:
        return _failed(walk, Ending.TOO_MANY_STEPS, "")
    except SipAgentError as error:
        log.exception("step failed", call_id=walk.call.id, step=walk.step)
        return _failed(walk, Ending.FAILED, error.code)
    # A fault in one call, whatever it is, must not silence the line for the others.
    except Exception as error:
        if limit.expired():
            return _cut_off(walk, longest, closing)
        log.exception("step failed", call_id=walk.call.id, step=walk.step)
        return _failed(walk, Ending.FAILED, type(error).__name__)
    return Result(Ending.DONE, walk.step)


def _cut_off(walk: _Walk, longest: float, closing: asyncio.Event) -> Result:
    if closing.is_set():
        return Result(Ending.SHUTDOWN, walk.step)
    walk.call.note("too-long", step=walk.step, seconds=longest)
    return Result(Ending.TOO_LONG, walk.step)


async def _cut_short(limit: asyncio.Timeout, closing: asyncio.Event) -> None:
    await closing.wait()
    limit.reschedule(asyncio.get_running_loop().time())


def _failed(walk: _Walk, ending: Ending, error: str) -> Result:
    walk.call.note("failure", step=walk.step, ending=ending.value, error=error)
    return Result(ending, walk.step, error)


async def _last_words(call: Leg, talk: Talk, key: str) -> None:
    try:
        async with asyncio.timeout(LAST_WORDS):
            await call.answer()
            await call.say(talk(key), interruptible=False)
    # There is nothing left to say it with; the caller hears the line close.
    except Exception as error:
        if not isinstance(error, HungUp):
            log.warning("last words not said", call_id=call.id, error=type(error).__name__)
