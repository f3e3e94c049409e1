"""Months of a zone: every moment is in one of them, and only in one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.billing.month import Month

pytestmark = pytest.mark.unit

#: With clocks that change on the first of a month, at midnight too.
ZONES = ("Europe/Warsaw", "America/Asuncion", "America/Havana", "Asia/Beirut", "Pacific/Apia")


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-11", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("2026-12", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("2026-03", "2026-02-28T23:00", "2026-03-31T22:00"),
        ("2026-10", "2026-09-30T22:00", "2026-10-31T23:00"),
    ],
)
def test_a_month_goes_by_the_clocks_of_the_line(text: str, begins: str, ends: str) -> None:
    month, zone = Month.parse(text), ZoneInfo("Europe/Warsaw")
    assert month.begins(zone) == datetime.fromisoformat(f"{begins}:00+00:00")
    assert month.ends(zone) == datetime.fromisoformat(f"{ends}:00+00:00")
    assert str(month) == text


@given(st.sampled_from(ZONES), st.datetimes(datetime(1990, 1, 2), datetime(2040, 1, 1)))
@example("America/Asuncion", datetime(2017, 10, 1, 3, 59, 59))
@example("America/Asuncion", datetime(2017, 10, 1, 4))
@example("America/Havana", datetime(2020, 11, 1, 4))
@example("America/Havana", datetime(2020, 11, 1, 5, 30))
@example("Pacific/Apia", datetime(2011, 12, 30, 12))
def test_a_moment_is_in_its_own_month_only(name: str, naive: datetime) -> None:
    zone, moment = ZoneInfo(name), naive.replace(tzinfo=UTC)
    local = moment.astimezone(zone)
    month = Month(local.year, local.month)
    assert month.begins(zone) <= moment < month.ends(zone)
    assert month.next.begins(zone) == month.ends(zone)


@given(st.integers(1, 9998), st.integers(1, 12))
def test_what_is_written_is_read(year: int, number: int) -> None:
    month = Month(year, number)
    assert Month.parse(str(month)) == month
    assert month < month.next


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "11.2026", "2026-1", "9999-12"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month; write it as 2026-11"):
        Month.parse(text)


def test_the_years_of_a_zone_do_not_run_out() -> None:
    assert Month(9998, 12).ends(UTC) - Month(9998, 12).begins(UTC) == timedelta(days=31)
