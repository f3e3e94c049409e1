"""What calls over the trunks have cost."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.statistics.asked import Statistics
from sipagent.exchange.statistics.costs import By, PaidLeg, added_up, whole
from sipagent.records.history import History
from sipagent.reports.days import Days
from tests.exchange.statistics.journal_helpers import MORNING, WARSAW, house_call, journal

pytestmark = pytest.mark.unit

TODAY = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
MONTHS = Days(date(2026, 10, 1), date(2026, 11, 30), WARSAW)
CARRIER = "carrier"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with journal(tmp_path / "line.db") as found:
        house_call(
            found, "a", MORNING, "101", "Klient <+48600100101>",
            seconds=90, cost=45, vat=23, payer="Anna Nowak", leg_trunk=CARRIER,
        )  # fmt: skip
        house_call(
            found, "a", MORNING, "101", "+48221000200",
            seconds=30, cost=6, vat=23, payer="Anna Nowak", leg_trunk=CARRIER,
        )  # fmt: skip
        house_call(
            found, "b", MORNING, "102", "+4930123456",
            seconds=60, cost=10, vat=8, payer="Jan Kowal", leg_trunk=CARRIER,
        )  # fmt: skip
        house_call(found, "c", MORNING, "102", "+999123456", payer="", leg_trunk=CARRIER)
        house_call(found, "d", MORNING, "102", "103")
        house_call(found, "e", MORNING, "102", "+48600100101", answered=False, leg_trunk=CARRIER)
        house_call(
            found, "f", MORNING - timedelta(days=31), "101", "+48600100101",
            seconds=60, cost=30, vat=23, payer="Anna Nowak", leg_trunk=CARRIER,
        )  # fmt: skip
        yield found


def test_a_user_pays_for_what_was_called_for_them(db: sqlite_utils.Database) -> None:
    found = Statistics(db).costs(TODAY, By.USER)
    assert list(found) == ["", "Anna Nowak", "Jan Kowal"]
    anna, jan = found["Anna Nowak"], found["Jan Kowal"]
    assert (anna.calls, round(anna.seconds), anna.net, anna.tax, anna.gross) == (2, 120, 51, 12, 63)
    assert (jan.net, jan.tax, jan.gross) == (10, 1, 11)
    assert (found[""].calls, found[""].unknown, found[""].net) == (1, 1, 0)


def test_vat_comes_on_sums_each_at_its_own_rate(db: sqlite_utils.Database) -> None:
    found = whole(Statistics(db).costs(TODAY, By.USER).values())
    assert (found.calls, found.net, found.tax) == (4, 61, 13)
    assert found.by_vat == {23: 51, 8: 10}


def test_costs_by_number_day_and_month(db: sqlite_utils.Database) -> None:
    there = Statistics(db)
    numbers = there.costs(MONTHS, By.NUMBER)
    assert numbers["+48600100101"].net == 75
    assert list(there.costs(MONTHS, By.DAY)) == ["2026-10-26", "2026-11-26"]
    months = there.costs(MONTHS, By.MONTH)
    assert {month: one.net for month, one in months.items()} == {"2026-10": 30, "2026-11": 61}


def test_one_user_may_be_asked_about(db: sqlite_utils.Database) -> None:
    there = Statistics(db)
    assert list(there.costs(MONTHS, By.USER, "Jan Kowal")) == ["Jan Kowal"]
    legs = there.paid(TODAY, "Anna Nowak")
    assert [(leg.number, leg.net) for leg in legs] == [("+48600100101", 45), ("+48221000200", 6)]


def test_what_is_billed_is_what_the_records_say(db: sqlite_utils.Database) -> None:
    """Sums of the bill are those of the calls, to the grosz."""
    rows = History(db).calls(limit=-1)
    assert (
        sum(row.cost or 0 for row in rows)
        == whole(Statistics(db).costs(MONTHS, By.USER).values()).net
    )


legs = st.builds(
    PaidLeg,
    began=st.sampled_from(["2026-11-30T22:59:59.999+00:00", "2026-11-30T23:00:00.000+00:00"]),
    payer=st.sampled_from(["", "Anna", "Jan"]),
    number=st.sampled_from(["+48600100101", "+48221000200"]),
    seconds=st.floats(-1, 7200),
    net=st.none() | st.integers(0, 10_000),
    vat=st.sampled_from([None, 0, 8, 23]),
)


@given(st.lists(legs), st.sampled_from(By))
def test_however_costs_are_added_up_they_are_the_same(rows: list[PaidLeg], by: By) -> None:
    found = whole(added_up(rows, by, MONTHS).values())
    assert found.calls == len(rows)
    assert found.net == sum(leg.net or 0 for leg in rows)
    assert found.unknown == sum(leg.net is None for leg in rows)


def test_a_month_begins_at_midnight_of_the_line() -> None:
    rows = [
        PaidLeg(f"2026-11-30T{time}+00:00", "", "+48", 1.0, 5, 23)
        for time in ("22:59:59.999", "23:00:00.000")
    ]
    assert list(added_up(rows, By.MONTH, MONTHS)) == ["2026-11", "2026-12"]
