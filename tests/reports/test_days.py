"""Local days and hours, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.reports.days import Clock, Days, Hour, bound
from tests.exchange.statistics.journal_helpers import WARSAW, text

pytestmark = pytest.mark.unit

AUTUMN, SPRING = date(2026, 10, 25), date(2026, 3, 29)
ZONES = ["Europe/Warsaw", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (date(2026, 11, 26), 24)])
def test_a_day_has_the_hours_that_the_clocks_show(day: date, hours: int) -> None:
    days = Days(day, day, WARSAW)
    assert days.end - days.begin == timedelta(hours=hours)
    clock = Clock(WARSAW)
    moments = [days.begin + timedelta(minutes=30, hours=number) for number in range(hours)]
    found = [clock(str(text(moment))) for moment in moments]
    assert {hour.day for hour in found} == {day}
    skipped, twice = (day == SPRING), (day == AUTUMN)
    shown = [*range(24), *[2] * twice]
    assert sorted(hour.hour for hour in found) == sorted(set(shown) - {2} if skipped else shown)


@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)), max_size=50),
)
def test_a_clock_shows_what_clocks_there_show(zone: str, moments: list[datetime]) -> None:
    there = ZoneInfo(zone)
    clock = Clock(there)
    for at in sorted(moments):
        moment = at.replace(tzinfo=UTC)
        local = moment.astimezone(there)
        assert clock(str(text(moment))) == Hour(local.date(), local.hour)


def test_bounds_compare_with_stored_moments_of_any_precision() -> None:
    moment = datetime(2026, 11, 26, 8, tzinfo=UTC)
    for precision in ("seconds", "milliseconds", "microseconds"):
        stored = moment.isoformat(timespec=precision)
        before = (moment - timedelta(seconds=1)).isoformat(timespec=precision)
        assert before < bound(moment) <= stored


def test_days_are_all_of_them() -> None:
    days = Days(date(2026, 10, 24), date(2026, 10, 26), WARSAW)
    assert days.all == [date(2026, 10, 24), AUTUMN, date(2026, 10, 26)]
