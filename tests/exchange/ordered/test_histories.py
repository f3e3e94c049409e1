"""Random histories of orders and of a line that is killed in any moment: nobody is called twice."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from sipagent import tasks
from sipagent.domain import Handler, LineClosed
from sipagent.exchange.model import Exchange
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Orders, State, Way
from sipagent.exchange.ordered.schema import ordered
from sipagent.telephony.party import Caller
from tests.simulated import SimulatedLoop

pytestmark = pytest.mark.unit

Result = TypeVar("Result")

MOBILE = "+48600100101"


class Disk:
    """A database that a killed line reaches no more; each write takes a moment."""

    def __init__(self, db: sqlite_utils.Database, line: "Line") -> None:
        self._db = db
        self._line = line

    async def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        await asyncio.sleep(0.01)
        await self._line.lives()
        result = work(self._db)
        await asyncio.sleep(0.01)
        await self._line.lives()
        return result

    async def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        return work(self._db)


class Line:
    """One run of a line; it makes calls of five seconds until it is killed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._killed = False
        self.closed = False

    async def lives(self) -> None:
        """Go on only as long as nobody has killed it."""
        if self._killed:
            await self._world.never.wait()

    def kill(self) -> None:
        self._killed = True

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        if self.closed:
            raise LineClosed("it is being closed")
        self._world.called[called] += 1
        return asyncio.create_task(asyncio.sleep(5))


class World:
    """What outlives a line: the disk, the time, and whom was called."""

    def __init__(self) -> None:
        self.db = sqlite_utils.Database(memory=True)
        ordered.apply(self.db)
        self.called: Counter[str] = Counter()
        self.promised: list[Order] = []
        self.late = timedelta()
        self.count = 0
        #: What whoever belongs to a killed line waits for.
        self.never = asyncio.Event()

    def now(self) -> datetime:
        moment = datetime(2026, 11, 26, 12, tzinfo=UTC) + self.late
        return moment + timedelta(seconds=asyncio.get_running_loop().time())

    async def start(self) -> tuple[OrderDesk, Line]:
        line = Line(self)
        desk = OrderDesk(Disk(self.db, line), Exchange, self.now)  # type: ignore[arg-type]
        await desk.start()
        desk.opened(line)
        return desk, line

    async def order(self, desk: OrderDesk, *, again: bool) -> None:
        """Order a call, or have the text read once more that ordered the last one."""
        self.count += not again
        name = str(self.count)
        wanted = Order(Way.TEXT, "Jan Kowal", MOBILE, MOBILE, name, key=name)
        kept = await desk.put(wanted)
        self.promised.append(kept)
        desk.begin(kept)


async def lived(history: Sequence[tuple[str, float]]) -> World:
    """Let a history happen; return what is left in the end, when all has become quiet."""
    world = World()
    desk, line = await world.start()
    for what, seconds in history:
        match what:
            case "order" | "again":
                tasks.begin(world.order(desk, again=what == "again"), what)
            case "kill":
                line.kill()
                desk, line = await world.start()
            case "stop":
                line.closed = True
                await desk.stop()
                line.kill()
                desk, line = await world.start()
            case "away":
                line.kill()
                world.late += timedelta(minutes=11)
                desk, line = await world.start()
        await asyncio.sleep(seconds)
    await asyncio.sleep(60)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return world


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["order", "order", "again", "kill", "stop", "away"]),
            st.sampled_from([0.0, 0.005, 0.015, 0.025, 0.035, 1.0, 6.0]),
        ),
        max_size=20,
    )
)
def test_nobody_is_called_twice_and_no_promise_is_forgotten(
    history: list[tuple[str, float]],
) -> None:
    """What is ordered survives ``kill -9`` without ever being called twice."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        world = runner.run(lived(history))
    assert not [number for number, count in world.called.items() if count > 1]
    kept = {order.id: order for order in Orders(world.db).listed(1000)}
    assert all(order.id in kept for order in world.promised)
    assert {order.state for order in kept.values()} <= {State.OVER}
    for order in kept.values():
        assert (order.outcome == "late") <= (world.called[order.target] == 0)
