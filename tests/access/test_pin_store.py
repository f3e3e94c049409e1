"""PINs of subjects that no domain has to explain."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from sipagent.access.pins import (
    Guess,
    PinStore,
    generate,
    has_pin,
    remove_pin,
    require_good,
    set_pin,
)
from sipagent.access.schema import access
from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.store.data import Single
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOGIN, PIN, WRONG = "100001", "590318", "590317"
RULES = LoginSection(failures=3, wait=60, longest_wait=3600)
#: As weak as it gets: the tests need no strength.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    found = open_database(tmp_path / "line.db", [access])
    set_pin(found, "box:7", PIN, login="7", hasher=QUICK)
    yield found
    found.close()


def guess(store: PinStore, subject: str | None, pin: str) -> Guess:
    return store.check(subject, pin, login="7", number=None, now=NOW, asserted=False)


def test_a_pin_is_right_for_its_subject_only(db: sqlite_utils.Database) -> None:
    store = PinStore(Single(db), RULES, QUICK)
    assert not guess(store, "owner:7", PIN).right
    assert not guess(store, None, PIN).right
    assert guess(store, "box:7", PIN) == Guess(right=True, subject="box:7")


def test_a_right_pin_waits_for_no_writer(db: sqlite_utils.Database) -> None:
    """Nothing was wrong before it, and so there is nothing to forget."""
    store = PinStore(Single(db), RULES, QUICK)
    db.execute("PRAGMA query_only = ON")
    assert guess(store, "box:7", PIN).right


def test_a_right_pin_makes_good_what_was_wrong_before(db: sqlite_utils.Database) -> None:
    store = PinStore(Single(db), RULES, QUICK)
    for _ in range(2):
        assert guess(store, "box:7", WRONG).wait is None
        assert guess(store, "box:7", WRONG).wait is None
        assert guess(store, "box:7", PIN).right


def test_who_guesses_too_often_waits_and_nothing_is_compared(db: sqlite_utils.Database) -> None:
    store = PinStore(Single(db), RULES, QUICK)
    assert [guess(store, "box:7", WRONG).wait for _ in range(3)][-1] == timedelta(seconds=60)
    assert guess(store, "box:7", PIN) == Guess(
        right=False, looked=False, wait=timedelta(seconds=60)
    )


def test_a_pin_goes(db: sqlite_utils.Database) -> None:
    assert has_pin(db, "box:7")
    remove_pin(db, "box:7")
    assert not has_pin(db, "box:7")
    assert not guess(PinStore(Single(db), RULES, QUICK), "box:7", PIN).right


@pytest.mark.parametrize(
    "pin",
    ["12345", "12345678901", "59031a", "５９０３１８", "", "111111", "112211", "123456", "987654",
     "890123", "121212", "123123", "100001", "1000017"],
)  # fmt: skip
def test_a_pin_that_is_easy_to_guess_is_refused(pin: str) -> None:
    with pytest.raises(DataError):
        require_good(pin, LOGIN)


@given(st.from_regex(r"[0-9]{4,9}", fullmatch=True))
def test_what_is_drawn_by_lot_is_good(login: str) -> None:
    require_good(generate(login), login)
