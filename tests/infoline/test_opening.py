"""Opening hours as a condition of any menu."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.domains import composed
from sipagent.errors import ConfigError
from sipagent.infoline.model import Contract
from sipagent.scenario import engine, loader
from sipagent.scenario.model import Scenario
from sipagent.scenario.talk import Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.fake import FakeLeg
from tests.infoline.owner_talk import OWNER
from tests.infoline.test_line import DATA, Voice

pytestmark = pytest.mark.unit

ZONE = ZoneInfo("Europe/Warsaw")
PROMPTS = """
intro = "Dzień dobry."
office = "Biuro: {key:1}."
message = "Biuro jest zamknięte. Wiadomość: {key:2}."
"""
SCENARIO = """
name = "test"
languages = ["pl"]
start = "menu"
hours = "mon-fri 08:00-16:00"
[steps.menu]
type = "menu"
prompt = "intro"
repeat = 1
next = "end"
[steps.menu.keys.1]
prompt = "office"
when = "hours.open"
next = "end"
[steps.menu.keys.2]
prompt = "message"
when = "hours.closed"
next = "end"
[steps.end]
type = "hang-up"
"""
OPEN, CLOSED = "Dzień dobry. Biuro: jeden.", "Dzień dobry. Biuro jest zamknięte. Wiadomość: dwa."


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "pl.toml").write_text(PROMPTS, "utf-8")
    """The shipped prompts, and those of the scenario."""
    return Catalogue.load(DATA / "prompts", tmp_path)


def load(tmp_path: Path, catalogue: Catalogue, text: str = SCENARIO) -> Scenario:
    path = tmp_path / "scenario.toml"
    path.write_text(text, "utf-8")
    return loader.load(path, catalogue, composed().vocabulary)


async def said(scenario: Scenario, talk: Talk) -> str:
    call = FakeLeg()
    await engine.run(scenario, call, talk, longest=60)
    return call.transcript[0].text


def talk_at(catalogue: Catalogue, moment: str) -> Talk:
    now = datetime.fromisoformat(moment).astimezone(UTC)
    return Talk(catalogue, Voice(), ["pl"], clock=lambda: now, zone=ZONE)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T08:00+01:00", OPEN),
        ("2026-11-23T07:59:59+01:00", CLOSED),
        ("2026-11-23T15:59:59+01:00", OPEN),
        ("2026-11-23T16:00+01:00", CLOSED),
        ("2026-11-22T12:00+01:00", CLOSED),
        ("2026-11-11T12:00+01:00", CLOSED),
    ],
)
async def test_a_menu_before_any_login_goes_by_the_hours_of_the_scenario(
    tmp_path: Path, catalogue: Catalogue, moment: str, words: str
) -> None:
    assert await said(load(tmp_path, catalogue), talk_at(catalogue, moment)) == words


async def test_without_hours_it_is_always_open(tmp_path: Path, catalogue: Catalogue) -> None:
    text = SCENARIO.replace('hours = "mon-fri 08:00-16:00"\n', "")
    talk = talk_at(catalogue, "2026-11-22T03:00+01:00")
    assert await said(load(tmp_path, catalogue, text), talk) == OPEN


@pytest.mark.parametrize(("estate", "words"), [(None, CLOSED), ("sun 10:00-13:00", OPEN)])
async def test_an_owner_goes_by_the_contract(
    tmp_path: Path, catalogue: Catalogue, estate: str | None, words: str
) -> None:
    talk = talk_at(catalogue, "2026-11-22T12:00+01:00")
    manager = replace(OWNER.manager, contract=Contract(hours="mon 08:00-09:00"))
    own = replace(OWNER.estate, contract=Contract(hours=estate))
    talk.facts.put(replace(OWNER, manager=manager, estate=own))
    assert await said(load(tmp_path, catalogue), talk) == words


async def test_a_contract_without_hours_leaves_those_of_the_scenario(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    talk = talk_at(catalogue, "2026-11-22T12:00+01:00")
    talk.facts.put(OWNER)
    assert await said(load(tmp_path, catalogue), talk) == CLOSED


@pytest.mark.parametrize(
    ("hours", "mistake"),
    [('"pon 8-16"', r"scenario\.toml:5: hours: 'pon' in 'pon 8-16' is no day"), ("8", "a text")],
)
def test_wrong_hours_are_a_mistake_with_its_line(
    tmp_path: Path, catalogue: Catalogue, hours: str, mistake: str
) -> None:
    with pytest.raises(ConfigError, match=mistake):
        load(tmp_path, catalogue, SCENARIO.replace('"mon-fri 08:00-16:00"', hours))
