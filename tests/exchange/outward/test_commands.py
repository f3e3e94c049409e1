"""Tariffs and limits, as an operator types them."""

from pathlib import Path

import pytest

from sipagent.errors import DataError
from sipagent.exchange.model import Tariff
from tests.exchange.test_commands import Operator

pytestmark = pytest.mark.unit


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    found = Operator(tmp_path)
    found.types("tariffs", "add", "+4860", "--name", "Poland, mobile", "--per-minute", "0,30")
    return found


def test_a_tariff_is_added_changed_and_removed(operator: Operator) -> None:
    operator.types("tariffs", "edit", "+4860", "--connection", "0.05", "--increment", "60")
    told = operator.reads("tariffs", "show", "+4860")
    assert {**told, "version": 0} == {
        "prefix": "+4860",
        "name": "Poland, mobile",
        "per_minute": 30,
        "connection": 5,
        "increment": 60,
        "vat": 23,
        "named_by": [],
        "version": 0,
    }
    assert "Removed tariffs: +4860" in operator.types("tariffs", "remove", "+4860", "--yes")


def test_a_price_list_is_added_or_takes_the_place(operator: Operator) -> None:
    file = operator.place / "prices.csv"
    file.write_text("prefix,name,per_minute\n+48,Poland,0.06\n+49,Germany,0.12\n", "utf-8")
    assert operator.types("tariffs", "import", str(file)) == "2 changed\n"
    assert [one.prefix for one in operator.exchange.tariffs] == ["+48", "+4860", "+49"]
    assert operator.types("tariffs", "import", str(file)) == "0 changed\n"
    operator.types("tariffs", "import", str(file), "--replace")
    assert operator.exchange.tariffs == (
        Tariff(prefix="+48", name="Poland", per_minute=6),
        Tariff(prefix="+49", name="Germany", per_minute=12),
    )


def test_what_a_call_costs(operator: Operator) -> None:
    assert operator.types("tariffs", "cost", "600100100", "--seconds", "90").splitlines() == [
        "+48600100100: 0.30 zł (0.37 with VAT) a minute (Poland, mobile, +4860)",
        "90 s: 0.45 zł (0.55 with VAT)",
    ]
    with pytest.raises(DataError, match="no tariff begins like"):
        operator.types("tariffs", "cost", "221000200")


def test_the_cost_is_told_before_a_number_is_kept(operator: Operator) -> None:
    """The cost per minute of an outside number is shown before saving, net and gross."""
    cost = "A call to +48600100102 costs 0.30 zł (0.37 with VAT) a minute (Poland, mobile, +4860)"
    printed = operator.types("outside", "add", "Ewa", "600100102").splitlines()
    assert printed == [cost, "Added outside number Ewa"]
    printed = operator.types("outside", "edit", "Ewa", "--number", "221000300").splitlines()
    assert printed[0].startswith("What a call to +48221000300 costs nobody knows")
    added = operator.types("users", "add", "Jan", "--number", "102", "--mobile", "600100102")
    assert added.splitlines() == [cost, "Added user Jan"]


def test_the_cost_is_told_where_calls_are_led_or_forwarded(operator: Operator) -> None:
    """And before a lead or a forwarding to a number outside is kept."""
    cost = "A call to +48600100102 costs 0.30 zł (0.37 with VAT) a minute (Poland, mobile, +4860)"
    operator.types("users", "add", "Jan", "--number", "102")
    operator.types("outside", "add", "Ewa", "600100102", "--code", "*022")
    for target in ("*022", "outside:Ewa"):
        printed = operator.types("numbers", "add", "221000200", "--leads-to", target)
        assert printed.splitlines()[0] == cost
        operator.types("numbers", "remove", "+48221000200", "--yes")
    assert "costs" not in operator.types("numbers", "add", "221000200", "--leads-to", "102")
    assert operator.types("reaching", "forward", "102", "busy", "600100102").startswith(cost)


def test_limits_of_a_user(operator: Operator) -> None:
    operator.types("users", "add", "Jan", "--number", "102", "--daily-minutes", "5")
    operator.types("users", "edit", "102", "--daily-amount", "12,50", "--calls-at-once", "0")
    [jan] = operator.exchange.users
    assert (jan.daily_minutes, jan.daily_amount, jan.calls_at_once) == (5, 1250, 0)
    operator.types("users", "edit", "102", "--daily-minutes", "", "--daily-amount", "")
    [jan] = operator.exchange.users
    assert (jan.daily_minutes, jan.daily_amount, jan.calls_at_once) == (None, None, 0)
    with pytest.raises(DataError, match="--daily-amount: 'dużo' is not an amount"):
        operator.types("users", "edit", "102", "--daily-amount", "dużo")
