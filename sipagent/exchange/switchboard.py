"""Rings people for callers, lets them talk, and knows who is in a call meanwhile."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sipagent.config import Config, TransferSection
from sipagent.exchange.dialled import Target
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Exchange, Outside, User
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, who_rings
from sipagent.scenario.talk import Facts
from sipagent.switching.conversing import conversed
from sipagent.switching.ringing import Rang, Sounds, ringing
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller
from sipagent.telephony.phones import Origin

#: What a comma stands for among keys that are sent after the answer, in seconds.
_COMMA = 1.0


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
        target: Target,
        network: Network,
        sounds: Sounds,
        facts: Facts,
        seconds: float | None = None,
    ) -> Reach:
        """Ring whoever is to be reached, and let the caller talk to who takes the call.

        A caller who was not answered yet hears the ringing of the own telephone (180), and is
        answered once somebody has taken the call.

        Args:
            call: the caller.
            target: whom to reach.
            network: calls them.
            sounds: what is heard meanwhile.
            facts: of the call; it gets to know whose it is (``Led``).
            seconds: the longest ringing; None: as is usual.

        Raises:
            HungUp: the caller is gone.
        """
        exchange = self.now.exchange
        _lead(facts, target)
        accounts = accounts_of(exchange, target)
        places = await asyncio.gather(*map(network.contacts, accounts))
        state = State(dict(zip(accounts, places, strict=True)), self.busy())
        shown = _shown(call, self.user_of(call.caller), self._config.transfer)
        found = who_rings(exchange, target, state, shown, seconds=seconds)
        if isinstance(found, Reach):
            return _noted(call, target, found)
        if not call.answered:
            await call.ring()
            sounds = replace(sounds, ringback=None)
        async with ringing(network.phones, call, found.plan, sounds) as rang:
            if rang.leg is None:
                return _noted(call, target, reach_of(rang.reached, rang.code), rang)
            owner = _owner(found, rang, target)
            user = _lead(facts, owner)
            _noted(call, target, Reach.ANSWERED, rang)
            with self.engaged(user):
                await _send_keys(rang.leg, exchange, owner)
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


def _owner(found: Ringers, rang: Rang, target: Target) -> Ref | None:
    """Return whose telephone has taken the call; None: that of a bare number."""
    owner = found.owners.get(rang.party) if rang.party is not None else None
    return owner or (target if isinstance(target, Ref) else None)


async def _send_keys(leg: Leg, exchange: Exchange, owner: Ref | None) -> None:
    """Press the keys that an outside number wants before anybody can talk; a comma is a pause."""
    outside = exchange.find("outside", owner.name) if owner and owner.kind is Kind.OUTSIDE else None
    for key in outside.keys if isinstance(outside, Outside) else "":
        if key == ",":
            await leg.pause(_COMMA)
        else:
            await leg.press(key)


def _shown(call: Leg, user: User | None, settings: TransferSection) -> Shown:
    """Return whom the called see: the caller, with the line that sends the call on, or a user."""
    if user is not None:
        number = Origin(user.shown or settings.number or None)
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
