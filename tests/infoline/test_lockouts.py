"""Lock-outs: who sees them, and lifts them."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlite_utils

from sipagent.access.lockout import Kind, Lockout
from sipagent.access.pins import closed_until, reopen
from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.infoline.lockouts import Locked, lift, locked
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.managing import office
from sipagent.store.data import Single

pytestmark = pytest.mark.unit

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
RULES = LoginSection(failures=2, wait=60, longest_wait=3600)
ANNA, ANNAS_PHONE, STRANGER = "100001", "+48600100101", "+48600999888"


@pytest.fixture
def guessed(sample: sqlite_utils.Database) -> sqlite_utils.Database:
    """A line on which a stranger has guessed at Anna's login, and Anna at another one."""
    login = Login(Single(sample), RULES)
    for _ in range(2):
        login.check(ANNA, STRANGER, now=NOW)
        login.check("777777", ANNAS_PHONE, now=NOW)
    return sample


def seen(db: sqlite_utils.Database, manager: str = "", now: datetime = NOW) -> list[Locked]:
    whose = office(db, manager).manager.id if manager else None
    return locked(db, Lockout(RULES), now, whose, 100)


def values(found: list[Locked]) -> set[str]:
    return {one.streak.source.value for one in found}


def test_everybody_sees_what_concerns_them(guessed: sqlite_utils.Database) -> None:
    assert values(seen(guessed)) == {ANNA, STRANGER, "777777", ANNAS_PHONE}
    assert values(seen(guessed, "ZLOTY-KLUCZ")) == {ANNA, ANNAS_PHONE}
    assert seen(guessed, "BAJKA") == []
    whose = {one.streak.source.value: one.owners for one in seen(guessed)}
    assert whose[ANNAS_PHONE] == whose[ANNA] == ((ANNA, "Anna Przykładowa"),)
    assert whose[STRANGER] == ()


def test_it_is_told_until_when(guessed: sqlite_utils.Database) -> None:
    assert {one.streak.until for one in seen(guessed)} == {NOW + timedelta(seconds=60)}
    assert seen(guessed, now=NOW + timedelta(seconds=60)) == []


def test_who_is_pardoned_may_try_again(guessed: sqlite_utils.Database) -> None:
    login = Login(Single(guessed), RULES)
    assert login.check(ANNA, ANNAS_PHONE, now=NOW).verdict is Verdict.LOCKED
    lift(guessed, Kind.NUMBER, ANNAS_PHONE, office(guessed, "ZLOTY-KLUCZ").manager.id)
    assert login.check(ANNA, ANNAS_PHONE, now=NOW).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("value", [ANNA, ANNAS_PHONE, STRANGER, "777777"])
def test_nobody_pardons_for_somebody_else(guessed: sqlite_utils.Database, value: str) -> None:
    with pytest.raises(DataError, match=value.strip("+")):
        lift(guessed, Kind.NUMBER, value, office(guessed, "BAJKA").manager.id)
    assert value in values(seen(guessed))


def test_pins_are_taken_again_before_the_hour_is_over(sample: sqlite_utils.Database) -> None:
    rules = LoginSection(pin_failures_per_hour=1)
    assert closed_until(sample, rules, NOW) is None
    at = NOW.isoformat(timespec="microseconds")
    sample.execute("INSERT INTO pin_failures (at) VALUES (?)", [at])
    assert closed_until(sample, rules, NOW) == NOW + timedelta(hours=1)
    reopen(sample)
    assert closed_until(sample, rules, NOW) is None
