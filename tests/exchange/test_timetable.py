"""Schedules: weeks, days that differ, and nights that are begun by hand."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.model import DayHours, Schedule
from sipagent.exchange.timetable import Timetable

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
SCHEDULE = Schedule(
    name="Biuro",
    hours="mon-fri 08:00-16:00; fri 22:00-06:00",
    days=(
        DayHours(first="2026-11-24", last="2026-11-24", hours="closed"),
        DayHours(first="2026-11-27", last="2026-11-28", hours="10:00-12:00"),
        DayHours(first="2026-11-11", last="2026-11-11", hours="09:00-10:00"),
        DayHours(first="2026-12-31", last="2026-12-31", hours="20:00-02:00"),
        DayHours(first="2026-12-05", last="2026-12-05", hours="closed"),
        DayHours(first="2026-12-06", last="2026-12-06", hours="open"),
    ),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T10:00", True),  # a Monday
        ("2026-11-24T10:00", False),  # closed that day
        ("2026-11-27T09:00", False),  # other hours
        ("2026-11-27T11:00", True),
        ("2026-11-27T23:00", False),  # in place of all that the week says
        ("2026-11-28T11:00", True),
        ("2026-11-11T09:30", True),  # a public holiday with hours of its own
        ("2026-11-11T11:00", False),
        ("2026-12-25T10:00", False),  # a public holiday without
        ("2026-12-04T23:00", True),
        ("2026-12-05T05:00", True),  # the night before has begun on an open day
        ("2026-12-05T06:30", False),
        ("2026-12-06T00:00", True),
        ("2026-12-06T23:59", True),
        ("2026-12-31T23:00", True),
        ("2027-01-01T01:59", True),
        ("2027-01-01T02:00", False),
    ],
)
def test_open_or_not(moment: str, is_open: bool) -> None:
    assert Timetable(SCHEDULE).open_at(at(moment), WARSAW) is is_open


def test_a_night_closes_until_it_ends_by_itself() -> None:
    night = Timetable(SCHEDULE, at("2026-11-23T12:00"))
    assert not night.open_at(at("2026-11-23T11:59"), WARSAW)
    assert night.open_at(at("2026-11-23T12:00"), WARSAW)


def test_without_hours_it_is_always_open() -> None:
    assert Timetable(Schedule(name="Zawsze")).open_at(at("2026-12-25T03:00"), WARSAW)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T12:00", "2026-11-25T08:00"),  # open now; the day after is closed
        ("2026-11-25T07:59", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-26T08:00"),
        ("2026-11-26T20:00", "2026-11-27T10:00"),  # other hours that day
        ("2026-12-04T23:00", "2026-12-06T00:00"),  # beyond midnight, and then open all day
        ("2026-12-24T20:00", "2026-12-28T08:00"),  # public holidays, and a weekend
    ],
)
def test_when_it_opens_the_next_time(moment: str, opens: str) -> None:
    assert Timetable(SCHEDULE).next_opening(at(moment), WARSAW) == at(opens)


WEEKEND = "sat-mon 00:00-23:59; tue 00:00-00:00; holidays open"


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-27T23:59", False),
        ("2026-11-28T00:00", True),
        ("2026-11-29T23:59", True),
        ("2026-11-30T23:59", True),
        ("2026-12-01T00:00", False),
        ("2026-12-01T12:00", False),
    ],
)
def test_from_saturday_to_monday(moment: str, is_open: bool) -> None:
    """A schedule from Saturday to Monday; 0:00-0:00 is closed, 0:00-23:59 is open all day."""
    schedule = Timetable(Schedule(name="Dyżur", hours=WEEKEND))
    assert schedule.open_at(at(moment), WARSAW) is is_open
    if not is_open:
        assert schedule.next_opening(at(moment), WARSAW).astimezone(WARSAW).weekday() == 5


@pytest.mark.parametrize("hours", ["", "mon-sun 00:00-24:00", "mon-sun 00:00-00:00"])
def test_what_never_opens_or_is_always_open_opens_at_midnight(hours: str) -> None:
    schedule = Timetable(Schedule(name="Zawsze", hours=hours and f"{hours}; holidays open"))
    assert schedule.next_opening(at("2026-11-23T12:00"), WARSAW) == at("2026-11-24T00:00")


def test_days_that_are_open_throughout_begin_at_midnight() -> None:
    """Always open but on holidays: closed by hand on a Monday, it is open again on Tuesday."""
    schedule = Timetable(Schedule(name="Dyżur", hours="mon-sun 00:00-24:00"))
    assert schedule.next_opening(at("2026-11-23T12:00"), WARSAW) == at("2026-11-24T00:00")
    assert schedule.next_opening(at("2026-12-24T12:00"), WARSAW) == at("2026-12-27T00:00")


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        ("mon-fri 08:00-16:00", "2026-11-26T06:00", "2026-11-27T08:00"),  # has not opened yet
        ("mon-fri 08:00-16:00", "2026-11-27T12:00", "2026-11-30T08:00"),
        ("mon-sun 20:00-02:00", "2026-11-23T21:00", "2026-11-24T20:00"),  # beyond midnight
        ("mon-sun 20:00-02:00", "2026-11-24T01:00", "2026-11-25T20:00"),
        ("mon-sun 00:00-24:00", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("", "2026-11-23T12:00", "2026-11-24T00:00"),
    ],
)
def test_when_it_opens_on_a_later_day(hours: str, moment: str, opens: str) -> None:
    schedule = Timetable(Schedule(name="Biuro", hours=hours))
    assert schedule.next_day(at(moment), WARSAW) == at(opens)


def test_clocks_that_are_changed_open_at_their_own_time() -> None:
    """In the night to 25 October summer time ends."""
    schedule = Timetable(Schedule(name="Dyżur", hours="mon-sun 08:00-16:00; holidays open"))
    opens = schedule.next_opening(at("2026-10-24T20:00"), WARSAW)
    assert opens.isoformat() == "2026-10-25T07:00:00+00:00"


@given(st.dates(date(2026, 11, 1), date(2027, 1, 10)), st.integers(0, 24 * 60 - 1))
def test_what_is_open_on_a_day_is_open_at_its_minutes(day: date, minute: int) -> None:
    for schedule in (
        SCHEDULE,
        Schedule(name="Zawsze"),
        Schedule(name="Nocny", hours="mon-sun 22:00-06:00,05:00-07:00,23:00-24:00"),
        Schedule(name="Nigdy", hours="mon-sun 00:00-00:00"),
    ):
        timetable = Timetable(schedule)
        found = timetable.open_on(day)
        moment = datetime.combine(day, time(), WARSAW) + timedelta(minutes=minute)
        assert any(start <= minute < end for start, end in found) is timetable.open_at(
            moment, WARSAW
        )
        # One after another, with something in between.
        assert all(0 <= start < end <= 24 * 60 for start, end in found)
        edges = [edge for stretch in found for edge in stretch]
        assert edges == sorted(set(edges))
