"""Carries out what was ordered: each order on disk first, and begun once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlite_utils
import structlog

from sipagent import tasks
from sipagent.domain import LineClosed, Originating
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.ordered.conducting import Conducting
from sipagent.exchange.ordered.orders import INTERRUPTED, LATE, Order, Orders, State
from sipagent.scenario.engine import Walk
from sipagent.scenario.model import Scenario
from sipagent.store.store import Store
from sipagent.telephony.party import Caller

Result = TypeVar("Result")

#: After this time nobody expects the call any more that a line has not made, such as one that was
#: stopped.
_FRESH = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class OrderDesk:
    """Takes orders, and makes the calls.

    Args:
        store: with the migrations ``ordered``.
        there: returns the exchange as it is now.
        clock: returns the time.
    """

    def __init__(
        self,
        store: Store,
        there: Callable[[], Exchange],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._there = there
        self._clock = clock
        self._line: Originating | None = None
        #: What an earlier run has left.
        self._left: Sequence[Order] = ()
        self._closing = asyncio.Event()
        self._at_work: set[asyncio.Task[None]] = set()
        #: Is told of each order that is over.
        self.over: Callable[[Order], Awaitable[None]] = _nobody_is_told

    async def start(self) -> None:
        """Know what an earlier run has left, before anything is ordered."""
        self._left = await self._store.read(lambda db: Orders(db).open())

    def opened(self, line: Originating) -> None:
        """Make calls from now on, those first that an earlier run has left."""
        self._line = line
        left, self._left = self._left, ()
        self._go(self._resume(left), "orders")

    async def stop(self) -> None:
        """Begin no more, and write down what became of those that were; safe to call twice."""
        self._line = None
        self._closing.set()
        while self._at_work:
            await asyncio.wait(self._at_work)

    async def put(self, order: Order) -> Order:
        """Keep an order; it is carried out, whatever happens, once the line is told to ``begin``.

        Raises:
            SetupError, DataError: as ``store.Store.write``.
        """
        now = self._clock()
        kept = await self._store.write(lambda db: Orders(db).put(order, now), durable=True)
        log.info("a call is ordered", order=kept.id, way=kept.way.value, user=kept.user)
        return kept

    def begin(self, order: Order, after: float = 0.0) -> "asyncio.Future[str]":
        """Make a call that was ordered, so many seconds later.

        Return what gets the prompt that says why it may not be made, or the empty text once the
        line makes it; it is cancelled where the line does not get so far.
        """
        decided: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._go(self._carry_out(order, after, decided), f"order-{order.id}")
        return decided

    def _go(self, work: Coroutine[object, object, None], name: str) -> None:
        task = tasks.begin(work, name)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _resume(self, left: Sequence[Order]) -> None:
        """Begin what nobody has begun, as far as it is still expected; end what died half-way."""
        now = self._clock()
        for order in left:
            if order.state is State.BEGUN:
                await self._end(order, INTERRUPTED)
            elif now - datetime.fromisoformat(order.at) > _FRESH:
                await self._end(order, LATE)
            else:
                self.begin(order)

    async def _carry_out(self, order: Order, after: float, decided: "asyncio.Future[str]") -> None:
        try:
            if await self._closes(after):
                return  # who starts the line again makes the call
            conducting = Conducting(order, decided)
            if await self._made(order, conducting):
                await self._end(order, conducting.outcome or INTERRUPTED)
        finally:
            decided.cancel()

    async def _made(self, order: Order, conducting: Conducting) -> bool:
        """Make a call, and wait for its end; whether it was to be made, and could be."""
        line = self._line
        # The disk knows it before the first telephone rings: after a crash nobody is called twice.
        if line is None or not await self._write(lambda orders: orders.begin(order.id)):
            return False
        try:
            call = line.originate(self._walk(order, conducting), self._caller(order), order.target)
        except LineClosed:
            await self._write(lambda orders: orders.wait(order.id))
            return False
        await asyncio.wait((call,))
        return True

    async def _end(self, order: Order, outcome: str) -> None:
        now = self._clock()
        over = await self._write(lambda orders: orders.end(order.id, outcome, now))
        log.info("an ordered call is over", order=order.id, outcome=outcome)
        await self.over(over)

    async def _closes(self, seconds: float) -> bool:
        """Whether the line closes within a time."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return False
        return True

    def _caller(self, order: Order) -> Caller:
        """Return who is shown as the caller: the number that it was ordered from, or the user."""
        user = self._there().find("users", order.user)
        inside = user.number if isinstance(user, User) and not order.number else ""
        return Caller(order.number or None, extension=inside)

    def _walk(self, order: Order, conducting: Conducting) -> Walk:
        user = self._there().find("users", order.user)
        language = user.language if isinstance(user, User) else "pl"
        name = conducting.name
        steps, routes = {name: conducting}, {name: dict[str, str]()}
        return Walk(Scenario(Path(), name, (language,), {}, name, steps, routes))

    async def _write(self, work: Callable[[Orders], Result]) -> Result:
        def write(db: sqlite_utils.Database) -> Result:
            return work(Orders(db))

        return await self._store.write(write, durable=True)


async def _nobody_is_told(order: Order) -> None:
    """Tell nobody."""
