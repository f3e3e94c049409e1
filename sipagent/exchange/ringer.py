"""Ringing whoever a call has come to, and keeping who takes it: one try, wherever it comes from."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sipagent.config import Config, TransferSection
from sipagent.e164 import EMERGENCY
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import Led, lead
from sipagent.exchange.model import Exchange, Outside, User
from sipagent.exchange.outward.handing_over import prepared
from sipagent.exchange.outward.metering import Outward
from sipagent.exchange.outward.phones import MeteredPhones
from sipagent.exchange.presence import Bells, Presence
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.reaching.handling import Handling
from sipagent.exchange.reaching.pickups import Ringings
from sipagent.exchange.reaching.silence import Silence
from sipagent.exchange.reaching.words import sounds
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.switching.ringing import Pickup, Rang, ringing
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller, Party
from sipagent.telephony.phones import Origin


@dataclass(frozen=True, slots=True)
class Wish:
    """That somebody is to be reached.

    Args:
        record: the leg whose record tells of it.
        waits: who is to talk to them, and is shown to them.
        talk: of the call.
        target: whom to reach.
        ringback: what is heard meanwhile by who was answered before; None: it is left as it is.
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
    ringback: Prompt | None
    seconds: float | None = None
    payer: str = ""
    messages: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """Who is called, where, and what makes them ring."""

    found: Ringers
    contacts: Mapping[str, Sequence[str]]
    bells: Bells


@dataclass(frozen=True, slots=True)
class Attempt:
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
    by: str = ""


class Ringer:
    """Rings whoever a call has come to.

    Args:
        there: returns the exchange as it is now.
        config: whose number others see.
        outward: counts what is called over the trunks.
        presence: is told who rings and who talks.
        silence: knows which phones do not answer.
    """

    def __init__(
        self,
        there: Callable[[], Snapshot],
        config: Config,
        outward: Outward,
        presence: Presence,
        silence: Silence,
    ) -> None:
        self._there = there
        self._config = config
        self._outward = outward
        self._presence = presence
        self._silence = silence
        #: The calls that can be picked up.
        self.ringings = Ringings()

    def use(self, config: Config) -> None:
        """Take other settings for the calls to come."""
        self._config = config

    def user_of(self, caller: Caller) -> User | None:
        """Return whose phone calls; None: nobody's of the house."""
        if not caller.extension:
            return None
        users = self._there().exchange.users
        return next((user for user in users if user.number == caller.extension), None)

    @contextlib.contextmanager
    def engaged(self, user: str) -> Iterator[None]:
        """Count a user, where there is one, as in a call for the length of the block."""
        if not user:
            yield
            return
        with self._presence.talking(Ref(Kind.USER, user)):
            yield

    @contextlib.asynccontextmanager
    async def rung(self, attempt: Attempt) -> AsyncIterator[Member | Reach]:
        """Ring those to whom a call has come, whom others may pick up; keep who takes it.

        Raises:
            HungUp: who waits is gone.
        """
        wish, target = attempt.wish, attempt.target
        call, talk, waits = wish.record, wish.talk, wish.waits.leg
        lead(talk.facts, target)
        planned = await self._planned(attempt)
        if isinstance(planned, Reach):
            yield noted(call, target, planned)
            return
        if not waits.answered:
            await waits.ring()
        with contextlib.ExitStack() as rings:
            owners = planned.found.owners.values()
            pickup = rings.enter_context(self.ringings.rings(target, owners))
            async with self._ringing(attempt, planned, pickup) as rang:
                rings.close()
                async with self._taken(attempt, planned, rang) as taken:
                    yield taken

    @contextlib.asynccontextmanager
    async def offered(
        self, attempt: Attempt, pickup: Pickup
    ) -> AsyncIterator[Member | Rang | Reach]:
        """See ``Switchboard.offered``; ``pickup`` is where the call is withdrawn."""
        planned = await self._planned(attempt)
        if isinstance(planned, Reach):
            yield planned
            return
        async with self._ringing(attempt, planned, pickup) as rang:
            if rang.leg is None:
                yield rang
                return
            async with self._taken(attempt, planned, rang) as taken:
                yield taken

    async def _planned(self, attempt: Attempt) -> Planned | Reach:
        """Return who is to be called, or at once why there is nobody."""
        wish, target = attempt.wish, attempt.target
        call, talk = wish.record, wish.talk
        exchange, network = self._there().exchange, talk.service(Network)
        contacts = await self.contacts(network, accounts_of(exchange, target, attempt.handlings))
        state = State(contacts, self._presence.busy(), attempt.handlings)
        caller = wish.waits.shown
        number = (talk.facts.get(Led) or Led()).shown
        shown = _shown(caller, call.called, self.user_of(caller), self._config.transfer, number)
        if _hides(attempt):
            shown = shown.hidden()
        found = who_rings(exchange, target, state, shown, seconds=wish.seconds, by=attempt.by)
        if isinstance(found, Reach):
            return found
        return Planned(found, contacts, Bells(network.phones, self._presence, found.owners))

    @contextlib.asynccontextmanager
    async def _ringing(
        self, attempt: Attempt, planned: Planned, pickup: Pickup
    ) -> AsyncIterator[Rang]:
        """Ring those of a plan, and keep who takes the call."""
        wish, found = attempt.wish, planned.found
        call, talk, waits = wish.record, wish.talk, wish.waits.leg
        ringback = wish.ringback if waits.answered else None
        heard = sounds(talk, ringback, found.owners, self._there().exchange.users)
        phones = MeteredPhones(
            planned.bells,
            self._outward,
            call,
            talk,
            lambda party: _payer(found, party, attempt),
            wish.waits,
        )
        ringing_them = ringing(phones, waits, found.plan, heard, pickup=pickup, record=call)
        async with ringing_them as rang:
            self._silence.take(rang.signs, planned.contacts)
            yield rang

    @contextlib.asynccontextmanager
    async def _taken(
        self, attempt: Attempt, planned: Planned, rang: Rang
    ) -> AsyncIterator[Member | Reach]:
        """Yield who has taken the call, as in a call for the block, and note how it went."""
        call, talk, target = attempt.wish.record, attempt.wish.talk, attempt.target
        if rang.leg is None:
            yield noted(call, target, reach_of(rang.reached, rang.code), rang)
            return
        if rang.picked_up:
            origin = {"from": str(target), "to": str(rang.party), "how": "pick-up"}
            call.note("handed-over", **origin)
        owner = _owner(planned.found, rang, target)
        outside = outside_of(self._there().exchange, owner)
        with self.engaged(lead(talk.facts, owner)):
            planned.bells.silence()
            if outside is not None and not await prepared(call, rang.leg, outside, talk):
                yield noted(call, target, Reach.NO_ANSWER, rang)
                return
            noted(call, target, Reach.ANSWERED, rang)
            yield _callee(rang, rang.leg, owner, self._there().exchange)

    async def contacts(self, network: Network, accounts: Sequence[str]) -> dict[str, Sequence[str]]:
        """Return where phones are called, of those that do not leave calls unanswered."""
        found = await asyncio.gather(*map(network.contacts, accounts))
        return {
            account: self._silence.speaking(account, places)
            for account, places in zip(accounts, found, strict=True)
        }


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
    outside, found = outside_of(exchange, owner), exchange.find("users", user)
    own = isinstance(found, User) and party.number == found.mobile and not rang.moved
    types = phone or own or (outside is not None and outside.may_transfer)
    return Member(leg, str(party), shown, user, phone=phone, types=types)


def _payer(found: Ringers, party: Party, attempt: Attempt) -> str:
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


def outside_of(exchange: Exchange, owner: Ref | None) -> Outside | None:
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


def _hides(attempt: Attempt) -> bool:
    """Whether who calls is not to be shown outside; who helps sees everybody."""
    led = attempt.wish.talk.facts.get(Led) or Led()
    return led.hidden and not attempt.wish.payer and attempt.target not in EMERGENCY


def noted(call: Leg, target: Target, reach: Reach, rang: Rang | None = None) -> Reach:
    code, reason = (rang.code, rang.reason) if rang is not None else (0, "")
    call.note("reached", target=str(target), reach=reach.value, code=code, reason=reason)
    return reach
