"""When a call is answered, and who ends it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from sipagent import shipped
from sipagent.errors import SetupError
from sipagent.scenario import engine
from sipagent.scenario.engine import Ending
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Outcome, Settings, Step
from sipagent.scenario.steps import Announcement, AnnouncementSettings, HangUp, HangUpSettings
from sipagent.scenario.talk import Pace, Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Leg

pytestmark = pytest.mark.unit

CATALOGUE = Catalogue.load(shipped.PROMPTS)


class Voice:
    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        return Clip(Path("/dev/null"), 1.0)

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        return None


class Look(Step):
    """Looks something up, and says nothing."""

    type = "look"
    settings: Settings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        call.note("looked")
        return Outcome("done")


class Fails(Look):
    """Fails before anything was said."""

    type = "fails"

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        raise SetupError("for the test")


LOOK, FAILS = Look("look", Settings()), Fails("fails", Settings())
GREET = Announcement("greet", AnnouncementSettings(prompt="greeting"))
GO = HangUp("go", HangUpSettings())
BYE = HangUp("bye", HangUpSettings(prompt="goodbye.refused"))


def scenario(*steps: Step) -> Scenario:
    """Return a scenario whose steps follow each other; the last one leads to the first."""
    after = [*steps[1:], steps[0]]
    return Scenario(
        path=Path("test.toml"),
        name="test",
        languages=("pl",),
        voices={},
        start=steps[0].name,
        steps={step.name: step for step in steps},
        routes={
            step.name: dict.fromkeys(step.outcomes(), follower.name)
            for step, follower in zip(steps, after, strict=True)
        },
    )


async def walk(
    call: FakeLeg, *steps: Step, owns: bool = True, closing: asyncio.Event | None = None
) -> engine.Result:
    talk = Talk(CATALOGUE, Voice(), ["pl"])
    return await engine.run(
        scenario(*steps), call, talk, longest=60, most_steps=5, owns=owns, closing=closing
    )


def kinds(call: FakeLeg) -> Sequence[str]:
    return [event.kind for event in call.timeline]


async def test_a_call_is_answered_by_the_first_step_that_speaks() -> None:
    call = FakeLeg()
    await walk(call, LOOK, GREET, GO)
    order = [kind for kind in kinds(call) if kind in {"looked", "answer", "prompt"}]
    assert order == ["looked", "answer", "prompt"]


async def test_a_scenario_that_says_nothing_answers_nothing() -> None:
    call = FakeLeg()
    result = await walk(call, LOOK, GO)
    assert result == engine.Result(Ending.DONE, "go")
    assert call.ended == ("agent", "normal")
    assert not call.answered


async def test_who_is_to_hear_what_went_wrong_is_answered_first() -> None:
    call = FakeLeg()
    result = await walk(call, FAILS, GO)
    assert result.ending is Ending.FAILED
    assert call.heard == ["line.sorry"]
    assert kinds(call).index("answer") < kinds(call).index("prompt")


@pytest.mark.parametrize("steps", [(LOOK, FAILS, GO), (LOOK, GREET)])
async def test_a_call_of_others_is_left_as_it_is(steps: Sequence[Step]) -> None:
    call = FakeLeg()
    result = await walk(call, *steps, owns=False)
    assert result.ending in {Ending.FAILED, Ending.TOO_MANY_STEPS}
    assert call.ended is None
    assert "line.sorry" not in call.heard


async def test_a_call_that_was_handed_on_is_not_answered_twice() -> None:
    call = FakeLeg()
    await walk(call, GREET, owns=False)
    await walk(call, BYE)
    assert kinds(call).count("answer") == 1
    assert call.heard[-1] == "goodbye.refused"
    assert call.ended == ("agent", "normal")
