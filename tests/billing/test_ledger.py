"""Bills from call records: what is billed, what the cap takes off, and what stays for ever."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sipagent.billing.bill import Bill, BilledCall, Correction, Tariff, minutes_of
from sipagent.billing.ledger import Ledger
from sipagent.billing.month import Month
from sipagent.errors import ConfigError, DataError
from tests.billing.billing_helpers import NOON, NOW, config, record
from tests.examples import examples

pytestmark = pytest.mark.unit

NOVEMBER = Month(2026, 11)


def bill_of(db: sqlite_utils.Database, code: str = "ZLOTY-KLUCZ", **tariff: Any) -> Bill:
    [bill] = Ledger(db, config(**tariff)).bills(NOVEMBER, NOW, code=code)
    return bill


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 1), (0.001, 1), (60, 1), (60.001, 2), (119.9, 2), (3600, 60)]
)
def test_each_minute_that_was_begun_is_billed(
    db: sqlite_utils.Database, seconds: float, minutes: int
) -> None:
    record(db, seconds=seconds)
    bill = bill_of(db)
    assert (bill.minutes, bill.used) == (minutes, 10 + 29 * minutes)


def test_only_calls_in_which_an_owner_got_in_are_billed(db: sqlite_utils.Database) -> None:
    billed = record(db)
    record(db, owner=None, manager=None)
    record(db, seconds=None)
    record(db, manager=2)
    assert [call.id for call in bill_of(db).calls] == [billed]
    assert [call.owner for call in bill_of(db, "BAJKA").calls] == ["100001"]


@pytest.mark.parametrize(
    ("moment", "billed"),
    [
        ("2026-10-31T22:59:59.999+00:00", False),
        ("2026-10-31T23:00:00+00:00", True),
        ("2026-11-30T22:59:59.999+00:00", True),
        ("2026-11-30T23:00:00+00:00", False),
    ],
)
def test_a_call_belongs_to_the_local_month_in_which_it_came_in(
    db: sqlite_utils.Database, moment: str, billed: bool
) -> None:
    record(db, datetime.fromisoformat(moment), seconds=3600)
    assert bool(bill_of(db).calls) == billed


def test_a_manager_may_have_a_tariff_of_its_own(db: sqlite_utils.Database) -> None:
    record(db, manager=1)
    record(db, manager=2)
    own = {"BAJKA": {"per_minute": 0, "monthly_cap": 5}}
    first, second = Ledger(db, config(managers=own, monthly_cap=1000)).bills(NOVEMBER, NOW)
    assert (first.code, first.used, first.net) == ("BAJKA", 10, 5)
    assert (second.code, second.used, second.net) == ("ZLOTY-KLUCZ", 39, 39)


def test_a_tariff_for_nobody_is_a_mistake(db: sqlite_utils.Database) -> None:
    own = {"BAJKO": {"per_minute": 0}}
    with pytest.raises(ConfigError, match=r"billing\.managers\.BAJKO: no manager has this code"):
        Ledger(db, config(managers=own)).bills(NOVEMBER, NOW)


def test_vat_is_rounded_to_the_nearest_grosz() -> None:
    zone = UTC
    for net, vat in ((0, 0), (1, 0), (2, 0), (3, 1), (50, 12), (39, 9), (100, 23)):
        calls = (BilledCall("c", NOON, "1", 0, net),)
        bill = Bill(NOVEMBER, "A", "A", zone, Tariff(0, 0, None, 23), calls)
        assert (bill.vat, bill.gross) == (vat, net + vat)


_lengths = st.lists(st.integers(0, 7_200_000), max_size=30)
_tariffs = st.builds(
    Tariff, st.integers(0, 500), st.integers(0, 500), st.none() | st.integers(0, 5000),
    st.integers(0, 100),
)  # fmt: skip


@given(_tariffs, _lengths)
def test_no_bill_is_above_its_cap_or_above_what_was_used(
    tariff: Tariff, lengths: list[int]
) -> None:
    calls = tuple(BilledCall("c", NOON, "1", one, tariff.price(one)) for one in lengths)
    bill = Bill(NOVEMBER, "A", "A", UTC, tariff, calls)
    assert bill.used == sum(
        tariff.per_call + tariff.per_minute * minutes_of(one) for one in lengths
    )
    assert bill.net == min(bill.used, bill.used if tariff.cap is None else tariff.cap)
    assert bill.reduction <= 0 <= bill.net
    assert 0 <= bill.vat <= bill.net
    assert abs(100 * bill.vat - tariff.vat * bill.net) <= 50
    assert bill.gross == bill.net + bill.vat


@given(st.integers(0, 7_200_000))
def test_a_minute_is_begun_by_its_first_millisecond(milliseconds: int) -> None:
    minutes = minutes_of(milliseconds)
    assert 60_000 * (minutes - 1) <= milliseconds <= 60_000 * minutes


def test_what_is_issued_does_not_change(db: sqlite_utils.Database) -> None:
    record(db)
    [issued] = Ledger(db, config()).issue(NOVEMBER, NOW)
    assert issued.issued == NOW
    assert issued.number == "2026-11/ZLOTY-KLUCZ"
    record(db)
    db.execute("UPDATE managers SET name = 'Inna'")
    db.conn.commit()
    later = Ledger(db, config(zone="Asia/Tokyo", per_minute=100, days=1))
    [again] = later.bills(NOVEMBER, NOW + timedelta(days=4000), code="ZLOTY-KLUCZ")
    assert again == issued
    db.execute("DELETE FROM calls")
    db.conn.commit()
    assert later.bills(NOVEMBER, NOW, code="ZLOTY-KLUCZ") == [issued]


@pytest.mark.parametrize("table", ["bills", "bill_calls", "bill_corrections"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1"])
def test_nobody_can_change_what_is_issued(
    db: sqlite_utils.Database, table: str, statement: str
) -> None:
    record(db)
    ledger = Ledger(db, config())
    ledger.issue(NOVEMBER, NOW)
    ledger.correct(NOVEMBER, "ZLOTY-KLUCZ", -1, "Pomyłka", NOW)
    with pytest.raises(sqlite3.IntegrityError, match="a bill is never changed; correct it"):
        db.execute(statement.format(table))


def test_a_bill_is_issued_once_and_only_where_somebody_called(db: sqlite_utils.Database) -> None:
    ledger = Ledger(db, config())
    with pytest.raises(DataError, match="nothing to issue for 2026-11: there are no calls"):
        ledger.issue(NOVEMBER, NOW)
    record(db, manager=1)
    assert [bill.code for bill in ledger.issue(NOVEMBER, NOW)] == ["ZLOTY-KLUCZ"]
    with pytest.raises(DataError, match="nothing to issue for 2026-11"):
        ledger.issue(NOVEMBER, NOW)
    record(db, manager=2)
    assert [bill.code for bill in ledger.issue(NOVEMBER, NOW)] == ["BAJKA"]
    with pytest.raises(DataError, match="no manager has the code 'BAJKO'; there is BAJKA"):
        ledger.issue(NOVEMBER, NOW, code="BAJKO")


def test_a_month_has_to_be_over_and_its_calls_too(db: sqlite_utils.Database) -> None:
    record(db)
    ledger = Ledger(db, config())
    with pytest.raises(DataError, match="2026-11 is not over yet"):
        ledger.issue(NOVEMBER, datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC))
    live = record(db, owner=None, manager=None, ended=False)
    with pytest.raises(DataError, match=f"call {live} of 2026-11 is not over"):
        ledger.issue(NOVEMBER, NOW)
    assert bill_of(db).issued is None


def test_what_retention_has_deleted_is_not_billed_as_nothing(db: sqlite_utils.Database) -> None:
    record(db)
    with pytest.raises(DataError, match="2026-11 cannot be billed any more: calls are deleted aft"):
        Ledger(db, config(days=30)).bills(NOVEMBER, NOW)
    assert Ledger(db, config(days=0)).bills(NOVEMBER, NOW + timedelta(days=9999))


def test_a_call_is_billed_once_though_the_zone_changes(db: sqlite_utils.Database) -> None:
    record(db, datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    Ledger(db, config()).issue(NOVEMBER, NOW)
    [december, _] = Ledger(db, config(zone="Asia/Tokyo")).bills(Month(2026, 12), NOW)
    assert not december.calls


def test_a_correction_is_an_entry_of_its_own(db: sqlite_utils.Database) -> None:
    record(db)
    ledger = Ledger(db, config())
    with pytest.raises(DataError, match="2026-11/ZLOTY-KLUCZ is not issued"):
        ledger.correct(NOVEMBER, "ZLOTY-KLUCZ", -5, "Pomyłka", NOW)
    [issued] = ledger.issue(NOVEMBER, NOW)
    ledger.correct(NOVEMBER, "ZLOTY-KLUCZ", -9, "Połączenie  próbne", NOW)
    later = NOW + timedelta(days=1)
    bill = ledger.correct(NOVEMBER, "ZLOTY-KLUCZ", 4, "Za dużo", later)
    assert bill.corrections == (
        Correction(NOW, -9, "Połączenie próbne"),
        Correction(later, 4, "Za dużo"),
    )
    assert (bill.calls, bill.used) == (issued.calls, 39)
    assert (bill.corrected, bill.net, bill.vat, bill.gross) == (-5, 34, 8, 42)


@pytest.mark.parametrize(
    ("grosze", "reason", "mistake"),
    [
        (0, "Pomyłka", "an amount other than 0, and a reason"),
        (-1, " ", "an amount other than 0, and a reason"),
        (-31, "Pomyłka", "2026-11/ZLOTY-KLUCZ is 0.30 without VAT; no more can be taken off"),
        (1, "Pomyłka", "would be 0.31 without VAT, more than the monthly cap of 0.30"),
    ],
)
def test_corrections_keep_the_bounds_of_a_bill(
    db: sqlite_utils.Database, grosze: int, reason: str, mistake: str
) -> None:
    record(db)
    ledger = Ledger(db, config(monthly_cap=30))
    ledger.issue(NOVEMBER, NOW)
    with pytest.raises(DataError, match=mistake):
        ledger.correct(NOVEMBER, "ZLOTY-KLUCZ", grosze, reason, NOW)
    assert not bill_of(db).corrections


_records = st.lists(
    st.tuples(
        st.datetimes(datetime(2026, 10, 30), datetime(2026, 12, 2), timezones=st.just(UTC)),
        st.integers(0, 600_000),
        st.sampled_from([1, 2]),
    ),
    max_size=10,
)


@given(_records, st.none() | st.integers(0, 300))
@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_bills_of_all_months_are_all_calls(
    db: sqlite_utils.Database, calls: list[tuple[datetime, int, int]], cap: int | None
) -> None:
    db.execute("DELETE FROM calls")
    lengths = {
        record(db, moment, milliseconds / 1000, manager=manager): milliseconds
        for moment, milliseconds, manager in calls
    }
    ledger = Ledger(db, config(monthly_cap=cap))
    months = (Month(2026, 10), NOVEMBER, Month(2026, 12))
    bills = [bill for month in months for bill in ledger.bills(month, NOW)]
    billed = {call.id: call for bill in bills for call in bill.calls}
    assert {key: call.milliseconds for key, call in billed.items()} == lengths
    assert sum(len(bill.calls) for bill in bills) == len(calls)
    assert sum(bill.used for bill in bills) == sum(
        10 + 29 * minutes_of(length) for length in lengths.values()
    )
    assert all(bill.net <= bill.used and (cap is None or bill.net <= cap) for bill in bills)
