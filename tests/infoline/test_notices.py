"""Notices: who is told what, and when."""

from datetime import timedelta

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.notices import LONGEST, Notices
from sipagent.scenario.engine import Ending
from sipagent.telephony.script import Leave, Press
from tests.infoline.test_line import LOGGED_IN, NOW, Line

pytestmark = pytest.mark.unit

TODAY = NOW.date()
WATER = "Jutro nie będzie wody. Przepraszamy."


@pytest.fixture
def notices(sample: sqlite_utils.Database) -> Notices:
    return Notices(sample)


@pytest.fixture
def line(sample: sqlite_utils.Database) -> Line:
    return Line(sample)


async def test_a_notice_is_told_between_login_and_menu(line: Line, notices: Notices) -> None:
    notices.add("ZLOTY-KLUCZ", WATER, TODAY, TODAY)
    call, result = await line.call([LOGGED_IN, Leave()])
    told = call.heard.index("notice.polish")
    assert call.heard[told - 1] == "login.accepted"
    assert call.heard[told + 1].startswith("menu.intro")
    assert f"Komunikat od zarządcy. {WATER}" in call.words
    assert result.ending is Ending.HUNG_UP


async def test_without_a_notice_nothing_is_said(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, Leave()])
    assert "notice" not in " ".join(call.heard)


async def test_a_key_skips_it_and_is_the_choice(line: Line, notices: Notices) -> None:
    notices.add("ZLOTY-KLUCZ", WATER, TODAY, TODAY)
    notices.add("ZLOTY-KLUCZ", "Drugi komunikat.", TODAY, TODAY)
    call, result = await line.call([LOGGED_IN, Press("1", during="notice.polish"), Leave()])
    assert [heard.cut for heard in call.transcript if heard.key == "notice.polish"] == [True] * 2
    assert result.step == "balance"


async def test_english_callers_hear_the_translation_or_the_polish_voice(
    line: Line, notices: Notices
) -> None:
    notices.add("ZLOTY-KLUCZ", WATER, TODAY, TODAY, english="No water on Wednesday.")
    notices.add("ZLOTY-KLUCZ", "Winda nie działa.", TODAY, TODAY)
    call, _ = await line.call(["8#", LOGGED_IN, Leave()])
    assert "A notice from your manager. No water on Wednesday." in call.words
    assert "in Polish. [pl]Winda nie działa.[/pl]" in call.words


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [(0, 0, True), (-3, 0, True), (0, 3, True), (1, 3, False), (-3, -1, False)],
)
def test_it_is_told_from_its_first_day_to_its_last(
    notices: Notices, sample: sqlite_utils.Database, first: int, last: int, told: bool
) -> None:
    days = (TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    notices.add("ZLOTY-KLUCZ", WATER, *days)
    owner = Directory(sample).find("100001")
    assert owner
    assert bool(notices.told(owner, TODAY)) is told


def test_only_those_whom_it_concerns_are_told(
    notices: Notices, sample: sqlite_utils.Database
) -> None:
    directory = Directory(sample)
    owners = [directory.find(login) for login in ("100001", "100002", "2000002")]
    mine = owners[0]
    assert mine
    notices.add("ZLOTY-KLUCZ", "Dla jednej wspólnoty.", TODAY, TODAY, estate=mine.estate.code)
    notices.add("BAJKA", "Dla innych.", TODAY, TODAY)
    told = [[one.text for one in notices.told(owner, TODAY)] for owner in owners if owner]
    same = owners[1] and owners[1].estate == mine.estate
    assert told == [
        ["Dla jednej wspólnoty."],
        ["Dla jednej wspólnoty."] if same else [],
        ["Dla innych."],
    ]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"manager": "NOBODY"}, "no manager has the code 'NOBODY'"),
        ({"estate": "X"}, "no estate has the code 'X'"),
        ({"text": " . "}, "text: the notice says nothing"),
        ({"text": "a" * (LONGEST + 1)}, f"has {LONGEST + 1} characters"),
        ({"english": "!"}, "english: the notice says nothing"),
        ({"last_day": TODAY - timedelta(days=1)}, "before it begins"),
    ],
)
def test_what_cannot_be_told_is_refused(
    notices: Notices, values: dict[str, object], problem: str
) -> None:
    good: dict[str, object] = {
        "manager": "ZLOTY-KLUCZ", "text": WATER, "first_day": TODAY, "last_day": TODAY,
    }  # fmt: skip
    with pytest.raises(DataError, match=problem):
        notices.add(**{**good, **values})  # type: ignore[arg-type]
    assert notices.listed() == []


def test_one_that_is_removed_is_gone(notices: Notices) -> None:
    one = notices.add("ZLOTY-KLUCZ", WATER, TODAY, TODAY)
    notices.remove(one.id)
    assert notices.listed() == []
    with pytest.raises(DataError, match=f"there is no notice {one.id}"):
        notices.remove(one.id)


def test_the_list_leaves_out_what_is_over(notices: Notices) -> None:
    notices.add("ZLOTY-KLUCZ", "Stary.", TODAY - timedelta(days=9), TODAY - timedelta(days=1))
    new = notices.add("ZLOTY-KLUCZ", "Nowy.", TODAY, TODAY)
    assert notices.listed(TODAY) == [new]
    assert len(notices.listed()) == 2
