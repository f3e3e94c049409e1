"""Support hours on the telephone: what a caller hears of them, and choices that go by them."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.config import Config
from sipagent.config_helpdesk import HelpdeskSection
from sipagent.domains import composed
from sipagent.helpdesk.steps.support import CLOSED, OPEN, SupportStep
from sipagent.helpdesk.support import Support
from sipagent.helpdesk.wording import hours_in_words, opening_in_words
from sipagent.hours import Hours
from sipagent.scenario import engine, loader
from sipagent.scenario.step import Outcome, settings_of
from sipagent.scenario.talk import Talk
from sipagent.speech.words import plain
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.script import Press
from tests.infoline.test_line import CATALOGUE, Voice

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def talk_at(moment: str, language: str = "pl", **settings: object) -> Talk:
    config = Config(helpdesk=HelpdeskSection.model_validate(settings))
    other = {"pl": "en", "en": "pl"}[language]
    return Talk(
        CATALOGUE,
        Voice(),
        [language, other],
        services={Support: Support(config)},
        clock=lambda: at(moment),
        zone=WARSAW,
    )


@pytest.mark.parametrize(
    ("language", "moment", "settings", "words"),
    [
        (
            "pl",
            "2026-11-27T17:30",
            {"phone": "22 100 02 00"},
            "Pomagamy od poniedziałku do piątku w godzinach od ósmej do siedemnastej, z wyjątkiem "
            "świąt. Teraz nikogo nie ma. Zapraszamy w poniedziałek od godziny ósmej. Numer "
            "telefonu: dwa dwa jeden, zero zero zero, dwa zero zero. Powtarzam: dwa dwa jeden, "
            "zero zero zero, dwa zero zero.",
        ),
        (
            "en",
            "2026-11-27T16:30",
            {"phone": "+44 20 7946 0000"},
            "Help is available Monday to Friday from eight o clock to seventeen hundred, except on "
            "public holidays. Somebody can help you now. The telephone number is plus four four, "
            "two zero seven, nine four six, zero zero, zero zero. Once more: plus four four, two "
            "zero seven, nine four six, zero zero, zero zero.",
        ),
        ("pl", "2026-11-27T16:30", {"hours": "mon-sun 00:00-00:00"}, "Teraz nikogo nie ma."),
        (
            "pl",
            "2026-11-27T16:30",
            {"hours": ""},
            "Pomagamy przez całą dobę. Teraz można uzyskać pomoc.",
        ),
    ],
)
async def test_what_a_caller_hears(
    language: str, moment: str, settings: dict[str, object], words: str
) -> None:
    step, call = SupportStep("support", settings_of(SupportStep)()), FakeLeg()
    assert await step.run(call, talk_at(moment, language, **settings)) == Outcome("done")
    assert call.transcript[0].text == words


def test_choices_go_by_the_hours() -> None:
    day, night = talk_at("2026-11-27T16:59"), talk_at("2026-11-27T17:00")
    assert [one.variant(day) for one in (OPEN, CLOSED)] == ["", None]
    assert [one.variant(night) for one in (OPEN, CLOSED)] == [None, ""]


SCENARIO = """
name = "test"
languages = ["pl", "en"]
start = "menu"
[steps.menu]
type = "menu"
prompt = "choice.silence"
repeat = 1
next = "end"
[steps.menu.keys.1]
prompt = "transfer.dictate"
when = "support.closed"
next = "help"
[steps.help]
type = "support"
next = "end"
[steps.end]
type = "hang-up"
"""


async def test_a_scenario_offers_it_while_nobody_is_there(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, "utf-8")
    scenario = loader.load(path, CATALOGUE, composed().vocabulary)
    call = FakeLeg([Press("1")])
    await engine.run(scenario, call, talk_at("2026-11-27T17:30"), longest=60)
    assert "Zapraszamy w poniedziałek" in call.transcript[-1].text
    call = FakeLeg([Press("1")])
    await engine.run(scenario, call, talk_at("2026-11-27T16:30"), longest=60)
    assert all("Pomagamy" not in one.text for one in call.transcript)


@pytest.mark.parametrize(
    ("hours", "polish", "english"),
    [
        (
            "mon-wed,fri 08:00-12:00,13:00-17:30; sat-sun 09:00-12:00; holidays open",
            "od poniedziałku do środy i w piątek w godzinach od ósmej do dwunastej i od trzynastej "
            "do siedemnastej trzydzieści, w sobotę i w niedzielę w godzinach od dziewiątej do "
            "dwunastej",
            "Monday to Wednesday and on Friday from eight o clock to twelve o clock and from "
            "thirteen hundred to seventeen thirty, on Saturday and on Sunday from nine o clock to "
            "twelve o clock",
        ),
        (
            "tue 16:00-24:00; sat 22:00-06:00",
            "we wtorek w godzinach od szesnastej do dwudziestej czwartej, w sobotę w godzinach od "
            "dwudziestej drugiej do szóstej, z wyjątkiem świąt",
            "on Tuesday from sixteen hundred to midnight, on Saturday from twenty two hundred to "
            "six o clock, except on public holidays",
        ),
        (
            "mon-sun 00:00-24:00",
            "przez całą dobę, z wyjątkiem świąt",
            "around the clock, except on public holidays",
        ),
        ("wed 00:00-24:00; holidays open", "w środę przez całą dobę", "on Wednesday all day"),
    ],
)
def test_hours_are_read_as_they_are_written(hours: str, polish: str, english: str) -> None:
    parsed = Hours.parse(hours)
    assert plain(hours_in_words(parsed, "pl"), "pl") == polish
    assert plain(hours_in_words(parsed, "en"), "en") == english


@pytest.mark.parametrize(
    ("opens", "polish", "english"),
    [
        ("2026-11-26T22:00", "dziś od godz. 22:00", "today from 22:00"),
        ("2026-11-27T08:00", "jutro od godz. 8:00", "tomorrow from 8:00"),
        ("2026-12-02T08:30", "w środę od godz. 8:30", "on Wednesday from 8:30"),
        (
            "2027-01-04T08:00",
            "w poniedziałek 4 stycznia od godz. 8:00",
            "on Monday, January 4 from 8:00",
        ),
    ],
)
def test_when_it_opens_again(opens: str, polish: str, english: str) -> None:
    now = at("2026-11-26T18:00")
    assert opening_in_words(at(opens), now, "pl") == polish
    assert opening_in_words(at(opens), now, "en") == english
