"""What calls add up to, by the days of the line's zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipagent.records.schema import records
from sipagent.records.statistics import Used, grouped, usage
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    found = open_database(tmp_path / "line.db", [records])
    yield found
    found.close()


def call(
    db: sqlite_utils.Database,
    started: datetime,
    *,
    owner: str | None = None,
    manager: int | None = None,
    seconds: float | None = None,
    pressed: str = "",
    tried: bool = False,
) -> None:
    """Store a call that came in at a moment."""
    key = f"c{db['calls'].count}"
    ended = None if seconds is None else text(started + timedelta(seconds=seconds))
    db.execute(
        "INSERT INTO calls (id, sip_id, started, answered, ended, asserted, called, scenario) "
        "VALUES (?, ?, ?, ?, ?, 1, 'line', 'infolinia')",
        [key, key, text(started), ended and text(started), ended],
    )
    for name, value in (("owner", owner), ("manager", manager)):
        if value is not None:
            db.execute("INSERT INTO call_labels VALUES (?, ?, ?)", [key, name, str(value)])
    events = [("outcome", f'{{"step": "menu", "outcome": "{one}"}}') for one in pressed]
    events += [("outcome", '{"step": "balance", "outcome": "done"}')]
    events += [("login", '{"verdict": "refused"}')] * (tried or owner is not None)
    for seq, (kind, details) in enumerate(events):
        db.execute("INSERT INTO call_events VALUES (?, ?, 0, ?, ?)", [key, seq, kind, details])


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def test_calls_logins_refusals_and_keys_are_counted(db: sqlite_utils.Database) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=WARSAW)
    call(db, noon, owner="100001", manager=1, seconds=90, pressed="119#")
    call(db, noon, owner="100002", manager=1, seconds=30)
    call(db, noon, owner="2000001", manager=2, seconds=60)
    call(db, noon, tried=True, seconds=20)
    call(db, noon)
    rows = usage(db, START, END, WARSAW)
    assert {row.day for row in rows} == {date(2026, 11, 23)}
    [(_, first), *_] = [*grouped([row for row in rows if row.manager == 1], lambda row: row.day)]
    assert (first.calls, first.logins, first.refused, first.seconds) == (2, 2, 0, 120)
    assert first.keys == {"1": 2, "9": 1, "#": 1}
    [(_, nobody)] = grouped([row for row in rows if row.manager is None], lambda row: row.day)
    assert (nobody.calls, nobody.logins, nobody.refused) == (2, 0, 1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-22T22:59:59+00:00", "2026-11-22"),
        ("2026-11-22T23:00:00+00:00", "2026-11-23"),
        ("2026-03-28T22:59:59+00:00", "2026-03-28"),
        ("2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("2026-10-24T22:00:00+00:00", "2026-10-25"),
        ("2026-10-25T22:59:59+00:00", "2026-10-25"),
    ],
)
def test_a_day_is_one_of_the_zone_also_when_clocks_change(
    db: sqlite_utils.Database, moment: str, day: str
) -> None:
    call(db, datetime.fromisoformat(moment))
    [row] = usage(db, START, END, WARSAW)
    assert row.day == date.fromisoformat(day)


def test_only_the_asked_time_counts(db: sqlite_utils.Database) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for minutes in (-1, 0, 59, 60):
        call(db, noon + timedelta(minutes=minutes))
    [row] = usage(db, noon, noon + timedelta(hours=1), UTC)
    assert row.usage.calls == 2


_moments = st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC))
_calls = st.lists(
    st.tuples(_moments, st.sampled_from([None, 1, 2]), st.text("0129*#", max_size=3)), max_size=12
)


@given(_calls)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_way_to_group_loses_a_call(
    db: sqlite_utils.Database, calls: list[tuple[datetime, int | None, str]]
) -> None:
    db.execute("DELETE FROM calls")
    db.execute("DELETE FROM call_events")
    for moment, manager, pressed in calls:
        call(db, moment, owner="1000" if manager else None, manager=manager, pressed=pressed)
    rows = usage(db, START, END, WARSAW)
    for by in (_day, _manager):
        groups = [found for _, found in grouped(rows, by)]
        assert sum(one.calls for one in groups) == len(calls)
        assert sum(one.logins for one in groups) == sum(bool(one[1]) for one in calls)
        assert sum(one.keys.total() for one in groups) == sum(len(one[2]) for one in calls)


def _day(row: Used) -> object:
    return row.day


def _manager(row: Used) -> object:
    return row.manager
