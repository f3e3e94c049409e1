"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from sipagent.config import Config
from sipagent.errors import HungUp
from sipagent.exchange.attendance import Attendance
from sipagent.exchange.attendant import Attendant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import lead
from sipagent.exchange.model import Box, Exchange, Greeting, User
from sipagent.exchange.outward.metering import Outward
from sipagent.exchange.outward.usage import ForgottenUsage, Usage
from sipagent.exchange.presence import Presence
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.reaching.handling import Course, usable
from sipagent.exchange.reaching.silence import Silence
from sipagent.exchange.recording.telling import announce
from sipagent.exchange.rights import may_forward
from sipagent.exchange.ringer import Attempt, Ringer, Wish, noted, outside_of
from sipagent.exchange.rooms.visiting import GONE, visit
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.taking import Taken, Why, take
from sipagent.scenario.talk import Facts, Talk
from sipagent.speech.tones import Tones
from sipagent.switching.connection import Connection
from sipagent.switching.connections import Connections
from sipagent.switching.member import Member
from sipagent.switching.parking import Lot
from sipagent.switching.putting_through import Switch, Waiting
from sipagent.switching.ringing import Pickup, Rang
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.outcome import reached
from sipagent.telephony.party import Caller


@dataclass(frozen=True, slots=True)
class Engaged:
    """By what the user who calls counts as in a call, until they have left it."""

    until: contextlib.ExitStack


class Switchboard:
    """What the handlers and steps of the exchange work with.

    Args:
        there: returns the exchange as it is now.
        config: whose number others see, where numbers without prefix belong, and usual limits.
        usage: keeps what users have called today; None: nobody does.
        silence: knows which phones do not answer.
    """

    def __init__(
        self,
        there: Callable[[], Snapshot],
        config: Config,
        usage: Usage | None = None,
        silence: Silence | None = None,
    ) -> None:
        self._there = there
        #: What users call over the trunks.
        self.outward = Outward(there, config, usage or ForgottenUsage())
        self._config = config
        #: Who rings and who talks.
        self.presence = Presence()
        self.silence = silence or Silence()
        #: Rings them; and the calls that can be picked up.
        self.ringer = Ringer(there, config, self.outward, self.presence, self.silence)
        self.ringings = self.ringer.ringings
        #: Who talks with whom; by it somebody else puts them through.
        self.connections = Connections()
        #: Where callers wait for members of queues.
        self.queueing: Queueing = _no_queues
        #: Where callers are parked.
        self.lot = Lot(self.presence.talking)
        #: Who is told of conversations.
        self.attendance = Attendance()

    def use(self, config: Config) -> None:
        """Take other settings for the calls to come."""
        self._config = config
        self.outward.use(config)
        self.ringer.use(config)

    @property
    def now(self) -> Snapshot:
        """The exchange as it is now."""
        return self._there()

    @property
    def country(self) -> str:
        """Where numbers without prefix belong (ISO 3166)."""
        return self._config.line.country

    def user_of(self, caller: Caller) -> User | None:
        """Return whose phone calls; None: nobody's of the house."""
        return self.ringer.user_of(caller)

    def busy(self) -> frozenset[str]:
        """Return the names of the users who are in a call."""
        return self.presence.busy()

    def engaged(self, user: str) -> AbstractContextManager[None]:
        """Count a user, where there is one, as in a call for the length of the block."""
        return self.ringer.engaged(user)

    async def connect(
        self,
        call: Leg,
        talk: Talk,
        target: Target,
        ringback: Prompt,
        seconds: float | None = None,
    ) -> Reach:
        """Ring whoever is to be reached, and let the caller talk to who takes the call.

        A caller who was not answered yet hears the ringing of the own telephone (180), and is
        answered once somebody has taken the call.

        Args:
            call: the caller.
            talk: of the call; its facts get to know whose it is (``Led``).
            target: whom to reach.
            ringback: what a caller hears meanwhile who was answered before.
            seconds: the longest ringing; None: as is usual.

        Raises:
            HungUp: the caller is gone.
        """
        if isinstance(target, Ref) and target.kind is Kind.ROOM:
            outcome = await visit(call, talk, target.name, self.user_of(call.caller))
            return noted(call, target, Reach.UNREACHABLE if outcome == GONE else Reach.ANSWERED)
        caller = self.caller(call, talk.facts)
        async with contextlib.AsyncExitStack() as trying:
            with self.connections.calling(call, caller.user):
                wish = Wish(call, caller, talk, target, ringback, seconds, messages=True)
                rung = await trying.enter_async_context(self.rung(wish))
            if not isinstance(rung, Member):
                return rung
            await call.answer()
            _note_codecs(call, rung.leg)
            rung.left = trying.pop_all()
            code = await self.talking(call, caller, rung, talk)
        if call.over:
            raise HungUp("the caller is gone")
        return reach_of(reached(code), code) if code else Reach.ANSWERED

    async def talking(self, record: Leg, caller: Member, callee: Member, talk: Talk) -> int:
        """Let two talk, and whoever comes after them; see ``Connection.run``.

        Where they are recorded, and are to know, they are told first.
        """

        @contextlib.asynccontextmanager
        async def ring(mover: Member, waits: Member, target: Target) -> AsyncIterator[Member | int]:
            tone = talk.service(Tones).ringback
            wish = Wish(record, waits, talk, target, tone, payer=mover.user)
            async with self.rung(wish) as rung:
                yield rung if isinstance(rung, Member) else rung.code

        with contextlib.suppress(HungUp):  # who has gone is missed at once
            await announce(talk, self.now.exchange, (caller, callee))
        attendant = Attendant(lambda: self.now, self.country, talk, ring)
        switch, attending = self._switch(attendant, talk), self.attendance.of(record, talk)
        return await Connection(record, caller, callee, switch, attending).run()

    def caller(self, call: Leg, facts: Facts) -> Member:
        """Return who calls, as one who can be connected with others."""
        user = self.user_of(call.caller)
        if user is None:
            return Member(call, call.caller.number or "anonymous", call.caller)
        member = Member(call, f"{user.name} <{user.number}>", call.caller, user.name, True, True)
        if (engaged := facts.get(Engaged)) is not None:
            member.left.callback(engaged.until.close)
        return member

    def _switch(self, attendant: Attendant, talk: Talk) -> Switch[Target]:
        tones = talk.service(Tones)
        waiting = Waiting(tones.music, tones.ringback, self._config.exchange.parked)
        return Switch(attendant, self.connections, self.lot, waiting)

    @contextlib.asynccontextmanager
    async def rung(self, wish: Wish) -> AsyncIterator[Member | Reach]:
        """Ring whoever is to be reached, and whoever stands in for them; keep who takes the call.

        Raises:
            HungUp: who waits is gone.
        """
        target = self._inside(wish.target)
        handlings = usable(self.now.handlings, self._may_forward)
        course = Course(handlings)
        following = course.begin(target)
        if following is None:
            yield noted(wish.record, target, Reach.NO_ANSWER)
            return
        async with contextlib.AsyncExitStack() as trying:
            while True:
                following = self._inside(following)
                if course.by:
                    wish.record.note("forwarded", by=course.by, to=str(following))
                attempt = Attempt(wish, following, handlings, course.by or wish.by)
                rung = await trying.enter_async_context(self._tried(attempt))
                if isinstance(rung, Member):
                    await _answer(wish.waits.leg, rung.leg)
                    if rung.leg.over and _is_group(following):
                        # The others were told no more than that it is taken: they ring once more.
                        await trying.aclose()
                        rung = await trying.enter_async_context(self._tried(attempt))
                following = None
                if isinstance(rung, Ref):  # where a queue leads those on who have waited in vain
                    following = course.begin(rung)
                    rung = Reach.NO_ANSWER
                elif isinstance(rung, Reach) and rung is not Reach.ANSWERED:
                    wish.talk.facts.put(Why("busy" if rung is Reach.BUSY else "absent"))
                    following = course.after(rung)
                if following is None:
                    break
                await trying.aclose()
            yield rung

    async def leave(
        self, call: Leg, talk: Talk, box: Box, greeting: Greeting | None = None
    ) -> Taken:
        """Take a message for a box; the greeting fits how others were reached before.

        Args:
            call: the caller.
            talk: of the call; its facts get to know whose box it is (``Led``).
            box: where the message goes.
            greeting: which of its greetings; None: the one that fits.

        Raises:
            HungUp: the caller is gone; what was said is kept.
        """
        lead(talk.facts, Ref.of(box.owner))
        user, caller = self.user_of(call.caller), call.caller
        if user is not None:  # whatever the phone itself says
            caller = replace(caller, name=user.name)
        fitting = (talk.facts.get(Why) or Why()).greeting
        return await take(call, talk, box, greeting or fitting, caller)

    @contextlib.asynccontextmanager
    async def _tried(self, attempt: Attempt) -> AsyncIterator[Member | Reach | Ref]:
        """Ring those to whom a call has come, and keep who takes it."""
        wish, target = attempt.wish, attempt.target
        call, talk = wish.record, wish.talk
        if (box := _box(self.now.exchange, target)) is not None:
            if wish.messages:
                await self.leave(call, talk, box)
            reach = Reach.ANSWERED if wish.messages else Reach.UNREACHABLE
            yield noted(call, target, reach)
            return
        if isinstance(target, Ref) and target.kind is Kind.QUEUE:
            async with self.queueing(wish, target.name) as taken:
                yield taken
            return
        async with self.ringer.rung(attempt) as taken:
            yield taken

    @contextlib.asynccontextmanager
    async def offered(self, wish: Wish, pickup: Pickup) -> AsyncIterator[Member | Rang | Reach]:
        """Ring a member of a queue for one who waits, and keep them if they take the call.

        Else it is told how the ringing went, or why nothing could ring.

        Raises:
            HungUp: who waits is gone.
        """
        handlings = usable(self.now.handlings, self._may_forward)
        async with self.ringer.offered(Attempt(wish, wish.target, handlings), pickup) as taken:
            yield taken

    def _inside(self, target: Target) -> Target:
        """Return whom a number of our own leads to: called, it would come back over a trunk."""
        return (
            (self.now.number(target, self.country) or target) if isinstance(target, str) else target
        )

    def _may_forward(self, user: str, target: Target) -> bool:
        """Whether a user's rights open what calls are forwarded to, as they are now."""
        return may_forward(self.now.exchange, user, target, self.country)


#: Lets somebody wait in the queue of a name: yields who takes the call, how it went, or where the
#: queue leads them on to.
Queueing = Callable[[Wish, str], contextlib.AbstractAsyncContextManager[Member | Reach | Ref]]


@contextlib.asynccontextmanager
async def _no_queues(wish: Wish, queue: str) -> AsyncIterator[Member | Reach | Ref]:
    """Let nobody wait: this line has nobody who looks after queues."""
    yield noted(wish.record, wish.target, Reach.UNREACHABLE)


async def _answer(waits: Leg, taken: Leg) -> None:
    """Answer who waits, in the codec of who has taken the call, if that one is still there.

    Raises:
        HungUp: who waits is gone.
    """
    if not taken.over:
        waits.prefer(taken.codecs)
        await waits.answer()


def _is_group(target: Target) -> bool:
    return isinstance(target, Ref) and target.kind is Kind.GROUP


def outside_number(exchange: Exchange, target: Target) -> str:
    """Return the number of a target outside; empty: it is somebody of the house."""
    if isinstance(target, str):
        return target
    found = outside_of(exchange, target)
    return found.number if found is not None else ""


def _box(exchange: Exchange, target: Target) -> Box | None:
    if not isinstance(target, Ref) or target.kind is not Kind.BOX:
        return None
    found = exchange.find("boxes", target.name)
    return found if isinstance(found, Box) else None


def _note_codecs(call: Leg, leg: Leg) -> None:
    """Note in which codecs the two talk, and whether one has to be turned into the other."""
    here, there = (next(iter(one.codecs), "") for one in (call, leg))
    call.note("codecs", sip_id=leg.sip_id, caller=here, called=there, transcoded=here != there)
