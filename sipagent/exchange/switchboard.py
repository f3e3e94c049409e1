"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

from sipagent.config import Config, TransferSection
from sipagent.errors import HungUp
from sipagent.exchange.attendant import Attendant
from sipagent.exchange.dialled import Target
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Exchange, Outside, User
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Facts, Talk
from sipagent.speech.tones import Tones
from sipagent.switching.connection import Connection
from sipagent.switching.connections import Connections
from sipagent.switching.member import Member
from sipagent.switching.parking import Lot
from sipagent.switching.putting_through import Switch, Waiting
from sipagent.switching.ringing import Rang, Sounds, ringing
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.outcome import reached
from sipagent.telephony.party import Caller, Party
from sipagent.telephony.phones import Origin

#: What a comma stands for among keys that are sent after the answer, in seconds.
_COMMA = 1.0
#: What the timeline calls the words that an outside number hears before the caller.
_TEXT = "exchange.text"


@dataclass(frozen=True, slots=True)
class Led:
    """Whose call it is: the user who calls, or else the last who was called, and the last group."""

    caller: str = ""
    called: str = ""
    group: str = ""

    @property
    def user(self) -> str:
        """The user whose call it is."""
        return self.caller or self.called


@dataclass(frozen=True, slots=True)
class Engaged:
    """By what the user who calls counts as in a call, until they have left it."""

    until: contextlib.ExitStack


class Switchboard:
    """What the handlers and steps of the exchange work with.

    Args:
        there: returns the exchange as it is now.
        config: whose number others see, and where numbers without prefix belong.
    """

    def __init__(self, there: Callable[[], Snapshot], config: Config) -> None:
        self._there = there
        self._config = config
        self._calls: Counter[str] = Counter()
        self._connections = Connections()
        #: Where callers are parked.
        self.lot = Lot()

    def use(self, config: Config) -> None:
        """Take other settings for the calls to come."""
        self._config = config

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
        return frozenset(self._calls)

    @contextlib.contextmanager
    def engaged(self, user: str) -> Iterator[None]:
        """Count a user, where there is one, as in a call for the length of the block."""
        if not user:
            yield
            return
        self._calls[user] += 1
        try:
            yield
        finally:
            self._calls[user] -= 1
            if not self._calls[user]:
                del self._calls[user]

    async def connect(
        self,
        call: Leg,
        talk: Talk,
        target: Target,
        sounds: Sounds,
        seconds: float | None = None,
    ) -> Reach:
        """Ring whoever is to be reached, and let the caller talk to who takes the call.

        A caller who was not answered yet hears the ringing of the own telephone (180), and is
        answered once somebody has taken the call.

        Args:
            call: the caller.
            talk: of the call; its facts get to know whose it is (``Led``).
            target: whom to reach.
            sounds: what is heard meanwhile.
            seconds: the longest ringing; None: as is usual.

        Raises:
            HungUp: the caller is gone.
        """
        caller = self.caller(call, talk.facts)

        @contextlib.asynccontextmanager
        async def ring(waits: Member, target: Target) -> AsyncIterator[Member | int]:
            async with self._ringing(call, waits, talk, target, sounds) as rung:
                yield rung if isinstance(rung, Member) else rung.code

        async with contextlib.AsyncExitStack() as trying:
            with self._connections.calling(call, caller.user):
                ringing = self._ringing(call, caller, talk, target, sounds, seconds)
                rung = await trying.enter_async_context(ringing)
            if not isinstance(rung, Member):
                return rung
            await call.answer()
            rung.left = trying.pop_all()
            attendant = Attendant(lambda: self.now, self.country, talk, ring)
            connection = Connection(call, caller, rung, self._switch(attendant, talk))
            code = await connection.run()
        if call.over:
            raise HungUp("the caller is gone")
        return reach_of(reached(code), code) if code else Reach.ANSWERED

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
    async def _ringing(
        self,
        record: Leg,
        waits: Member,
        talk: Talk,
        target: Target,
        sounds: Sounds,
        seconds: float | None = None,
    ) -> AsyncIterator[Member | Reach]:
        """Ring whoever is to be reached, and keep for the block who takes the call.

        Args:
            record: whose record tells of it.
            waits: who is to talk to them, and is shown to them.

        Raises:
            HungUp: who waits is gone.
        """
        exchange, network = self.now.exchange, talk.service(Network)
        _lead(talk.facts, target)
        accounts = accounts_of(exchange, target)
        places = await asyncio.gather(*map(network.contacts, accounts))
        state = State(dict(zip(accounts, places, strict=True)), self.busy())
        user = self.user_of(waits.shown)
        shown = _shown(waits.shown, record.called, user, self._config.transfer)
        found = who_rings(exchange, target, state, shown, seconds=seconds)
        if isinstance(found, Reach):
            yield _noted(record, target, found)
            return
        if not waits.leg.answered:
            await waits.leg.ring()
            sounds = replace(sounds, ringback=None)
        rings = ringing(network.phones, waits.leg, found.plan, sounds, record=record)
        async with rings as rang:
            if rang.leg is None:
                yield _noted(record, target, reach_of(rang.reached, rang.code), rang)
                return
            owner = _owner(found, rang, target)
            outside = _outside(exchange, owner)
            with self.engaged(_lead(talk.facts, owner)):
                if outside is not None and not await _prepared(rang.leg, outside, talk):
                    yield _noted(record, target, Reach.NO_ANSWER, rang)
                    return
                _noted(record, target, Reach.ANSWERED, rang)
                yield _callee(rang.leg, rang.party, owner, outside)


def _callee(leg: Leg, party: Party | None, owner: Ref | None, outside: Outside | None) -> Member:
    """Return who has taken a call, as one who can be connected with others."""
    assert party is not None, "who has taken a call was called"
    user = owner.name if owner is not None and owner.kind is Kind.USER else ""
    shown = Caller(party.number or None, name=party.name, extension=party.extension)
    types = bool(user) or (outside is not None and outside.may_transfer)
    return Member(leg, str(party), shown, user, phone=bool(party.contact), types=types)


def _lead(facts: Facts, target: Target | None) -> str:
    """Remember who is called; return the user, where it is one."""
    before = facts.get(Led) or Led()
    kind, name = target if isinstance(target, Ref) else (None, "")
    if kind is Kind.USER:
        facts.put(replace(before, called=name))
        return name
    if kind is Kind.GROUP:
        facts.put(replace(before, group=name))
    return ""


def _owner(found: Ringers, rang: Rang, target: Target) -> Ref | None:
    """Return whose telephone has taken the call; None: that of a bare number."""
    owner = found.owners.get(rang.party) if rang.party is not None else None
    return owner or (target if isinstance(target, Ref) else None)


def _outside(exchange: Exchange, owner: Ref | None) -> Outside | None:
    if owner is None or owner.kind is not Kind.OUTSIDE:
        return None
    found = exchange.find("outside", owner.name)
    return found if isinstance(found, Outside) else None


async def _prepared(leg: Leg, outside: Outside, talk: Talk) -> bool:
    """Press the keys that an outside number wants (a comma is a pause), and tell it its text.

    Return whether it is still there then.
    """
    try:
        for key in outside.keys:
            if key == ",":
                await leg.pause(_COMMA)
            else:
                await leg.press(key)
        if outside.text:
            await leg.say(talk.read(_TEXT, outside.text), interruptible=False)
    except HungUp:
        return False
    return True


def _shown(caller: Caller, called: str, user: User | None, settings: TransferSection) -> Shown:
    """Return whom the called see: the caller, with the line that sends the call on, or a user.

    Args:
        caller: who is to talk to them.
        called: what was called.
        user: whose phone of the house it is that calls; None: nobody's.
        settings: what is shown of others.
    """
    if user is not None:
        number = Origin(user.shown or settings.number or None)
        return Shown(Origin(user.number, name=user.name), number, number)
    line = settings.number or called
    name = caller.name if caller.name.isprintable() else ""
    active = Origin(None, line, called)
    passive = Origin(caller.number, line, called) if settings.show == "caller" else active
    return Shown(Origin(caller.number, called=called, name=name), passive, active)


def _noted(call: Leg, target: Target, reach: Reach, rang: Rang | None = None) -> Reach:
    code, reason = (rang.code, rang.reason) if rang is not None else (0, "")
    call.note("reached", target=str(target), reach=reach.value, code=code, reason=reason)
    return reach
