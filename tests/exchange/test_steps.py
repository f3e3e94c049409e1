"""The steps of the exchange in a scenario: whom a caller is led to, and whether it is open."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.errors import ConfigError
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import Led
from sipagent.exchange.model import Schedule
from sipagent.exchange.reading import Stored
from sipagent.exchange.steps import STEPS
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario import engine, loader
from sipagent.scenario.model import Scenario
from sipagent.scenario.talk import Talk
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import ANNAS, CATALOGUE, EWAS, FIRM, House, Voice
from tests.simulated import simulated

pytestmark = pytest.mark.unit

REDIRECT = """
name = "centrala"
languages = ["pl", "en"]
start = "greet"

[steps.greet]
type = "announcement"
prompt = "greeting"
next = "office"

[steps.office]
type = "redirect"
target = "{target}"
on = {{ answered = "end", busy = "busy", no-answer = "no-answer" }}
next = "sorry"
{settings}

[steps.busy]
type = "hang-up"
prompt = "transfer.busy"

[steps.no-answer]
type = "hang-up"
prompt = "transfer.no-answer"

[steps.sorry]
type = "hang-up"
prompt = "transfer.failed"

[steps.end]
type = "hang-up"
"""


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "centrala.toml"
    path.write_text(text, "utf-8")
    return loader.load(path, CATALOGUE, Vocabulary(STEPS))


def redirect(folder: Path, target: str = "group:Biuro", settings: str = "") -> Scenario:
    return scenario(folder, REDIRECT.format(target=target, settings=settings))


@simulated
async def test_a_caller_who_was_greeted_hears_ringback_and_talks(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(after=5, talks=20), EWAS: Callee(after=None)})
    call, talk = FakeLeg(called="1", sleep=asyncio.sleep), house.talk(tmp_path)
    await engine.run(redirect(tmp_path), call, talk, longest=600.0)
    assert [heard.key for heard in call.transcript] == ["greeting", "tone.ringback"]
    assert not call.rung
    assert talk.facts[Led] == Led(called="Anna Nowak", group="Biuro")


@pytest.mark.parametrize(
    ("target", "callee", "told"),
    [
        ("group:Biuro", Callee(code=486), "transfer.busy"),
        ("group:Biuro", Callee(after=None), "transfer.no-answer"),
        ("user:Anna Nowak", Callee(code=603), "transfer.failed"),
        ("group:Nikt", Callee(), "transfer.failed"),
        ("+48221000399", Callee(), "transfer.failed"),
        ("+48221000200", Callee(code=486), "transfer.busy"),  # our own: of the group
        ("+48221000204", Callee(), "transfer.failed"),  # of a scenario, to which no step leads
    ],
)
@simulated
async def test_each_way_to_reach_nobody_has_a_step_of_its_own(
    target: str, callee: Callee, told: str, tmp_path: Path
) -> None:
    house, call = House({ANNAS: callee, EWAS: callee}), FakeLeg(called="1", sleep=asyncio.sleep)
    await engine.run(redirect(tmp_path, target), call, house.talk(tmp_path), longest=600.0)
    assert call.heard[-1] == told


@simulated
async def test_the_longest_ringing_is_that_of_the_step(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(after=None), EWAS: Callee(after=None)})
    call = FakeLeg(called="1", sleep=asyncio.sleep)
    walked = redirect(tmp_path, settings="seconds = 7")
    await engine.run(walked, call, house.talk(tmp_path), longest=600.0)
    rung = [event.at for event in call.timeline if event.kind == "reached"]
    assert len(rung) == 1
    assert asyncio.get_running_loop().time() == pytest.approx(2 + 7 + 2)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("scenario:nocna", "nobody who takes calls"),
        ("anna", "none of user:NAME"),
        ("101", "none of user:NAME"),
        ("112", "none of user:NAME"),
        ("person:Anna", "is not written as one of"),
    ],
)
def test_what_is_no_target_is_told_with_its_line(target: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"centrala.toml:13: steps.office.target: .*{why}"):
        redirect(tmp_path, target)


SCHEDULE = """
name = "centrala"
languages = ["pl"]
start = "hours"

[steps.hours]
type = "schedule"
schedule = "{schedule}"
on = {{ open = "welcome", closed = "goodbye" }}

[steps.welcome]
type = "hang-up"
prompt = "greeting"

[steps.goodbye]
type = "hang-up"
prompt = "goodbye.refused"
"""
MONDAY, SUNDAY = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (23, 22))


@pytest.mark.parametrize(
    ("schedule", "now", "night", "said"),
    [
        ("Biuro", MONDAY, None, "greeting"),
        ("Biuro", SUNDAY, None, "goodbye.refused"),
        ("Biuro", MONDAY, MONDAY.replace(hour=13), "goodbye.refused"),
        ("Biuro", MONDAY, MONDAY.replace(hour=11), "greeting"),
        ("Nikt", MONDAY, None, "goodbye.refused"),
    ],
)
async def test_whether_it_is_open(
    schedule: str, now: datetime, night: datetime | None, said: str, tmp_path: Path
) -> None:
    house, call = House(), FakeLeg()
    nights = {"Biuro": night} if night is not None else {}
    house.snapshot = Snapshot.of(Stored(FIRM, nights=nights))
    talk = Talk(
        CATALOGUE,
        Voice(),
        ("pl",),
        services={Switchboard: house.board},
        clock=lambda: now,
        zone=ZoneInfo("Europe/Warsaw"),
    )
    walked = scenario(tmp_path, SCHEDULE.format(schedule=schedule))
    await engine.run(walked, call, talk, longest=600.0)
    assert call.heard == [said]


NESTED = """
name = "centrala"
languages = ["pl"]
start = "hours"

[steps.hours]
type = "schedule"
schedule = "Biuro"
on = { open = "lunch", closed = "goodbye" }

[steps.lunch]
type = "schedule"
schedule = "Bez przerwy"
on = { open = "welcome", closed = "pause" }

[steps.welcome]
type = "hang-up"
prompt = "greeting"

[steps.pause]
type = "hang-up"
prompt = "transfer.no-answer"

[steps.goodbye]
type = "hang-up"
prompt = "goodbye.refused"
"""


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (MONDAY, "transfer.no-answer"),
        (MONDAY.replace(hour=9), "greeting"),
        (SUNDAY, "goodbye.refused"),
    ],
)
async def test_a_schedule_leads_to_another_one(now: datetime, said: str, tmp_path: Path) -> None:
    house, call = House(), FakeLeg()
    lunch = Schedule(name="Bez przerwy", hours="mon-sun 00:00-12:30,13:30-24:00")
    there = FIRM.model_copy(update={"schedules": (*FIRM.schedules, lunch)})
    house.snapshot = Snapshot.of(Stored(there))
    talk = Talk(
        CATALOGUE,
        Voice(),
        ("pl",),
        services={Switchboard: house.board},
        clock=lambda: now,
        zone=ZoneInfo("Europe/Warsaw"),
    )
    await engine.run(scenario(tmp_path, NESTED), call, talk, longest=600.0)
    assert call.heard == [said]
