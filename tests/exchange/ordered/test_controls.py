"""What a running line is asked: to call somebody, and then somebody else for them."""

import asyncio
from collections.abc import Sequence

import pytest

from sipagent.control.control import done
from sipagent.errors import DataError, SetupError
from sipagent.exchange.ordered.controls import controls
from sipagent.exchange.ordered.orders import Order
from sipagent.exchange.ordered.words import why_not
from tests.exchange.house import House
from tests.exchange.ordered.test_conducting import MOBILE, firm

pytestmark = pytest.mark.unit


class Desk:
    """Takes orders, and decides as a test says; None: the line closes before."""

    def __init__(self, why: str | None = "") -> None:
        self.orders: list[Order] = []
        self._why = why

    async def put(self, order: Order) -> Order:
        self.orders.append(order)
        return order

    def begin(self, order: Order) -> "asyncio.Future[str]":
        decided: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self._why is None:
            decided.cancel()
        else:
            decided.set_result(self._why)
        return decided


async def ask(desk: Desk, first: str, second: str, **more: str) -> object:
    board = House(exchange=firm(shown="+48221000209")).board
    asked = {"first": first, "second": second, **more}
    return await done(controls(board, desk), "calls.order", asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "user", "number", "person"),
    [
        ("102", "Jan Kowal", "", "user:Jan Kowal"),
        ("user:Anna Nowak", "Anna Nowak", "", "user:Anna Nowak"),
        ("600 100 101", "Jan Kowal", MOBILE, MOBILE),
    ],
)
async def test_who_is_called_first_says_whose_rights_count(
    first: str, user: str, number: str, person: str
) -> None:
    desk = Desk()
    assert await ask(desk, first, "221000300") == 0
    (order,) = desk.orders
    assert (order.user, order.number, order.person) == (user, number, person)
    assert order.target == "+48221000300"


@pytest.mark.parametrize(
    ("second", "target"),
    [
        ("101", "user:Anna Nowak"),
        ("*022", "outside:Serwis"),
        ("group:Biuro", "group:Biuro"),
        ("221000202", "user:Jan Kowal"),
    ],
)
async def test_who_is_called_then_is_dialled_as_a_phone_would(second: str, target: str) -> None:
    desk = Desk()
    await ask(desk, "102", second, shown="221000201")
    assert [(one.target, one.shown) for one in desk.orders] == [(target, "+48221000201")]


@pytest.mark.parametrize(
    "words",
    [
        ("109", "101", ""),
        ("600700700", "101", ""),
        ("user:Nobody", "101", ""),
        ("102", "109", ""),
        ("102", "112", ""),
        ("102", "box:Biuro", ""),
        ("102", "scenario:infolinia", ""),
        ("102", "nonsense:x", ""),
        ("102", "101", "abc"),
        ("102", "x" * 101, ""),
    ],
)
async def test_what_cannot_be_is_refused_and_ordered_nowhere(words: Sequence[str]) -> None:
    desk = Desk()
    first, second, shown = words
    with pytest.raises(DataError):
        await ask(desk, first, second, shown=shown)
    assert not desk.orders


async def test_why_it_may_not_be_made_is_a_sentence() -> None:
    with pytest.raises(DataError, match="rights of the user"):
        await ask(Desk("exchange.not-allowed"), "102", "101")
    with pytest.raises(SetupError, match="being closed"):
        await ask(Desk(None), "102", "101")
    assert why_not("something.new") == "something.new"
