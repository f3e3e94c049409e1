"""Calling somebody back: a member answers first, and then the one who has waited is dialled."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from sipagent import tasks
from sipagent.domain import LineClosed, Originating
from sipagent.errors import HungUp
from sipagent.exchange.about import belongs
from sipagent.exchange.queues import callbacks
from sipagent.exchange.queues.callbacks import Callback
from sipagent.exchange.queues.events import Came, Event, Failed, Left, Missed, Waiter
from sipagent.exchange.queues.journal import Journal
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.offering import Offering
from sipagent.exchange.queues.ticket import Ticket
from sipagent.exchange.ringer import Wish
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.engine import Walk
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.store.store import Store
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller

#: What a member hears where the one who was to be called back is not reached.
IN_VAIN = "queue.callback-in-vain"

log = structlog.get_logger(__name__)


class Callbacks:
    """Those who are to be called back: kept on disk, and with the machine as ones who wait.

    Args:
        store: the database.
        board: rings people.
        journal: is told what happens.
        tell: takes what has happened, for the machine.
        clock: returns the time.
    """

    def __init__(
        self,
        store: Store,
        board: Switchboard,
        journal: Journal,
        tell: Callable[[Event], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._board = board
        self._journal = journal
        self._tell = tell
        self._clock = clock
        self._line: Originating | None = None
        self._waiting: dict[int, Callback] = {}

    async def opened(self, line: Originating) -> None:
        """Call back from now on, those first who were left by an earlier run.

        Raises:
            DataError, SetupError: as ``store.Store.read``.
        """
        self._line = line
        for one in await self._store.read(callbacks.load):
            self._wait(one)

    async def keep(self, ticket: Ticket, number: str) -> int:
        """Keep that one who waits is to be called back at a number (E.164); return its number.

        Once this returns, it is on the disk.

        Raises:
            DataError, SetupError: as ``store.Store.write``.
        """
        waiter, wish, now = ticket.waiter, ticket.wish, self._clock()
        waited = asyncio.get_running_loop().time() - waiter.arrived
        one = Callback(
            self._journal.reserve(),
            waiter.queue,
            number,
            wish.waits.shown.name,
            wish.talk.language,
            waiter.priority,
            waiter.skill,
            now - timedelta(seconds=waited),
            0,
            now,
            waiter.id,
        )
        new = await self._store.write(
            lambda db: callbacks.keep(db, one, wish.record.id, ticket.place, now), durable=True
        )
        if new:
            self._wait(one)
        return one.id

    async def forget(self, id: int) -> None:
        """Do not call somebody back: they are talked to."""
        self._waiting.pop(id, None)
        self._tell(Left(id))
        await self._store.write(lambda db: callbacks.drop(db, id))

    async def give_up(self, id: int) -> bool:
        """Call somebody back no more who was not reached; return whether they were to be called."""
        self._waiting.pop(id, None)
        self._tell(Left(id))
        now = self._clock()
        return await self._store.write(lambda db: callbacks.give_up(db, id, now), durable=True)

    def number(self, id: int) -> str:
        """Return where somebody is to be called back."""
        return self._waiting[id].number if id in self._waiting else ""

    def recall(self, id: int, member: Ref) -> "Recall | None":
        """Begin to call somebody back with a member; None: it cannot be now."""
        one, line = self._waiting.get(id), self._line
        queue = None if one is None else self._board.now.exchange.find("queues", one.queue)
        if one is None or line is None or not isinstance(queue, Queue):
            return None
        try:
            return Recall(self, line, one, queue, member)
        except LineClosed:
            return None

    def offering(self, ticket: Ticket, member: Ref) -> Offering:
        """Ring a member for one who is called back."""
        return Offering(ticket, member, self._board, self._journal, self._tell)

    def withdrawn(self, id: int, member: Ref) -> None:
        """Tell that a member was not even rung."""
        self._tell(Failed(id, member, Missed.WITHDRAWN))

    async def dialled(self, ticket: Ticket, member: Ref, agent: Member) -> bool:
        """Dial who is to be called back, and let the two talk; return whether they have."""
        queue, id = ticket.queue, ticket.waiter.id
        call, talk = ticket.wish.record, ticket.wish.talk
        following = self._clock() + timedelta(minutes=queue.callback_minutes)
        kept = await self._store.write(lambda db: callbacks.begin(db, id, following), durable=True)
        if kept is None:  # somebody has taken it away
            self._waiting.pop(id, None)
            return True
        self._waiting[id] = kept
        async with contextlib.AsyncExitStack() as trying:
            tone = talk.service(Tones).ringback
            wish = Wish(call, agent, talk, kept.number, tone, payer=agent.user)
            rung = await trying.enter_async_context(self._board.rung(wish))
            if not isinstance(rung, Member):
                with contextlib.suppress(HungUp):
                    await agent.leg.say(talk(IN_VAIN), interruptible=False)
                return False
            await self._reached(ticket, member)
            rung.left = trying.pop_all()
            await self._board.talking(call, agent, rung, talk)
        return True

    async def again(self, ticket: Ticket) -> None:
        """Try later, or give up."""
        id = ticket.waiter.id
        one = self._waiting.get(id)
        if one is not None and one.tried < ticket.queue.callback_tries:
            self._wait(one)
            return
        await self.give_up(id)

    async def _reached(self, ticket: Ticket, member: Ref) -> None:
        id, now = ticket.waiter.id, asyncio.get_running_loop().time()
        ticket.joined = now
        self._journal.answered(id, member, now - ticket.waiter.arrived)
        self._waiting.pop(id, None)
        await self._store.write(lambda db: callbacks.forget(db, id))

    def _wait(self, one: Callback) -> None:
        self._waiting[one.id] = one
        self._tell(Came(self.waiter(one)))

    def waiter(self, one: Callback) -> Waiter:
        """Return one who is to be called back as the machine knows them."""
        loop, now = asyncio.get_running_loop().time(), self._clock()
        return Waiter(
            one.id,
            one.queue,
            loop - (now - one.arrived).total_seconds(),
            one.priority,
            one.skill,
            absent=True,
            not_before=loop + (one.next - now).total_seconds(),
        )


class Recall(Step):
    """One try to call somebody back with one member, as a call of the line's own.

    The dispatcher has it as it has the ringing of any member.

    Args:
        desk: whose it is.
        line: makes the call.
        one: who is called back.
        queue: in which they have waited.
        member: who is rung.

    Raises:
        LineClosed: the line makes no calls any more.
    """

    type = "queue-callback"
    settings: Settings

    def __init__(
        self, desk: Callbacks, line: Originating, one: Callback, queue: Queue, member: Ref
    ) -> None:
        super().__init__(self.type, Settings())
        self._desk = desk
        self._one = one
        self._queue = queue
        self._member = member
        self._offering: Offering | None = None
        scenario = f"queue:{queue.name}"
        steps, routes = {self.name: self}, {self.name: dict[str, str]()}
        walk = Walk(Scenario(Path(), scenario, (one.language,), {}, self.name, steps, routes))
        self.task = line.originate(walk, Caller(one.number, name=one.name), queue.number)
        self.task.add_done_callback(lambda _: self._over())

    def withdraw(self, *, elsewhere: bool) -> None:
        """See ``Offering``."""
        if self._offering is not None:
            self._offering.withdraw(elsewhere=elsewhere)
        else:
            self.task.cancel()

    def decided(self, *, won: bool) -> None:
        """See ``Offering``."""
        if self._offering is not None:
            self._offering.decided(won=won)

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Ring the member, and dial."""
        one, queue = self._one, self._queue
        belongs(talk.facts, queue=queue.name)
        shown = Caller(one.number, name=one.name)
        waits = Member(call, one.number, shown)
        wish = Wish(call, waits, talk, Ref(Kind.QUEUE, queue.name), None)
        ticket = Ticket(self._desk.waiter(one), queue, wish, 1)
        self._offering = self._desk.offering(ticket, self._member)
        both = (self._offering.task, ticket.ended)
        reached = False
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if (agent := ticket.agent) is not None:
                with contextlib.suppress(HungUp):  # the member was the first to go
                    reached = await self._desk.dialled(ticket, self._member, agent)
        finally:
            ending = self._end(ticket, self._offering, reached=reached)
            await tasks.to_the_end(ending, f"recall-{ticket.waiter.id}")
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def answers(self) -> bool:
        """Never: it is answered when somebody takes the call."""
        return False

    def lines(self) -> Iterable[Line]:
        """What the member may hear."""
        yield line(IN_VAIN)

    async def _end(self, ticket: Ticket, offering: Offering, *, reached: bool) -> None:
        """Let the member go, also one who has answered as this was broken off."""
        ticket.over = True
        await tasks.cancelled(offering.task)
        if (agent := ticket.agent) is not None:
            await agent.left.aclose()
            if not reached:
                await self._desk.again(ticket)

    def _over(self) -> None:
        if self._offering is None:
            self._desk.withdrawn(self._one.id, self._member)
