"""Office hours and public holidays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.hours import Hours, is_holiday, written

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = "mon-fri 08:00-12:00,13:00-16:00; sat 09:00-12:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("hours", "moment", "is_open"),
    [
        ("", "2026-12-25T03:00", True),
        (OFFICE, "2026-11-23T07:59", False),  # a Monday
        (OFFICE, "2026-11-23T08:00", True),
        (OFFICE, "2026-11-23T11:59", True),
        (OFFICE, "2026-11-23T12:00", False),
        (OFFICE, "2026-11-23T15:59", True),
        (OFFICE, "2026-11-23T16:00", False),
        (OFFICE, "2026-11-28T10:00", True),  # Saturday
        (OFFICE, "2026-11-28T13:30", False),
        (OFFICE, "2026-11-29T10:00", False),  # Sunday
        (OFFICE, "2026-11-11T10:00", False),  # Independence Day, a Wednesday
        (OFFICE, "2026-12-24T10:00", False),  # Christmas Eve, a holiday since 2025
        (OFFICE + "; holidays open", "2026-11-11T10:00", True),
        ("sat,mon 10:00-11:00", "2026-11-23T10:30", True),
        ("fri-mon 10:00-11:00", "2026-11-29T10:30", True),
        ("fri-mon 10:00-11:00", "2026-11-24T10:30", False),
        ("fri 22:00-06:00", "2026-11-27T23:00", True),
        ("fri 22:00-06:00", "2026-11-28T05:59", True),
        ("fri 22:00-06:00", "2026-11-28T06:00", False),
        ("fri 22:00-06:00", "2026-11-27T05:00", False),
        ("mon-sun 00:00-24:00", "2026-11-23T23:59", True),
        ("mon-sun 00:00-24:00", "2026-11-23T00:00", True),
        ("mon-sun 00:00-23:59", "2026-11-23T23:59:59", True),
        ("mon-sun 00:00-00:00", "2026-11-23T00:00", False),
        ("mon-sun 00:00-00:00", "2026-11-23T12:00", False),
        ("sat-mon 09:00-17:00", "2026-11-28T10:00", True),
        ("sat-mon 09:00-17:00", "2026-11-30T10:00", True),
        ("sat-mon 09:00-17:00", "2026-12-01T10:00", False),
        ("mon 22:00-24:00", "2026-11-23T23:59:59", True),
        ("mon 22:00-24:00", "2026-11-24T00:00", False),
        ("mon 22:00-00:00", "2026-11-24T00:00", False),
        ("MON-FRI 8:00-16:00", "2026-11-23T08:30", True),
        ("mon-fri  08:00-16:00;  holidays   open;", "2026-11-11T10:00", True),
        ("mon-fri 08:00-16:00; holidays closed", "2026-11-11T10:00", False),
        ("tue 22:00-06:00", "2026-11-11T05:00", True),  # begun before the holiday
        ("wed 22:00-06:00", "2026-11-12T05:00", False),  # begun on it
    ],
)
def test_open_or_not(hours: str, moment: str, is_open: bool) -> None:
    assert Hours.parse(hours).open_at(at(moment), WARSAW) is is_open


def test_the_clocks_are_those_of_the_office() -> None:
    hours = Hours.parse("mon-fri 08:00-16:00")
    summer = datetime.fromisoformat("2026-07-01T06:30:00+00:00")
    winter = datetime.fromisoformat("2026-12-01T06:30:00+00:00")
    assert hours.open_at(summer, WARSAW)
    assert not hours.open_at(winter, WARSAW)


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ("pon-pt 08:00-16:00", "'pon-pt' in 'pon-pt 08:00-16:00' is no day"),
        ("mon", "'mon' has no times"),
        ("mon 8-16", "'8-16' in 'mon 8-16' is no time"),
        ("mon 08:00-25:00", "a day has hours"),
        ("mon 08:61-16:00", "a day has hours"),
        ("mon 08:00-08:00", "begins and ends at the same time"),
        ("mon \u0660\u0668:00-16:00", "is no time"),
        ("holidays open", "needs hours beside it"),
        ("holidays closed", "'holidays closed' needs hours beside it"),
        (
            "holidays open; mon 08:00-16:00; holidays closed",
            "'holidays closed': holidays are told of once",
        ),
        ("mon 08:00-16:00; holidays maybe", "'holidays' in 'holidays maybe' is no day"),
    ],
)
def test_mistakes_are_named(hours: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Hours.parse(hours)


@given(st.dates(date(2024, 1, 1), date(2035, 12, 31)))
def test_holidays_are_the_ones_of_the_law(day: date) -> None:
    fixed = {(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)}
    if day.year >= 2025:
        fixed.add((12, 24))
    easter = _easter(day.year)
    moving = {easter + timedelta(days=n) for n in (0, 1, 49, 60)}
    assert is_holiday(day) is ((day.month, day.day) in fixed or day in moving)


def _easter(year: int) -> date:
    """The anonymous Gregorian algorithm."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + rest - 7 * ((a + 11 * h + 22 * rest) // 451) + 114, 31)
    return date(year, month, day + 1)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)), st.integers(0, 6))
def test_a_day_is_open_from_its_start_until_its_end(moment: datetime, weekday: int) -> None:
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[weekday]
    hours = Hours.parse(f"{name} 00:00-24:00; holidays open")
    local = moment.replace(tzinfo=WARSAW)
    assert hours.open_at(local, WARSAW) is (moment.weekday() == weekday)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1))
    | st.datetimes(datetime(2026, 3, 28, 20), datetime(2026, 3, 29, 6))
    | st.datetimes(datetime(2026, 10, 24, 20), datetime(2026, 10, 25, 6)),
)
def test_a_night_goes_by_the_clocks_even_when_they_change(moment: datetime) -> None:
    instant = moment.replace(tzinfo=UTC)
    clock = instant.astimezone(WARSAW)
    evening = clock.weekday() == 5 and clock.hour >= 22
    morning = clock.weekday() == 6 and (clock.hour, clock.minute) < (2, 30)
    hours = Hours.parse("sat 22:00-02:30; holidays open")
    assert hours.open_at(instant, WARSAW) is (evening or morning)


@pytest.mark.parametrize(
    ("week", "on_holidays", "text"),
    [
        (["8:00-16:00"] * 5 + ["9:00 - 12:00".replace(" ", ""), ""], False,
         "mon-fri 08:00-16:00; sat 09:00-12:00"),
        (["10:00-11:00", "", "10:00-11:00", "10:00-11:00", "", "", "22:00-06:00"], True,
         "mon,wed-thu 10:00-11:00; sun 22:00-06:00; holidays open"),
        (["13:00-16:00, 08:00-12:00", *[""] * 6], False, "mon 08:00-12:00,13:00-16:00"),
        (["00:00-23:59", "22:00-00:00", *[""] * 5], False, "mon 00:00-24:00; tue 22:00-24:00"),
        ([""] * 7, False, "mon-sun 00:00-00:00"),
    ],
)  # fmt: skip
def test_a_week_is_written_day_by_day(week: list[str], on_holidays: bool, text: str) -> None:
    assert written(week, on_holidays=on_holidays) == text


@pytest.mark.parametrize("times", ["8-16", "08:00-16:00; tue 09:00-10:00", "x", "25:00-26:00", ","])
def test_times_that_are_none_are_named_with_their_day(times: str) -> None:
    with pytest.raises(ValueError, match="'tue'"):
        written(["", times, *[""] * 5], on_holidays=False)


CLOCK = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
#: 23:59 is 24:00, which has a case of its own.
TIMES = st.tuples(CLOCK, CLOCK.filter("23:59".__ne__) | st.just("24:00")).filter(
    lambda pair: pair[0] != pair[1]
)


@given(
    st.lists(st.lists(TIMES.map("-".join), max_size=3).map(",".join), min_size=7, max_size=7),
    st.booleans(),
)
def test_what_is_written_is_read_as_it_was_meant(week: list[str], on_holidays: bool) -> None:
    hours = Hours.parse(written(week, on_holidays=on_holidays))
    assert hours.on_holidays is on_holidays
    assert [sorted(filter(None, times.split(","))) for times in hours.week()] == [
        sorted(filter(None, times.replace("-00:00", "-24:00").split(","))) for times in week
    ]
    assert written(hours.week(), on_holidays=on_holidays) == written(week, on_holidays=on_holidays)
