"""Calls of the whole line, and how many there were at once."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent import times
from sipagent.exchange.statistics.asked import Statistics
from sipagent.exchange.statistics.traffic import merged, peaks
from sipagent.reports.days import Days, Hour
from tests.exchange.statistics.journal_helpers import MORNING, WARSAW, house_call, journal

pytestmark = pytest.mark.unit

DAY = date(2026, 11, 26)
TODAY = Days(DAY, DAY, WARSAW)
#: Midnight to midnight, with 25 hours.
AUTUMN = Days(date(2026, 10, 25), date(2026, 10, 25), WARSAW)
MINUTE = timedelta(minutes=1)


def span(first: datetime, minutes: float | None) -> tuple[str, str | None]:
    end = None if minutes is None else times.stored(first + minutes * MINUTE)
    return times.stored(first), end


def test_calls_and_lines_at_once(tmp_path: Path) -> None:
    with journal(tmp_path / "line.db") as db:
        for number in range(3):
            at = MORNING + number * MINUTE
            house_call(db, f"in{number}", at, "+48600100101", "101", seconds=150, trunk="carrier")
        house_call(
            db, "out", MORNING + 2 * MINUTE, "101", "+48600100102",
            seconds=60, leg_trunk="carrier", answered=False,
        )  # fmt: skip
        house_call(db, "inside", MORNING + 2 * MINUTE, "101", "102", seconds=60)
        found = Statistics(db).traffic(TODAY)
    one = found[Hour(DAY, 9)]
    assert (one.calls, one.answered, round(one.seconds)) == (5, 4, 510)
    assert (one.at_once, one.lines) == (5, 4)
    assert list(found) == [Hour(DAY, 9)]


def test_a_call_that_goes_on_is_of_each_hour() -> None:
    found = peaks([span(TODAY.begin - 30 * MINUTE, 150)], TODAY)
    assert found == {Hour(DAY, hour): 1 for hour in (0, 1)}
    assert peaks([span(TODAY.end - 90 * MINUTE, None)], TODAY) == {
        Hour(DAY, 22): 1,
        Hour(DAY, 23): 1,
    }


def test_who_goes_as_another_comes_is_not_there_with_him() -> None:
    assert peaks([span(MORNING, 5), span(MORNING + 5 * MINUTE, 5)], TODAY) == {Hour(DAY, 9): 1}


def test_the_hour_that_comes_twice_has_the_calls_of_both_times() -> None:
    found = peaks([span(AUTUMN.begin + hour * 60 * MINUTE, 1) for hour in range(25)], AUTUMN)
    assert [hour.hour for hour in found] == list(range(24))
    assert set(found.values()) == {1}


spans = st.lists(
    st.tuples(st.integers(-120, 1500), st.none() | st.integers(1, 600)), max_size=30
).map(lambda pairs: sorted(pairs, key=lambda pair: pair[0]))


@given(spans)
def test_peaks_are_what_somebody_counts_minute_by_minute(
    pairs: list[tuple[int, int | None]],
) -> None:
    counted: dict[Hour, int] = {}
    for minute in range(1440):
        live = sum(
            first <= minute and (length is None or minute < first + length)
            for first, length in pairs
        )
        hour = Hour(DAY, minute // 60)
        if live:
            counted[hour] = max(counted.get(hour, 0), live)
    found = peaks([span(TODAY.begin + first * MINUTE, length) for first, length in pairs], TODAY)
    assert found == counted


def test_hours_are_added_up_and_the_most_at_once_stays_the_most(tmp_path: Path) -> None:
    with journal(tmp_path / "line.db") as db:
        for number in range(4):
            house_call(db, f"{number}", MORNING + number * 20 * MINUTE, "101", "102", seconds=1500)
        by_day = merged(Statistics(db).traffic(TODAY), lambda hour: hour.day)
    assert (by_day[DAY].calls, by_day[DAY].at_once, by_day[DAY].lines) == (4, 2, 0)
