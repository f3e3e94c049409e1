"""``sipagent authorised`` and ``sipagent orders``, as an operator types them."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.access.pins import HASHER
from sipagent.errors import DataError, SetupError
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.exchange.ordered.schema import ordered
from sipagent.store.database import open_database
from tests.exchange.test_commands import Operator

pytestmark = pytest.mark.unit

NUMBER = "+48600100101"


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    found = Operator(tmp_path)
    found.types("users", "add", "Jan Kowal", "--number", "102")
    found.types("schedules", "add", "Biuro", "--hours", "mon-fri 08:00-16:00")
    found.types("authorised", "add", "600100101", "--user", "102", "--schedule", "Biuro")
    return found


def test_a_number_is_authorised_changed_and_shown(operator: Operator) -> None:
    operator.types("authorised", "edit", NUMBER, "--shown", "221000209", "--schedule", "")
    (shown,) = operator.reads("authorised", "list")
    assert (shown["user"], shown["shown"], shown["schedule"]) == ("Jan Kowal", "+48221000209", "")
    assert shown["pin"] is False
    operator.types("authorised", "edit", NUMBER, "--number", "600100102")
    assert [one.number for one in operator.exchange.authorised] == ["+48600100102"]
    operator.types("authorised", "remove", "+48600100102", "--yes")
    assert not operator.exchange.authorised


def test_its_pin_is_drawn_typed_and_taken_away(operator: Operator) -> None:
    pin = operator.types("authorised", "pin", NUMBER, "--generate").split()[-1]
    (one,) = operator.exchange.authorised
    assert HASHER.verify(one.pin, pin)
    operator.types("authorised", "pin", NUMBER, typed="590318\n590318\n")
    (one,) = operator.exchange.authorised
    assert HASHER.verify(one.pin, "590318")
    with pytest.raises(DataError, match="too easy"):
        operator.types("authorised", "pin", NUMBER, typed="123456\n123456\n")
    assert "590318" not in operator.types("exchange", "export", str(operator.place / "out.toml"))
    operator.types("authorised", "edit", NUMBER, "--number", "600100102")
    assert operator.exchange.authorised[0].pin, "it stays with another number"
    operator.types("authorised", "pin", "+48600100102", "--remove")
    assert not operator.exchange.authorised[0].has_secret


def test_what_does_not_fit_is_refused(operator: Operator) -> None:
    for words in (
        ("authorised", "add", "600100102", "--user", "109"),
        ("authorised", "add", "600100102", "--user", "102", "--schedule", "Nowhere"),
        ("authorised", "add", "600100101", "--user", "102"),
        ("users", "remove", "102", "--yes"),
        ("schedules", "remove", "Biuro", "--yes"),
        ("numbers", "add", "600100101", "--leads-to", "102"),
    ):
        with pytest.raises(DataError):
            operator.types(*words)


def test_orders_are_listed_with_what_became_of_them(operator: Operator) -> None:
    with closing(open_database(operator.place / "line.db", [ordered])) as db:
        orders, now = Orders(db), datetime(2026, 11, 26, 12, tzinfo=UTC)
        order = Order(Way.TEXT, "Jan Kowal", NUMBER, NUMBER, "+48221000300")
        orders.end(orders.put(order, now).id, "busy", now)
        orders.put(order, now)
    listed = operator.types("orders", "list")
    assert "the other side is busy" in listed
    assert "2026-11-26 13:00" in listed
    assert "outcome: busy" in operator.types("orders", "show", "1")
    assert [one["state"] for one in operator.reads("orders", "list")] == ["waiting", "over"]
    assert json.loads(operator.types("orders", "show", "2", "--json"))["id"] == 2
    with pytest.raises(DataError, match="there is no order 7"):
        operator.types("orders", "show", "7")


def test_who_may_order_is_told_how(operator: Operator) -> None:
    with pytest.raises(SetupError, match=r"no texts\.url"):
        operator.types("authorised", "instruct", NUMBER)
    with operator.config.open("a", encoding="utf-8") as settings:
        settings.write('[texts]\nurl = "https://sms.example.com/send"\n')
    operator.types("authorised", "instruct", NUMBER)
    told = operator.types("outbox", "show", "1")
    assert "Aby zamówić rozmowę, prosimy wysłać PIN" in told
    assert NUMBER in told


def test_without_a_line_nothing_is_called(operator: Operator) -> None:
    with pytest.raises(SetupError, match="no line answers"):
        operator.types("call", "102", "221000300")
