"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sipagent.config import Config, TransferSection
from sipagent.e164 import EMERGENCY
from sipagent.errors import HungUp
from sipagent.exchange.attendance import Attendance
from sipagent.exchange.attendant import Attendant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import Led, lead
from sipagent.exchange.model import Box, Exchange, Greeting, Outside, User
from sipagent.exchange.outward.handing_over import prepared
from sipagent.exchange.outward.metering import Outward
from sipagent.exchange.outward.phones import MeteredPhones
from sipagent.exchange.outward.usage import ForgottenUsage, Usage
from sipagent.exchange.presence import Bells, Presence
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.reaching.handling import Course, Handling, usable
from sipagent.exchange.reaching.pickups import Ringings
from sipagent.exchange.reaching.silence import Silence
from sipagent.exchange.reaching.words import sounds
from sipagent.exchange.rights import may_reach
from sipagent.exchange.rooms.visiting import GONE, visit
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.taking import Taken, Why, take
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Facts, Talk
from sipagent.speech.tones import Tones
from sipagent.switching.connection import Connection
from sipagent.switching.connections import Connections
from sipagent.switching.member import Member
from sipagent.switching.parking import Lot
from sipagent.switching.putting_through import Switch, Waiting
from sipagent.switching.ringing import Rang, ringing
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.network import Network
from sipagent.telephony.outcome import reached
from sipagent.telephony.party import Caller, Party
from sipagent.telephony.phones import Origin


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
        #: The calls that can be picked up.
        self.ringings = Ringings()
        self._connections = Connections()
        #: Where callers are parked.
        self.lot = Lot(self.presence.talking)
        #: Who is told of conversations.
        self.attendance = Attendance()

    def use(self, config: Config) -> None:
        """Take other settings for the calls to come."""
        self._config = config
        self.outward.use(config)

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
        if not caller.extension:
            return None
        users = self.now.exchange.users
        return next((user for user in users if user.number == caller.extension), None)

    def busy(self) -> frozenset[str]:
        """Return the names of the users who are in a call."""
        return self.presence.busy()

    @contextlib.contextmanager
    def engaged(self, user: str) -> Iterator[None]:
        """Count a user, where there is one, as in a call for the length of the block."""
        if not user:
            yield
            return
        with self.presence.talking(Ref(Kind.USER, user)):
            yield

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
            return _noted(call, target, Reach.UNREACHABLE if outcome == GONE else Reach.ANSWERED)
        caller = self.caller(call, talk.facts)
        async with contextlib.AsyncExitStack() as trying:
            with self._connections.calling(call, caller.user):
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
        """Let two talk, and whoever comes after them; see ``Connection.run``."""

        @contextlib.asynccontextmanager
        async def ring(mover: Member, waits: Member, target: Target) -> AsyncIterator[Member | int]:
            tone = talk.service(Tones).ringback
            wish = Wish(record, waits, talk, target, tone, payer=mover.user)
            async with self.rung(wish) as rung:
                yield rung if isinstance(rung, Member) else rung.code

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
        return Switch(attendant, self._connections, self.lot, waiting)

    @contextlib.asynccontextmanager
    async def rung(self, wish: "Wish") -> AsyncIterator[Member | Reach]:
        """Ring whoever is to be reached, and whoever stands in for them; keep who takes the call.

        Raises:
            HungUp: who waits is gone.
        """
        target = self._inside(wish.target)
        handlings = usable(self.now.handlings, self._may_forward)
        course = Course(handlings)
        following = course.begin(target)
        if following is None:
            yield _noted(wish.record, target, Reach.NO_ANSWER)
            return
        async with contextlib.AsyncExitStack() as trying:
            while True:
                following = self._inside(following)
                if course.by:
                    wish.record.note("forwarded", by=course.by, to=str(following))
                attempt = _Attempt(wish, following, handlings, course.by or wish.by)
                rung = await trying.enter_async_context(self._tried(attempt))
                if isinstance(rung, Member):
                    await _answer(wish.waits.leg, rung.leg)
                    if rung.leg.over and _is_group(following):
                        # The others were told no more than that it is taken: they ring once more.
                        await trying.aclose()
                        rung = await trying.enter_async_context(self._tried(attempt))
                following = None
                if isinstance(rung, Reach) and rung is not Reach.ANSWERED:
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
    async def _tried(self, attempt: "_Attempt") -> AsyncIterator[Member | Reach]:
        """Ring those to whom a call has come, and keep who takes it."""
        wish, target = attempt.wish, attempt.target
        call, talk, waits = wish.record, wish.talk, wish.waits.leg
        exchange, network = self.now.exchange, talk.service(Network)
        if (box := _box(exchange, target)) is not None:
            if wish.messages:
                await self.leave(call, talk, box)
            reach = Reach.ANSWERED if wish.messages else Reach.UNREACHABLE
            yield _noted(call, target, reach)
            return
        lead(talk.facts, target)
        contacts = await self._contacts(network, accounts_of(exchange, target, attempt.handlings))
        state = State(contacts, self.busy(), attempt.handlings)
        caller = wish.waits.shown
        number = (talk.facts.get(Led) or Led()).shown
        shown = _shown(caller, call.called, self.user_of(caller), self._config.transfer, number)
        if _hides(attempt):
            shown = shown.hidden()
        found = who_rings(exchange, target, state, shown, seconds=wish.seconds, by=attempt.by)
        if isinstance(found, Reach):
            yield _noted(call, target, found)
            return
        if not waits.answered:
            await waits.ring()
        ringback = wish.ringback if waits.answered else None
        heard = sounds(talk, ringback, found.owners, exchange.users)
        bells = Bells(network.phones, self.presence, found.owners)
        phones = MeteredPhones(
            bells, self.outward, call, talk, lambda party: _payer(found, party, attempt)
        )
        with contextlib.ExitStack() as rings:
            pickup = rings.enter_context(self.ringings.rings(target, found.owners.values()))
            ringing_them = ringing(phones, waits, found.plan, heard, pickup=pickup, record=call)
            async with ringing_them as rang:
                rings.close()
                self.silence.take(rang.signs, contacts)
                async with self._taken(attempt, found, rang, bells) as taken:
                    yield taken

    @contextlib.asynccontextmanager
    async def _taken(
        self, attempt: "_Attempt", found: Ringers, rang: Rang, bells: Bells
    ) -> AsyncIterator[Member | Reach]:
        """Yield who has taken the call, as in a call for the block, and note how it went."""
        call, talk, target = attempt.wish.record, attempt.wish.talk, attempt.target
        if rang.leg is None:
            yield _noted(call, target, reach_of(rang.reached, rang.code), rang)
            return
        if rang.picked_up:
            origin = {"from": str(target), "to": str(rang.party), "how": "pick-up"}
            call.note("handed-over", **origin)
        owner = _owner(found, rang, target)
        outside = _outside(self.now.exchange, owner)
        with self.engaged(lead(talk.facts, owner)):
            bells.silence()
            if outside is not None and not await prepared(call, rang.leg, outside, talk):
                yield _noted(call, target, Reach.NO_ANSWER, rang)
                return
            _noted(call, target, Reach.ANSWERED, rang)
            yield _callee(rang, rang.leg, owner, self.now.exchange)

    async def _contacts(
        self, network: Network, accounts: Sequence[str]
    ) -> dict[str, Sequence[str]]:
        """Return where phones are called, of those that do not leave calls unanswered."""
        found = await asyncio.gather(*map(network.contacts, accounts))
        return {
            account: self.silence.speaking(account, places)
            for account, places in zip(accounts, found, strict=True)
        }

    def _inside(self, target: Target) -> Target:
        """Return whom a number of our own leads to: called, it would come back over a trunk."""
        return (
            (self.now.number(target, self.country) or target) if isinstance(target, str) else target
        )

    def _may_forward(self, user: str, target: Target) -> bool:
        """Whether a user's rights open what calls are forwarded to, as they are now."""
        found = self.now.exchange.find("users", user)
        return isinstance(found, User) and may_reach(found.rights, target, self.country)


@dataclass(frozen=True, slots=True)
class Wish:
    """That somebody is to be reached.

    Args:
        record: the leg whose record tells of it.
        waits: who is to talk to them, and is shown to them.
        talk: of the call.
        target: whom to reach.
        ringback: what is heard meanwhile by who was answered before.
        seconds: the longest ringing; None: as is usual.
        payer: the user who puts the other one through; empty: nobody does.
        messages: whether a box to which they forward calls takes a message; who was put through is
            given back instead.
        by: the user whose number the target is; empty: nobody's.
    """

    record: Leg
    waits: Member
    talk: Talk
    target: Target
    ringback: Prompt
    seconds: float | None = None
    payer: str = ""
    messages: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try to reach somebody.

    Args:
        wish: what it is for.
        target: whom, by now.
        handlings: what becomes of calls to users.
        by: who has forwarded the call there, or whose number it is; empty: nobody.
    """

    wish: Wish
    target: Target
    handlings: Mapping[str, Handling]
    by: str


def _callee(rang: Rang, leg: Leg, owner: Ref | None, exchange: Exchange) -> Member:
    """Return who has taken a call, as one who can be connected with others.

    Where a user only forwards calls to, or has a phone send them on to, is anybody's telephone: it
    puts nobody through.
    """
    party = rang.party
    assert party is not None, "who has taken a call was called, or has picked it up"
    user = owner.name if owner is not None and owner.kind is Kind.USER else ""
    shown = Caller(party.number or None, name=party.name, extension=party.extension)
    phone = (bool(party.contact) and not rang.moved) or rang.picked_up
    outside, found = _outside(exchange, owner), exchange.find("users", user)
    own = isinstance(found, User) and party.number == found.mobile and not rang.moved
    types = phone or own or (outside is not None and outside.may_transfer)
    return Member(leg, str(party), shown, user, phone=phone, types=types)


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


def _payer(found: Ringers, party: Party, attempt: _Attempt) -> str:
    """Return whose call to a party it is: who forwards it, puts it through, or calls, or else whose
    mobile it is. What a phone of the house sends on is its user's.
    """
    owner = found.owners.get(party)
    called = owner.name if owner is not None and owner.kind is Kind.USER else ""
    if party.contact:
        return called
    wish = attempt.wish
    return attempt.by or wish.payer or (wish.talk.facts.get(Led) or Led()).caller or called


def _owner(found: Ringers, rang: Rang, target: Target) -> Ref | None:
    """Return whose telephone has taken the call; None: that of a bare number."""
    party = rang.party
    if party is not None and (owner := found.owners.get(party)) is not None:
        return owner
    if party is not None and rang.picked_up:
        return Ref(Kind.USER, party.name)
    return target if isinstance(target, Ref) else None


def outside_number(exchange: Exchange, target: Target) -> str:
    """Return the number of a target outside; empty: it is somebody of the house."""
    if isinstance(target, str):
        return target
    found = _outside(exchange, target)
    return found.number if found is not None else ""


def _box(exchange: Exchange, target: Target) -> Box | None:
    if not isinstance(target, Ref) or target.kind is not Kind.BOX:
        return None
    found = exchange.find("boxes", target.name)
    return found if isinstance(found, Box) else None


def _outside(exchange: Exchange, owner: Ref | None) -> Outside | None:
    if owner is None or owner.kind is not Kind.OUTSIDE:
        return None
    found = exchange.find("outside", owner.name)
    return found if isinstance(found, Outside) else None


def _shown(
    caller: Caller, called: str, user: User | None, settings: TransferSection, chosen: str
) -> Shown:
    """Return whom the called see: the caller, with the line that sends the call on, or a user.

    Args:
        caller: who is to talk to them.
        called: what was called.
        user: whose phone of the house it is that calls; None: nobody's.
        settings: what is shown of others.
        chosen: the number of a user that those outside see this time; empty: as is usual.
    """
    if user is not None:
        number = Origin(chosen or user.shown or settings.number or None)
        return Shown(Origin(user.number, name=user.name), number, number)
    line = settings.number or called
    name = caller.name if caller.name.isprintable() else ""
    active = Origin(None, line, called)
    passive = Origin(caller.number, line, called) if settings.show == "caller" else active
    return Shown(Origin(caller.number, called=called, name=name), passive, active)


def _hides(attempt: _Attempt) -> bool:
    """Whether who calls is not to be shown outside; who helps sees everybody."""
    led = attempt.wish.talk.facts.get(Led) or Led()
    return led.hidden and not attempt.wish.payer and attempt.target not in EMERGENCY


def _note_codecs(call: Leg, leg: Leg) -> None:
    """Note in which codecs the two talk, and whether one has to be turned into the other."""
    here, there = (next(iter(one.codecs), "") for one in (call, leg))
    call.note("codecs", sip_id=leg.sip_id, caller=here, called=there, transcoded=here != there)


def _noted(call: Leg, target: Target, reach: Reach, rang: Rang | None = None) -> Reach:
    code, reason = (rang.code, rang.reason) if rang is not None else (0, "")
    call.note("reached", target=str(target), reach=reach.value, code=code, reason=reason)
    return reach
