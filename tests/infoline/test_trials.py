"""Test calls: a number of staff counts as an owner's until midnight, and nobody else's does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.infoline import trials
from sipagent.infoline.editing import existing, remove_owner
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.transfer.export import export_files
from sipagent.store.data import Single

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
#: Half past one at night, on the day before in UTC.
NOW = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 9, 2, 22, 0, tzinfo=UTC)
ANNA, STAFF = "100001", "+48600999888"


def allow(db: sqlite_utils.Database, number: str = "600 999 888") -> trials.Trial:
    return trials.allow(db, existing(db, ANNA), number, now=NOW, zone=WARSAW)


def verdict(db: sqlite_utils.Database, now: datetime, login: str = ANNA) -> Verdict:
    return Login(Single(db), LoginSection()).check(login, STAFF, now=now).verdict


def test_a_number_counts_until_the_midnight_of_the_line(sample: sqlite_utils.Database) -> None:
    assert verdict(sample, NOW) is Verdict.REFUSED
    assert allow(sample) == trials.Trial(STAFF, MIDNIGHT)
    last = MIDNIGHT - timedelta(seconds=1)
    assert verdict(sample, NOW) is Verdict.ACCEPTED
    assert verdict(sample, last) is Verdict.ACCEPTED
    assert verdict(sample, MIDNIGHT) is Verdict.REFUSED
    login = Login(Single(sample), LoginSection())
    assert [login.fits(ANNA, STAFF, now) for now in (last, MIDNIGHT)] == [True, False]


def test_it_counts_for_that_owner_only(sample: sqlite_utils.Database) -> None:
    allow(sample)
    assert verdict(sample, NOW, "100002") is Verdict.REFUSED
    # Whoever is shut out is, whoever calls.
    trials.allow(sample, existing(sample, "100007"), STAFF, now=NOW, zone=WARSAW)
    assert verdict(sample, NOW, "100007") is Verdict.OWNER_BLOCKED


def test_who_had_to_wait_is_free_to_call(sample: sqlite_utils.Database) -> None:
    login = Login(Single(sample), LoginSection())
    for _ in range(10):
        login.check("999999", STAFF, now=NOW)
    assert verdict(sample, NOW) is Verdict.LOCKED
    allow(sample)
    assert verdict(sample, NOW) is Verdict.ACCEPTED


def test_it_can_be_ended_before(sample: sqlite_utils.Database) -> None:
    allow(sample)
    owner = existing(sample, ANNA)
    assert trials.running(sample, owner, NOW) == [trials.Trial(STAFF, MIDNIGHT)]
    trials.end(sample, owner, STAFF)
    trials.end(sample, owner, STAFF)
    assert trials.running(sample, owner, NOW) == []
    assert verdict(sample, NOW) is Verdict.REFUSED


def test_it_is_no_number_of_the_owner(sample: sqlite_utils.Database, tmp_path: Path) -> None:
    allow(sample)
    assert existing(sample, ANNA).phones == ("+48600100101",)
    files = export_files(sample, tmp_path / "exported")
    assert all(STAFF not in file.read_text("utf-8") for file in files)


def test_what_is_over_is_forgotten_and_goes_with_its_owner(sample: sqlite_utils.Database) -> None:
    def kept() -> list[tuple[str]]:
        return sample.execute("SELECT number FROM owner_trials ORDER BY 1").fetchall()

    allow(sample)
    trials.allow(sample, existing(sample, ANNA), "600999777", now=MIDNIGHT, zone=WARSAW)
    assert kept() == [("+48600999777",)]
    remove_owner(sample, ANNA)
    assert kept() == []


def test_what_is_no_number_is_refused(sample: sqlite_utils.Database) -> None:
    with pytest.raises(DataError, match="123"):
        allow(sample, "123")
