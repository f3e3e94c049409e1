"""The one who looks after all queues: takes what happens in order, and does what is decided."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from sipagent import tasks
from sipagent.errors import SipAgentError
from sipagent.exchange.about import belongs
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.queues.asking import asked, callable_at
from sipagent.exchange.queues.calling_back import Callbacks, Recall
from sipagent.exchange.queues.distribution import Distribution
from sipagent.exchange.queues.estimate import Estimates
from sipagent.exchange.queues.events import (
    Came,
    Changed,
    Decision,
    Does,
    Doing,
    Due,
    End,
    Ended,
    Engaged,
    Event,
    Failed,
    Late,
    Left,
    Missed,
    Offer,
    Pause,
    Presences,
    TakenOut,
    Waiter,
    Withdraw,
    Won,
)
from sipagent.exchange.queues.hearing import KEPT, Hearing, Standing
from sipagent.exchange.queues.journal import Arrival, Before, Journal
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.offering import Offering
from sipagent.exchange.queues.ticket import Ticket
from sipagent.exchange.reach import Reach
from sipagent.exchange.ringer import Wish
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.scenario.choice import forget
from sipagent.store.store import Store
from sipagent.switching.member import Member
from sipagent.telephony.lamps import Lamp
from sipagent.telephony.network import Network

log = structlog.get_logger(__name__)

ANSWERED, CALLBACK = "answered", "callback"
ABANDONED, CLOSED = "abandoned", "closed"
#: What a wait that has led to nothing is for who only asked for somebody.
_REACH = {
    End.TOO_LONG: Reach.NO_ANSWER,
    End.TOO_MANY: Reach.BUSY,
    End.NOBODY: Reach.UNREACHABLE,
    End.LEFT: Reach.NO_ANSWER,
    CALLBACK: Reach.ANSWERED,
}


@dataclass(frozen=True, slots=True)
class Queued:
    """How the last wait of a call ended, and the queues that have had it; a fact of the call."""

    queue: str
    outcome: str
    had: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Need:
    """What a call asks of a queue, as its scenario says; a fact of the call.

    ``priority`` None: that of the queue; ``skill`` empty: none.
    """

    priority: int | None = None
    skill: str = ""


class Dispatcher:
    """Lets callers wait, rings members for them, and keeps the journal.

    Args:
        board: rings people.
        there: returns the exchange as it is now.
        store: keeps who is to be called back.
        journal: is told what happens.
        pause: pauses a member who has missed too many calls of a queue.
    """

    def __init__(
        self,
        board: Switchboard,
        there: Callable[[], Snapshot],
        store: Store,
        journal: Journal,
        pause: Callable[[Ref, Queue], Awaitable[None]],
    ) -> None:
        self._board = board
        self._there = there
        self._journal = journal
        self._pause = pause
        self.machine = Distribution()
        self.estimates = Estimates()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.callbacks = Callbacks(store, board, journal, self.tell)
        self._tickets: dict[int, Ticket] = {}
        #: Those that were asked to be called back, by who waits.
        self._asked: dict[Ticket, int] = {}
        self._offers: dict[tuple[int, Ref], Offering | Recall] = {}
        #: Member → the call that they have got last, and since when they talk or wrap up.
        self._since: dict[Ref, tuple[int, float]] = {}
        self._wrapping: set[Ref] = set()
        self._private: set[Ref] = set()
        self._begun = False
        self._logged: set[tuple[str, Ref]] = set()
        self._paused: dict[Ref, str] = {}
        board.presence.subscribe(self._engaged)

    def begin(self, before: Before) -> None:
        """Begin where an earlier run has ended."""
        self.estimates.take_all(before.waits)
        self._logged, self._paused = set(before.there), dict(before.paused)
        self._begun = True
        self.changed()

    async def run(self) -> None:
        """Do what is to be done, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            event: Event = Due()
            due = self.machine.due
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(None if due == math.inf else due):
                    event = await self._events.get()
            for decision in self.machine.feed(event, clock()):
                try:
                    self._do(decision)
                except Exception:  # all others still wait to be done
                    log.exception("a queue has not done what was decided", decision=str(decision))
            if isinstance(event, Came) and event.waiter.id in self._tickets:
                self._tickets[event.waiter.id].known.set()

    async def stop(self) -> None:
        """Ring nobody any more."""
        await tasks.cancelled(*(one.task for one in self._offers.values()))

    def caller(self, id: int) -> str:
        """Return who one is who waits, as people know them; empty: hidden."""
        ticket = self._tickets.get(id)
        if ticket is None:
            return self.callbacks.number(id)
        shown = ticket.wish.waits.shown
        return shown.number or shown.extension

    def tell(self, event: Event) -> None:
        """Take what has happened."""
        self._events.put_nowait(event)

    async def take_out(self, id: int, to: Ref | None, by: str) -> bool:
        """Let one go on elsewhere who waits, or call one back no more; whether there is one.

        Args:
            id: of who waits.
            to: where they go on; None: where the queue leads those who leave it.
            by: who wants it, as records show them.
        """
        ticket = self._tickets.get(id)
        if ticket is None:
            return await self.callbacks.give_up(id)
        ticket.taken_to = to
        where = {} if to is None else {"to": str(to)}
        ticket.wish.record.note("taken-out", queue=ticket.waiter.queue, by=by, **where)
        self.tell(TakenOut(id))
        return True

    def changed(self) -> None:
        """Take queues and members as they are now; before it has begun, nobody is rung for them."""
        if not self._begun:
            return
        now = self._there()
        presences = now.logins.presences(now.exchange, now.handlings)
        self._note_members(presences, now.logins.paused(now.handlings))
        self.tell(Changed(presences))

    # Waiting

    @contextlib.asynccontextmanager
    async def waiting(self, wish: Wish, name: str) -> AsyncIterator[Member | Reach | Ref]:
        """Let somebody wait in a queue until a member has answered (see ``Queueing``).

        Raises:
            HungUp: they are gone.
        """
        queue = self._there().exchange.find("queues", name)
        if not isinstance(queue, Queue):
            yield Reach.UNREACHABLE
            return
        belongs(wish.talk.facts, queue=name)
        ticket = self._arrived(wish, queue)
        try:
            ended = await self._decided(ticket)
            while isinstance(ended, Member) and ended.leg.over:  # in the very moment
                await ended.left.aclose()
                ticket = self._enter(ticket.wish, queue, replace(ticket.waiter, back=True))
                ended = await self._decided(ticket)
        except BaseException:
            self._left(ticket, ABANDONED if wish.waits.leg.over else CLOSED)
            raise
        if not isinstance(ended, Member):
            led = self._led(ticket, ended)
            if ended == CALLBACK:
                await wish.waits.leg.say(wish.talk(KEPT), interruptible=False)
            yield led
            return
        del self._tickets[ticket.waiter.id]
        left = ended.left
        try:
            yield ended
        finally:
            await left.aclose()

    def _arrived(self, wish: Wish, queue: Queue) -> Ticket:
        need = wish.talk.facts.get(Need) or Need()
        priority = queue.priority if need.priority is None else need.priority
        shown = wish.waits.shown
        now = asyncio.get_running_loop().time()
        place = 1 + sum(
            (-one.priority, one.arrived) <= (-priority, now)
            for one in self.machine.waiting(queue.name)
        )
        arrival = Arrival(
            queue.name,
            wish.record.id,
            shown.number or shown.extension,
            shown.name,
            datetime.now(UTC),
            priority,
            place,
        )
        id = self._journal.arrived(arrival)
        wish.record.note("queued", queue=queue.name, place=place, queue_call=id)
        return self._enter(wish, queue, Waiter(id, queue.name, now, priority, need.skill), place)

    def _enter(self, wish: Wish, queue: Queue, waiter: Waiter, place: int = 1) -> Ticket:
        ticket = self._tickets[waiter.id] = Ticket(waiter, queue, wish, place)
        self.tell(Came(waiter))
        return ticket

    async def _decided(self, ticket: Ticket) -> Member | str:
        """Return who has answered, or why there is nobody: an outcome of the journal."""
        leg, talk, queue = ticket.wish.waits.leg, ticket.wish.talk, ticket.queue
        await ticket.known.wait()
        if ticket.ended.done():
            return ticket.ended.result()
        await leg.answer()
        await forget(leg)  # what was typed in a menu asks for nothing here
        hearing = Hearing(
            leg, talk, queue, lambda: self._standing(ticket), lambda: self._asks(ticket)
        )
        listening = tasks.begin(hearing.left(), f"queue-{leg.id}")
        try:
            await asyncio.wait((listening, ticket.ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.cancelled(listening)
            asked = self._asked.pop(ticket, None)
        if ticket.ended.done():
            if asked is not None:
                await self.callbacks.forget(asked)
            return ticket.ended.result()
        return End.LEFT if listening.result() else CALLBACK

    async def _asks(self, ticket: Ticket) -> bool:
        """Ask one who waits for a number to call back; return whether they have given one."""
        leg, talk, board = ticket.wish.waits.leg, ticket.wish.talk, self._board
        phones = talk.service(Network).phones

        def may(number: str) -> bool:
            return callable_at(number, board.country, phones)

        shown = ticket.wish.waits.shown.number or ""
        number = await asked(leg, talk, shown if may(shown) else "", board.country, may)
        if not number:
            return False
        self._asked[ticket] = await self.callbacks.keep(ticket, number)
        return True

    def _standing(self, ticket: Ticket) -> Standing:
        """Return where somebody stands now."""
        waiting = self.machine.waiting(ticket.waiter.queue)
        place = 1 + sum(one.turn < ticket.waiter.turn for one in waiting)
        return Standing(place, len(waiting), self.estimates.minutes(ticket.waiter.queue, place))

    def _led(self, ticket: Ticket, outcome: str) -> Reach | Ref:
        """Return where somebody goes on to, or as what their wait counts."""
        facts, queue = ticket.wish.talk.facts, ticket.queue
        had = (facts.get(Queued) or Queued("", "")).had | {queue.name}
        facts.put(Queued(queue.name, outcome, had))
        lead = next((to for occasion, to in queue.leads.items() if occasion == outcome), None)
        to = Ref.of(lead) if lead is not None else None
        if to is not None and to.kind is Kind.QUEUE and to.name in had:
            to = None  # it has had them before
        to = ticket.taken_to or to
        self._left(ticket, outcome, str(to or ""))
        return _REACH[outcome] if to is None else to

    def _left(self, ticket: Ticket, outcome: str, led_on_to: str = "") -> None:
        """Forget one who waits no longer."""
        waiter = ticket.waiter
        ticket.over = True
        self._tickets.pop(waiter.id, None)
        self.tell(Left(waiter.id))
        waited = asyncio.get_running_loop().time() - waiter.arrived
        self._journal.left(waiter.id, outcome, waited, led_on_to)
        ticket.wish.record.note(
            "queue-left", queue=waiter.queue, outcome=outcome, seconds=round(waited, 3)
        )
        if ticket.ended.done() and isinstance(member := ticket.ended.result(), Member):
            # They have gone in the moment in which somebody has answered.
            tasks.begin(member.left.aclose(), f"queue-late-{waiter.id}")

    # What is to be done

    def _do(self, decision: Decision) -> None:
        match decision:
            case Offer(id, member):
                self._offer(id, member)
            case Withdraw(id, member, elsewhere) if (id, member) in self._offers:
                self._offers[id, member].withdraw(elsewhere=elsewhere)
            case Won(id, member) if (id, member) in self._offers:
                self._since[member] = id, asyncio.get_running_loop().time()
                self._answered(self._tickets.get(id), member)
                self._offers[id, member].decided(won=True)
            case Late(id, member) if (id, member) in self._offers:
                self._offers[id, member].decided(won=False)
            case Ended(id, why):
                if id in self._tickets:
                    self._tickets[id].ended.set_result(why)
            case Pause(member, name):
                queue = self._there().exchange.find("queues", name)
                if isinstance(queue, Queue):
                    tasks.begin(self._paused_soon(member, queue), f"pause-{member.name}")
            case Does(member, what, queue):
                self._note_doing(member, what, queue)

    def _offer(self, id: int, member: Ref) -> None:
        ticket = self._tickets.get(id)
        offering: Offering | Recall | None
        if ticket is None:
            offering = self.callbacks.recall(id, member)
        else:
            offering = Offering(ticket, member, self._board, self._journal, self.tell)
        if offering is None:  # they have gone just now, or nobody is called back any more
            self.tell(Left(id))
            self.tell(Failed(id, member, Missed.WITHDRAWN))
            return
        self._offers[id, member] = offering
        offering.task.add_done_callback(lambda _: self._forget(id, member, offering))

    def _forget(self, id: int, member: Ref, offering: Offering | Recall) -> None:
        """Forget a ringing that is over, unless another one has taken its place by now."""
        if self._offers.get((id, member)) is offering:
            del self._offers[id, member]

    def _answered(self, ticket: Ticket | None, member: Ref) -> None:
        if ticket is None:
            return
        waiter, now = ticket.waiter, asyncio.get_running_loop().time()
        waited, ticket.joined = now - waiter.arrived, now
        self._journal.answered(waiter.id, member, waited)
        self.estimates.take(waiter.queue, waited, ticket.place)
        ticket.wish.record.note(
            "queue-answered", queue=waiter.queue, member=str(member), seconds=round(waited, 3)
        )

    async def _paused_soon(self, member: Ref, queue: Queue) -> None:
        try:
            await self._pause(member, queue)
        except SipAgentError as error:
            log.error("a member who misses calls is not paused", reason=str(error))

    # What members do

    def _engaged(self, whom: Target) -> None:
        """Take that somebody is in a call, or in none any more."""
        if any(whom == member for _, member in self._logged):
            assert isinstance(whom, Ref), "members are"
            busy = self._board.presence.of(whom) is Lamp.TALKING
            self.tell(Engaged(whom, busy))
            self._note_private(whom, busy=busy)

    def _note_private(self, member: Ref, *, busy: bool) -> None:
        """Tell that a member talks to somebody who is not from a queue, or does not any more."""
        agent = self.machine.agents.get(member)
        idle = agent is not None and agent.doing is Doing.IDLE
        if busy and idle:
            self._private.add(member)
            self._journal.does(member, "talk", None, "private-call")
        elif not busy and member in self._private:
            self._private.discard(member)
            self._journal.does(member, "idle", None, "private-call")

    def _note_doing(self, member: Ref, what: Doing, queue: str) -> None:
        call, since = self._since.get(member, (0, 0.0))
        now = asyncio.get_running_loop().time()
        state = what.value
        if what is Doing.WRAP:
            self._since[member] = call, now
            self._wrapping.add(member)
        elif what is Doing.IDLE and member in self._wrapping:
            self._wrapping.discard(member)
            self._journal.wrapped(call, now - since)
            state = "ready"
        self._journal.does(member, state, queue)

    def _note_members(self, presences: Presences, paused: dict[Ref, str]) -> None:
        """Tell who has come and gone, and who pauses, since it was told last."""
        logged = {(name, member) for name, members in presences.there.items() for member in members}
        for state, found in (("in", logged - self._logged), ("out", self._logged - logged)):
            for name, member in sorted(found):
                self._journal.does(member, state, name)
                if state == "in":
                    busy = self._board.presence.of(member) is Lamp.TALKING
                    self.tell(Engaged(member, busy))
        for member in sorted(paused.keys() | self._paused.keys()):
            why = paused.get(member)
            if why != self._paused.get(member):
                state = "resume" if why is None else "pause"
                self._journal.does(member, state, None, why or "")
        self._logged, self._paused = logged, paused
