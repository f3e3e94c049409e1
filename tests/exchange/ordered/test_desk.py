"""Orders on disk: each is carried out once, whatever happens to the line meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.domain import Handler, LineClosed
from sipagent.exchange.model import Exchange
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Orders, State, Way, delete_orders
from sipagent.exchange.ordered.schema import ordered
from sipagent.store.store import Store
from sipagent.telephony.party import Caller

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
JANS = Order(Way.TEXT, "Jan Kowal", "+48600100101", "+48600100101", "+48221000300")


class Line:
    """Makes calls, each of which lasts until the test ends it."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed = closed
        self.calls: list[tuple[str | None, str]] = []
        self.began = asyncio.Event()
        self.hangs_up = asyncio.Event()

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        if self.closed:
            raise LineClosed("the line is closed, says the test")
        self.calls.append((caller.number, called))
        self.began.set()
        return asyncio.create_task(self._last())

    async def _last(self) -> None:
        await self.hangs_up.wait()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "line.db", [ordered]) as opened:
        yield opened


def desk_of(store: Store, now: datetime = NOW) -> OrderDesk:
    return OrderDesk(store, Exchange, lambda: now)


async def kept(store: Store) -> list[tuple[State, str]]:
    found = await store.read(lambda db: Orders(db).listed(10))
    return [(one.state, one.outcome) for one in found]


async def test_an_order_is_on_disk_before_it_is_begun_and_over_when_the_call_is(
    store: Store,
) -> None:
    desk, line = desk_of(store), Line()
    desk.opened(line)
    order = await desk.put(JANS)
    assert await kept(store) == [(State.WAITING, "")]
    desk.begin(order)
    await line.began.wait()
    assert await kept(store) == [(State.BEGUN, "")]
    line.hangs_up.set()
    await desk.stop()
    assert line.calls == [("+48600100101", "+48221000300")]
    assert await kept(store) == [(State.OVER, "interrupted")], "its handler never ran here"


async def test_after_a_crash_nobody_is_called_twice_and_who_was_not_called_is_called(
    store: Store,
) -> None:
    """What is ordered survives ``kill -9`` without ever being called twice."""
    before = desk_of(store)
    begun, waiting = await before.put(JANS), await before.put(JANS)
    await store.write(lambda db: Orders(db).begin(begun.id))
    ended: list[Order] = []
    after, line = desk_of(store, NOW + timedelta(minutes=1)), Line()

    async def over(order: Order) -> None:
        ended.append(order)

    after.over = over
    await after.start()
    after.opened(line)
    await line.began.wait()
    line.hangs_up.set()
    await after.stop()
    assert len(line.calls) == 1
    assert [(one.id, one.outcome) for one in ended] == [
        (begun.id, "interrupted"),
        (waiting.id, "interrupted"),
    ]


async def test_what_is_ordered_while_a_line_opens_was_left_by_nobody(store: Store) -> None:
    desk, line = desk_of(store), Line()
    await desk.start()
    order = await desk.put(JANS)
    await store.write(lambda db: Orders(db).begin(order.id))
    desk.opened(line)
    await desk.stop()
    assert await kept(store) == [(State.BEGUN, "")]


async def test_two_who_find_the_same_order_call_once(store: Store) -> None:
    desk, line = desk_of(store), Line()
    order = await desk.put(JANS)
    desk.opened(line)
    decided = [desk.begin(order), desk.begin(order)]
    await line.began.wait()
    line.hangs_up.set()
    await desk.stop()
    assert len(line.calls) == 1
    assert all(one.cancelled() for one in decided)


async def test_what_nobody_expects_any_more_is_not_called(store: Store) -> None:
    await desk_of(store).put(JANS)
    desk, line = desk_of(store, NOW + timedelta(minutes=11)), Line()
    await desk.start()
    desk.opened(line)
    await desk.stop()
    assert not line.calls
    assert await kept(store) == [(State.OVER, "late")]


async def test_what_a_closing_line_does_not_make_waits_for_the_next_start(store: Store) -> None:
    desk, line = desk_of(store), Line(closed=True)
    order = await desk.put(JANS)
    desk.begin(order)
    desk.opened(line)
    desk.begin(order, after=600.0)
    await desk.stop()
    assert not line.calls
    assert await kept(store) == [(State.WAITING, "")]


async def test_orders_that_are_over_are_not_kept_for_ever(store: Store) -> None:
    desk = desk_of(store)
    over, _ = await desk.put(JANS), await desk.put(JANS)
    await store.write(lambda db: Orders(db).end(over.id, "answered", NOW))
    later = NOW + timedelta(days=1)
    assert await store.write(lambda db: delete_orders(db, later, None)) == 1
    assert await store.write(lambda db: delete_orders(db, later, 10)) == 1
    assert await kept(store) == [(State.WAITING, "")]
