"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sipagent.config import Config, TransferSection
from sipagent.e164 import EMERGENCY
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Exchange, Outside, User
from sipagent.exchange.outward.handing_over import prepared
from sipagent.exchange.outward.metering import Outward
from sipagent.exchange.outward.phones import MeteredPhones
from sipagent.exchange.outward.usage import ForgottenUsage, Usage
from sipagent.exchange.presence import Bells, Presence
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.reaching.handling import Course, Handling, usable
from sipagent.exchange.reaching.pickups import Ringings
from sipagent.exchange.reaching.silence import Silence
from sipagent.exchange.rights import may_reach
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Facts, Talk
from sipagent.switching.conversing import conversed
from sipagent.switching.ringing import Rang, Sounds, Words, ringing
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller, Party
from sipagent.telephony.phones import Origin

#: What is asked of who has to press a key, which is 1, and what is said to who comes too late.
CONFIRM, TAKEN = "exchange.confirm", "exchange.taken"


@dataclass(frozen=True, slots=True)
class Led:
    """Whose call it is: the user who calls, or else the last who was called, and the last group.

    ``hidden``: who calls is not to be shown outside.
    """

    caller: str = ""
    called: str = ""
    group: str = ""
    hidden: bool = False

    @property
    def user(self) -> str:
        """The user whose call it is."""
        return self.caller or self.called


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
        target = self._inside(target)
        handlings = usable(self.now.handlings, self._may_forward)
        course = Course(handlings)
        reach, following = Reach.NO_ANSWER, course.begin(target)
        if following is None:
            return _noted(call, target, reach)
        while following is not None:
            following = self._inside(following)
            if course.by:
                call.note("forwarded", by=course.by, to=str(following))
            attempt = _Attempt(following, handlings, course.by, ringback, seconds)
            reach = await self._reach(call, talk, attempt)
            following = None if reach is Reach.ANSWERED else course.after(reach)
        return reach

    async def _reach(self, call: Leg, talk: Talk, attempt: "_Attempt") -> Reach:
        """Ring those to whom a call has come, and let the caller talk to who takes it."""
        exchange, network, target = self.now.exchange, talk.service(Network), attempt.target
        _lead(talk.facts, target)
        contacts = await self._contacts(network, accounts_of(exchange, target, attempt.handlings))
        state = State(contacts, self.busy(), attempt.handlings)
        hidden = (talk.facts.get(Led) or Led()).hidden and target not in EMERGENCY
        shown = _shown(call, self.user_of(call.caller), self._config.transfer, hidden)
        found = who_rings(exchange, target, state, shown, seconds=attempt.seconds, by=attempt.by)
        if isinstance(found, Reach):
            return _noted(call, target, found)
        if not call.answered:
            await call.ring()
        ringback = attempt.ringback if call.answered else None
        sounds = Sounds(ringback, _words(talk, talk.language), self._own_words(found, talk))
        bells = Bells(network.phones, self.presence, found.owners)
        phones = MeteredPhones(
            bells, self.outward, call, talk, lambda party: _payer(talk.facts, found, party, attempt)
        )
        with contextlib.ExitStack() as rings:
            pickup = rings.enter_context(self.ringings.rings(target, found.owners.values()))
            async with ringing(phones, call, found.plan, sounds, pickup=pickup) as rang:
                rings.close()
                self.silence.take(_signs(rang, contacts))
                return await self._reached(call, talk, target, found, rang, bells)

    async def _reached(
        self, call: Leg, talk: Talk, target: Target, found: Ringers, rang: Rang, bells: Bells
    ) -> Reach:
        """Let the caller talk to who has taken the call, and note how it went."""
        if rang.leg is None:
            return _noted(call, target, reach_of(rang.reached, rang.code), rang)
        if rang.picked_up:
            origin = {"from": str(target), "to": str(rang.party), "how": "pick-up"}
            call.note("handed-over", **origin)
        owner = _owner(found, rang, target)
        outside = _outside(self.now.exchange, owner)
        with self.engaged(_lead(talk.facts, owner)):
            bells.silence()
            if outside is not None and not await prepared(call, rang.leg, outside, talk):
                return _noted(call, target, Reach.NO_ANSWER, rang)
            _noted(call, target, Reach.ANSWERED, rang)
            call.prefer(rang.leg.codecs)
            await call.answer()
            _note_codecs(call, rang.leg)
            await conversed(call, rang.leg)
        return Reach.ANSWERED

    async def _contacts(
        self, network: Network, accounts: Sequence[str]
    ) -> dict[str, Sequence[str]]:
        """Return where phones are called, of those that do not leave calls unanswered."""
        found = await asyncio.gather(*map(network.contacts, accounts))
        return {
            account: self.silence.speaking(account, places)
            for account, places in zip(accounts, found, strict=True)
        }

    def _own_words(self, found: Ringers, talk: Talk) -> dict[Party, Words]:
        """Return what users hear who speak another language than the caller."""
        languages = {user.name: user.language for user in self.now.exchange.users}
        spoken = {
            party: languages.get(ref.name, talk.language)
            for party, ref in found.owners.items()
            if ref.kind is Kind.USER
        }
        return {
            party: _words(talk, language)
            for party, language in spoken.items()
            if language != talk.language
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
class _Attempt:
    """One try to reach somebody.

    Args:
        target: whom.
        handlings: what becomes of calls to users.
        by: who has forwarded the call there; empty: nobody.
        ringback: what a caller hears who was answered before.
        seconds: the longest ringing; None: as is usual.
    """

    target: Target
    handlings: Mapping[str, Handling]
    by: str
    ringback: Prompt
    seconds: float | None


def _signs(rang: Rang, contacts: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], bool]:
    """Return which phones are there, by their accounts and places."""
    accounts = {uri: account for account, places in contacts.items() for uri in places}
    return {
        (accounts[party.contact], party.contact): there
        for party, there in rang.signs.items()
        if party.contact in accounts
    }


def _words(talk: Talk, language: str) -> Words:
    """Return what those who are called may hear, in a language."""
    return Words(talk.within(language, CONFIRM), talk.within(language, TAKEN))


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


def _payer(facts: Facts, found: Ringers, party: Party, attempt: _Attempt) -> str:
    """Return whose call to a party it is: who forwards it, who calls, or whose mobile it is."""
    owner = found.owners.get(party)
    called = owner.name if owner is not None and owner.kind is Kind.USER else ""
    return attempt.by or (facts.get(Led) or Led()).caller or called


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


def _outside(exchange: Exchange, owner: Ref | None) -> Outside | None:
    if owner is None or owner.kind is not Kind.OUTSIDE:
        return None
    found = exchange.find("outside", owner.name)
    return found if isinstance(found, Outside) else None


def _shown(call: Leg, user: User | None, settings: TransferSection, hidden: bool) -> Shown:
    """Return whom the called see: the caller, with the line that sends the call on, or a user."""
    if user is not None:
        number = Origin(user.shown or settings.number or None, hidden=hidden)
        return Shown(Origin(user.number, name=user.name), number, number)
    caller, line = call.caller, settings.number or call.called
    name = caller.name if caller.name.isprintable() else ""
    active = Origin(None, line, call.called)
    passive = Origin(caller.number, line, call.called) if settings.show == "caller" else active
    return Shown(Origin(caller.number, called=call.called, name=name), passive, active)


def _note_codecs(call: Leg, leg: Leg) -> None:
    """Note in which codecs the two talk, and whether one has to be turned into the other."""
    here, there = (next(iter(one.codecs), "") for one in (call, leg))
    call.note("codecs", sip_id=leg.sip_id, caller=here, called=there, transcoded=here != there)


def _noted(call: Leg, target: Target, reach: Reach, rang: Rang | None = None) -> Reach:
    code, reason = (rang.code, rang.reason) if rang is not None else (0, "")
    call.note("reached", target=str(target), reach=reach.value, code=code, reason=reason)
    return reach
