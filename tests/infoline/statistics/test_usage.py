"""What calls add up to, by the days of the line's zone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sipagent.infoline.schema import infoline
from sipagent.infoline.statistics.answers import By, report, section
from sipagent.infoline.statistics.figures import Place, Usage, grouped, usage
from sipagent.records.schema import records
from sipagent.reports.days import Days
from sipagent.store.database import open_database
from tests.examples import examples

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
YEAR = Days(date(2026, 1, 1), date(2026, 12, 31), WARSAW)
NOON = datetime(2026, 11, 23, 12, tzinfo=WARSAW)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    found = open_database(tmp_path / "line.db", [records, infoline])
    for number, code in enumerate(("ALFA", "BETA"), start=1):
        found.execute("INSERT INTO managers (id, code, name) VALUES (?, ?, '')", [number, code])
        for estate in (1, 2):
            found.execute(
                "INSERT INTO estates (manager_id, code, name) VALUES (?, ?, '')",
                [number, f"Z{estate}"],
            )
            found.execute(
                "INSERT INTO owners (manager_id, estate_id, login, name) "
                "VALUES (?, last_insert_rowid(), ?, '')",
                [number, f"{number}0000{estate}"],
            )
    found.conn.commit()
    yield found
    found.close()


def call(
    db: sqlite_utils.Database,
    started: datetime = NOON,
    *,
    owner: str | None = None,
    seconds: float | None = None,
    pressed: str = "",
    tried: bool = False,
    asked: bool = True,
    more: Sequence[tuple[str, str]] = (),
) -> None:
    """Store a call that came in at a moment; the first digit of its owner is the manager's id."""
    key = f"c{db['calls'].count}"
    ended = None if seconds is None else text(started + timedelta(seconds=seconds))
    db.execute(
        "INSERT INTO calls (id, sip_id, started, answered, ended, asserted, called, scenario) "
        "VALUES (?, ?, ?, ?, ?, 1, 'line', 'infolinia')",
        [key, key, text(started), ended and text(started), ended],
    )
    for name, value in (("owner", owner), ("manager", owner and owner[0])):
        if value is not None:
            db.execute("INSERT INTO call_labels VALUES (?, ?, ?)", [key, name, str(value)])
    events = [("step", '{"step": "login", "type": "owner-login"}')] * asked
    events += [("outcome", f'{{"step": "menu", "outcome": "{one}"}}') for one in pressed]
    events += [("outcome", '{"step": "balance", "outcome": "done"}')]
    events += [("login", '{"verdict": "refused"}')] * (tried or owner is not None)
    for seq, (kind, details) in enumerate([*events, *more]):
        db.execute("INSERT INTO call_events VALUES (?, ?, 0, ?, ?)", [key, seq, kind, details])


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def by_manager(found: dict[Place, Usage]) -> dict[str | None, Usage]:
    return grouped(found.items(), lambda place: place.manager)


def test_calls_logins_refusals_and_keys_are_counted(db: sqlite_utils.Database) -> None:
    call(db, owner="100001", seconds=90, pressed="119#")
    call(db, owner="100002", seconds=30)
    call(db, owner="200001", seconds=60)
    call(db, tried=True, seconds=20)
    call(db)
    found = by_manager(usage(db, YEAR))
    first, nobody = found["ALFA"], found[None]
    assert (first.calls, first.logins, first.refused) == (2, 2, 0)
    assert first.seconds == pytest.approx(120, abs=0.01)
    assert first.keys == {"1": 2, "9": 1, "#": 1}
    assert (nobody.calls, nobody.logins, nobody.refused, nobody.untried) == (2, 0, 1, 1)


def test_statements_that_were_sent_and_requests_are_counted(db: sqlite_utils.Database) -> None:
    sent, unsent = ("statement", '{"addresses": 2}'), ("statement", '{"addresses": 0}')
    call(db, owner="100001", more=[sent, unsent, ("ticket", '{"ticket": 101}')])
    call(db, owner="100001", more=[sent])
    (one,) = usage(db, YEAR).values()
    assert (one.statements, one.requests) == (2, 1)


def test_calls_of_the_exchange_are_none_of_the_infoline(db: sqlite_utils.Database) -> None:
    call(db, asked=False)
    assert usage(db, YEAR) == {}


def test_a_manager_sees_no_call_of_another(db: sqlite_utils.Database) -> None:
    for owner in ("100001", "200001", None):
        call(db, owner=owner, tried=True, pressed="1")
    found = usage(db, YEAR, "ALFA")
    assert by_manager(found).keys() == {"ALFA"}
    assert sum(one.calls for one in found.values()) == 1


def test_an_owner_who_is_gone_is_of_no_estate(db: sqlite_utils.Database) -> None:
    call(db, owner="100001")
    call(db, owner="100099")
    assert {(place.manager, place.estate) for place in usage(db, YEAR)} == {
        ("ALFA", "Z1"),
        ("ALFA", None),
    }


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
    [place] = usage(db, YEAR)
    assert place.day == date.fromisoformat(day)


def test_only_the_asked_days_count(db: sqlite_utils.Database) -> None:
    for hours in (-13, -12, 0, 11, 12):
        call(db, NOON + timedelta(hours=hours))
    day = NOON.date()
    [one] = usage(db, Days(day, day, WARSAW)).values()
    assert one.calls == 3


_moments = st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC))
_calls = st.lists(
    st.tuples(
        _moments,
        st.sampled_from([None, "100001", "100002", "200001", "200099"]),
        st.text("0129*#", max_size=3),
    ),
    max_size=12,
)


@given(_calls)
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_way_to_group_loses_a_call(
    db: sqlite_utils.Database, calls: list[tuple[datetime, str | None, str]]
) -> None:
    db.execute("DELETE FROM calls")
    db.execute("DELETE FROM call_events")
    for moment, owner, pressed in calls:
        call(db, moment, owner=owner, pressed=pressed)
    found = usage(db, YEAR)
    for by in By:
        whole = report(by, found, YEAR)
        for name, expected in (
            ("calls", len(calls)),
            ("logins", sum(owner is not None for _, owner, _ in calls)),
            ("key_9", sum(pressed.count("9") for *_, pressed in calls)),
        ):
            place = [column.key for column in whole.columns].index(name)
            assert sum(row[place] for row in whole.rows) == expected  # type: ignore[misc]
            assert whole.total is not None
            assert whole.total[place] == expected


@pytest.mark.parametrize("by", By)
def test_sections_have_charts_where_there_is_something_to_see(
    db: sqlite_utils.Database, by: By
) -> None:
    call(db, owner="100001", pressed="1")
    call(db, NOON + timedelta(days=1), owner="200001")
    week = Days(date(2026, 11, 23), date(2026, 11, 29), WARSAW)
    found = section(by, usage(db, week), week, "pl")
    assert len(found.pictures) == 2
    assert "klawisz 1" in [found.told[column.key] for column in found.reports[0].columns]
    assert not section(by, {}, week, "en").pictures
