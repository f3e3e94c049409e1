"""Who hung up while waiting, and what has become of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.missed import Abandoned, Since, counted
from sipagent.reports.days import Days
from tests.exchange.statistics.journal_helpers import (
    MORNING,
    WARSAW,
    house_call,
    journal,
    wait_in,
)

pytestmark = pytest.mark.unit

CALLER, OTHER = "+48600100101", "+48600100102"
TODAY = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
HOUR = timedelta(hours=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with journal(tmp_path / "line.db") as found:
        yield found


def abandoned(db: sqlite_utils.Database) -> list[Abandoned]:
    return Statistics(db).abandoned(Question(TODAY, TODAY.end, window=24 * HOUR))


def test_each_number_is_one_caller_and_the_last_time_counts(db: sqlite_utils.Database) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0)
    wait_in(db, "Biuro", MORNING + HOUR, "answered")
    wait_in(db, "Serwis", MORNING + 2 * HOUR, "abandoned", 60.0)
    wait_in(db, "Biuro", MORNING + HOUR, "abandoned", 90.0, number=OTHER)
    other, caller = abandoned(db)
    assert (other.number, other.times, other.since) == (OTHER, 1, Since.NOTHING)
    assert (caller.number, caller.times, caller.queue) == (CALLER, 2, "Serwis")
    assert (caller.waited, caller.since) == (60.0, Since.NOTHING)


def test_who_hangs_up_at_once_or_on_another_day_is_not_asked_about(
    db: sqlite_utils.Database,
) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 4.9)
    wait_in(db, "Biuro", TODAY.end, "abandoned", 30.0)
    wait_in(db, "Biuro", MORNING, "answered")
    assert abandoned(db) == []


@pytest.mark.parametrize(("later", "since"), [(23, Since.CAME_AGAIN), (25, Since.NOTHING)])
def test_who_waits_again_and_is_answered_has_come_again(
    db: sqlite_utils.Database, later: int, since: Since
) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0)
    wait_in(db, "Serwis", MORNING + later * HOUR)
    assert abandoned(db)[0].since is since


@pytest.mark.parametrize(("answered", "since"), [(True, Since.CAME_AGAIN), (False, Since.NOTHING)])
def test_who_reaches_a_person_of_the_house_has_come_again(
    db: sqlite_utils.Database, answered: bool, since: Since
) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0)
    house_call(db, "c", MORNING + HOUR, CALLER, "Anna Nowak <101>", answered=answered)
    assert abandoned(db)[0].since is since


@pytest.mark.parametrize("party", [CALLER, f"Klient <{CALLER}>"])
@pytest.mark.parametrize(("answered", "since"), [(True, Since.CALLED_BACK), (False, Since.NOTHING)])
def test_who_is_called_from_the_house_was_called_back(
    db: sqlite_utils.Database, party: str, answered: bool, since: Since
) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0)
    house_call(db, "c", MORNING + HOUR, "101", party, answered=answered)
    assert abandoned(db)[0].since is since


def test_a_phone_of_the_house_calls_for_other_reasons_too(db: sqlite_utils.Database) -> None:
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0, number="102")
    house_call(db, "c", MORNING + HOUR, "102", "103")
    house_call(db, "d", MORNING + HOUR, CALLER, "Jan Kowal <102>")
    assert abandoned(db)[0].since is Since.NOTHING
    wait_in(db, "Biuro", MORNING + HOUR, number="102")
    assert abandoned(db)[0].since is Since.CAME_AGAIN


def test_what_was_before_does_not_count(db: sqlite_utils.Database) -> None:
    house_call(db, "c", MORNING - HOUR, "101", CALLER)
    wait_in(db, "Biuro", MORNING - HOUR)
    wait_in(db, "Biuro", MORNING, "abandoned", 30.0)
    assert abandoned(db)[0].since is Since.NOTHING


def test_who_was_to_be_called_back_in_vain_is_among_them(db: sqlite_utils.Database) -> None:
    asked = wait_in(db, "Biuro", MORNING, "callback", 30.0)
    wait_in(db, "Biuro", MORNING, "abandoned", None, callback_of=asked)
    other = wait_in(db, "Biuro", MORNING + HOUR, "callback", 30.0, number=OTHER)
    wait_in(db, "Biuro", MORNING + HOUR, callback_of=other, number=OTHER)
    [caller] = abandoned(db)
    assert (caller.number, caller.since) == (CALLER, Since.NOTHING)


def test_hidden_numbers_are_callers_of_their_own(db: sqlite_utils.Database) -> None:
    for hour in range(3):
        wait_in(db, "Biuro", MORNING + hour * HOUR, "abandoned", 30.0, number="")
    wait_in(db, "Biuro", MORNING + 4 * HOUR, number="")
    found = abandoned(db)
    assert [one.since for one in found] == [Since.HIDDEN] * 3
    assert counted(found) == {Since.HIDDEN: 3}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT 1 FROM queue_calls WHERE number = ? AND arrived_at > ?", "queue_calls_of_number"),
        (
            "SELECT 1 FROM call_legs WHERE "
            "rtrim(substr(party, instr(party, '<') + 1), '>') = ? AND began > ?",
            "call_legs_by_address",
        ),
    ],
)
def test_callers_are_found_by_an_index(db: sqlite_utils.Database, sql: str, index: str) -> None:
    plan = db.execute(f"EXPLAIN QUERY PLAN {sql}", ["+48", ""]).fetchall()
    assert index in plan[0][3]
