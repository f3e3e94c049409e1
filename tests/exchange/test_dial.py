"""Internal numbers that callers type at an announcement or a menu (DISA)."""

import asyncio
from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.exchange.announcements import OwnAnnouncements
from sipagent.exchange.led import Led
from sipagent.exchange.model import Announcement
from sipagent.exchange.steps import STEPS
from sipagent.scenario import engine, loader
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.model import Scenario
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.script import Act, Press
from tests.exchange.house import ANNAS, CATALOGUE, EWAS, FIRM, House
from tests.simulated import simulated

pytestmark = pytest.mark.unit

DIAL = """
name = "centrala"
languages = ["pl", "en"]
start = "number"

[steps.number]
type = "dial"
prompt = "greeting"
on = {{ answered = "end", busy = "busy", unknown = "nobody", no-choice = "silence" }}
next = "sorry"
{settings}

[steps.busy]
type = "hang-up"
prompt = "transfer.busy"

[steps.nobody]
type = "hang-up"
prompt = "goodbye.refused"

[steps.silence]
type = "hang-up"
prompt = "goodbye.no-choice"

[steps.sorry]
type = "hang-up"
prompt = "transfer.failed"

[steps.end]
type = "hang-up"
"""
MENU = """
name = "centrala"
languages = ["pl"]
start = "menu"

[steps.menu]
type = "menu"
prompt = "greeting"
{settings}
on = {{ no-choice = "silence", wrong-choice = "silence" }}

[steps.menu.keys.1]
prompt = "transfer.dictate"
next = "one"

[steps.menu.keys.2]
prompt = "transfer.back"
next = "two"

[steps.one]
type = "hang-up"
prompt = "transfer.busy"

[steps.two]
type = "hang-up"
prompt = "transfer.failed"

[steps.silence]
type = "hang-up"
prompt = "goodbye.no-choice"
"""
NUMBER = """
[steps.number]
type = "dial"
prompt = "greeting"
next = "silence"
"""
TALKS, RINGS = Callee(after=2, talks=9), Callee(after=None)


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "centrala.toml"
    path.write_text(text, "utf-8")
    return loader.load(path, CATALOGUE, Vocabulary(STEPS))


async def walked(
    folder: Path, text: str, *script: Act, house: House | None = None
) -> tuple[FakeLeg, House]:
    house = house or House({ANNAS: TALKS, EWAS: TALKS, "+48221000300": TALKS})
    call = FakeLeg(script, called="1", sleep=asyncio.sleep)
    talk = house.talk(folder)
    await engine.run(scenario(folder, text), call, talk, longest=600.0)
    house.facts = talk.facts
    return call, house


def rung(house: House) -> list[str]:
    return [leg.called for leg in house.phones.legs]


@pytest.mark.parametrize(
    ("typed", "rings"),
    [
        ("101", ["101"]),
        ("101#", ["101"]),
        ("103#", ["103"]),
        ("200#", ["101", "103"]),
    ],
)
@simulated
async def test_a_number_is_typed_and_rung(typed: str, rings: list[str], tmp_path: Path) -> None:
    call, house = await walked(tmp_path, DIAL.format(settings=""), typed)
    assert rung(house) == rings
    assert [event.details["outcome"] for event in call.timeline if event.kind == "outcome"] == [
        "answered"
    ]


@simulated
async def test_it_may_be_typed_while_the_words_are_said(tmp_path: Path) -> None:
    call, house = await walked(tmp_path, DIAL.format(settings=""), Press("103#", during="greeting"))
    assert rung(house) == ["103"]
    assert call.transcript[0].cut


@simulated
async def test_an_announcement_of_the_exchange_may_be_what_is_said(tmp_path: Path) -> None:
    welcome = Announcement(name="Witamy", text={"pl": "Prosimy o numer wewnętrzny."})
    there = FIRM.model_copy(update={"announcements": (welcome,)})
    house = House({EWAS: TALKS}, exchange=there)
    house.services[Announcements] = OwnAnnouncements(lambda: house.snapshot, tmp_path)
    text = DIAL.format(settings="").replace('prompt = "greeting"', 'announcement = "Witamy"', 1)
    call, _ = await walked(tmp_path, text, "103#", house=house)
    assert call.words.startswith("Prosimy o numer wewnętrzny.")
    assert rung(house) == ["103"]


@pytest.mark.parametrize("typed", ["555#", "*022#", "0#", "600100101#", "112#"])
@simulated
async def test_what_nobody_has_inside_is_told_and_asked_again(typed: str, tmp_path: Path) -> None:
    """Neither telephone numbers nor outside numbers are called: callers have no rights."""
    call, house = await walked(tmp_path, DIAL.format(settings="repeat = 2"), typed, typed)
    assert rung(house) == []
    assert call.heard.count("reaching.unknown-number") >= 1
    assert call.heard[-1] == "goodbye.refused"


@simulated
async def test_the_second_number_may_be_right(tmp_path: Path) -> None:
    _, house = await walked(tmp_path, DIAL.format(settings=""), "555#", "101#")
    assert rung(house) == ["101"]
    assert house.facts[Led] == Led(called="Anna Nowak")


@simulated
async def test_outside_numbers_where_the_scenario_allows_them(tmp_path: Path) -> None:
    _, house = await walked(tmp_path, DIAL.format(settings="outside = true"), "*022#")
    assert rung(house) == ["+48221000300"]


@pytest.mark.parametrize(
    ("callee", "told"),
    [(Callee(code=486), "transfer.busy"), (Callee(code=404), "transfer.failed")],
)
@simulated
async def test_how_it_went_is_an_outcome(callee: Callee, told: str, tmp_path: Path) -> None:
    house = House({ANNAS: callee})
    call, _ = await walked(tmp_path, DIAL.format(settings=""), "101#", house=house)
    assert call.heard[-1] == told


@simulated
async def test_silence_is_one_too(tmp_path: Path) -> None:
    call, _ = await walked(tmp_path, DIAL.format(settings=""), "")
    assert call.heard[-1] == "goodbye.no-choice"


MENU_WITH_NUMBERS = MENU.format(settings='dial = "number"') + NUMBER


@pytest.mark.parametrize(("typed", "said"), [("1", "transfer.busy"), ("2", "transfer.failed")])
@simulated
async def test_a_key_of_a_menu_stays_a_choice_where_nothing_follows(
    typed: str, said: str, tmp_path: Path
) -> None:
    call, house = await walked(tmp_path, MENU_WITH_NUMBERS, typed)
    assert call.heard[-1] == said
    assert rung(house) == []


@pytest.mark.parametrize("typed", ["103", "101#", "200"])
@simulated
async def test_a_number_is_typed_at_a_menu(typed: str, tmp_path: Path) -> None:
    call, house = await walked(tmp_path, MENU_WITH_NUMBERS, typed)
    assert rung(house)[0] in {"101", "103"}
    assert "greeting" not in call.heard, "nobody is asked again for what was typed"


@simulated
async def test_a_menu_goes_on_as_before_where_a_number_is_nobodys(tmp_path: Path) -> None:
    text = MENU_WITH_NUMBERS.replace(
        'prompt = "greeting"\nnext = "silence"',
        ('prompt = "greeting"\non = { unknown = "menu" }\nnext = "silence"'),
    )
    call, house = await walked(tmp_path, text, "555#", "2")
    assert call.heard[-1] == "transfer.failed"
    assert rung(house) == []


@simulated
async def test_without_it_a_menu_takes_the_first_key(tmp_path: Path) -> None:
    call, house = await walked(tmp_path, MENU.format(settings=""), "103")
    assert call.heard[-1] == "transfer.busy"
    assert rung(house) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (MENU.format(settings='dial = "nowhere"'), "nowhere"),
        (
            MENU_WITH_NUMBERS.replace("menu.keys.2", 'menu.keys."#"'),
            "ends a number that is typed",
        ),
        (DIAL.format(settings="digits = 3"), "digits"),
        (DIAL.format(settings='announcement = "Witamy"'), "either a prompt or an announcement"),
    ],
)
def test_what_is_wrong_is_told_when_it_is_read(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=why):
        scenario(tmp_path, text)
