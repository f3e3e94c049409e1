"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sipagent.config import Config, TransferSection
from sipagent.e164 import EMERGENCY
from sipagent.errors import HungUp
from sipagent.exchange.dialled import Target
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Exchange, Outside, User
from sipagent.exchange.outward.metering import Outward
from sipagent.exchange.outward.phones import MeteredPhones
from sipagent.exchange.outward.usage import ForgottenUsage, Usage
from sipagent.exchange.presence import Bells, Presence
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Facts, Talk
from sipagent.switching.conversing import conversed
from sipagent.switching.ringing import Rang, Sounds, ringing
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller, Party
from sipagent.telephony.phones import Origin

#: What a comma stands for among keys that are sent after the answer, in seconds.
_COMMA = 1.0
#: What the timeline calls the words that an outside number hears before the caller.
_TEXT = "exchange.text"


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
    """

    def __init__(
        self, there: Callable[[], Snapshot], config: Config, usage: Usage | None = None
    ) -> None:
        self._there = there
        #: What users call over the trunks.
        self.outward = Outward(there, config, usage or ForgottenUsage())
        self._config = config
        #: Who rings and who talks.
        self.presence = Presence()

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
        exchange, network = self.now.exchange, talk.service(Network)
        _lead(talk.facts, target)
        accounts = accounts_of(exchange, target)
        places = await asyncio.gather(*map(network.contacts, accounts))
        state = State(dict(zip(accounts, places, strict=True)), self.busy())
        hidden = (talk.facts.get(Led) or Led()).hidden and target not in EMERGENCY
        shown = _shown(call, self.user_of(call.caller), self._config.transfer, hidden)
        found = who_rings(exchange, target, state, shown, seconds=seconds)
        if isinstance(found, Reach):
            return _noted(call, target, found)
        if not call.answered:
            await call.ring()
            sounds = replace(sounds, ringback=None)
        bells = Bells(network.phones, self.presence, found.owners)
        phones = MeteredPhones(
            bells, self.outward, call, talk, lambda party: _payer(talk.facts, found, party)
        )
        async with ringing(phones, call, found.plan, sounds) as rang:
            if rang.leg is None:
                return _noted(call, target, reach_of(rang.reached, rang.code), rang)
            owner = _owner(found, rang, target)
            outside = _outside(exchange, owner)
            with self.engaged(_lead(talk.facts, owner)):
                bells.silence()
                if outside is not None and not await _prepared(rang.leg, outside, talk):
                    return _noted(call, target, Reach.NO_ANSWER, rang)
                _noted(call, target, Reach.ANSWERED, rang)
                await call.answer()
                await conversed(call, rang.leg)
        return Reach.ANSWERED


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


def _payer(facts: Facts, found: Ringers, party: Party) -> str:
    """Return whose call to a party it is: the user who calls, or whose mobile it is."""
    owner = found.owners.get(party)
    called = owner.name if owner is not None and owner.kind is Kind.USER else ""
    return (facts.get(Led) or Led()).caller or called


def _owner(found: Ringers, rang: Rang, target: Target) -> Ref | None:
    """Return whose telephone has taken the call; None: that of a bare number."""
    owner = found.owners.get(rang.party) if rang.party is not None else None
    return owner or (target if isinstance(target, Ref) else None)


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


def _noted(call: Leg, target: Target, reach: Reach, rang: Rang | None = None) -> Reach:
    code, reason = (rang.code, rang.reason) if rang is not None else (0, "")
    call.note("reached", target=str(target), reach=reach.value, code=code, reason=reason)
    return reach
