"""Who rings for whom: the plan of a ringing, from the exchange and how its phones stand; pure."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sipagent.exchange.dialled import Target
from sipagent.exchange.model import Exchange, Group, Outside, User
from sipagent.exchange.reach import Reach
from sipagent.exchange.values import Kind, Ref
from sipagent.switching.ring import Called, Order, Plan
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin

#: Seconds that a user or a number rings where nothing else is said.
USUAL = 30.0

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class State:
    """How the phones stand at one moment.

    Args:
        contacts: account → the URIs at which it can be called; none where it is not registered.
        busy: the names of the users who are in a call.
    """

    contacts: Mapping[str, Sequence[str]]
    busy: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """Who is seen as the caller: by phones of the house, by a number outside that sees the caller
    (passive), and by one that sees the line (active)."""

    inside: Origin
    passive: Origin
    active: Origin


@dataclass(frozen=True, slots=True)
class Ringers:
    """Who is called, and to whom each of the parties belongs."""

    plan: Plan
    owners: Mapping[Party, Ref]


def shuffled(items: Sequence[Item]) -> Sequence[Item]:
    """Return items in a random order."""
    return random.sample(items, len(items))


def who_rings(
    exchange: Exchange,
    target: Target,
    state: State,
    shown: Shown,
    *,
    seconds: float | None = None,
    shuffle: Callable[[Sequence[str]], Sequence[str]] = shuffled,
) -> Ringers | Reach:
    """Return who is to be called, or at once why there is nobody: ``busy`` or ``unreachable``.

    A user rings at all phones that are registered, and at the mobile, which has to press 1. Members
    of a group who are in a call, or have no phone that could ring, are passed over.

    Args:
        exchange: as it is now.
        target: whom the caller wants; of what is no person, such as a box, nobody rings.
        state: how the phones stand.
        shown: whom the called see.
        seconds: the longest ringing; None: as long as is usual, or as the group says.
        shuffle: puts the members of a group into a random order.
    """
    if isinstance(target, str):
        called = Called(Party(number=target), origin=shown.active)
        return Ringers(Plan([called], seconds=seconds or USUAL), {})
    book = _Book(exchange, state, shown)
    if target.kind is not Kind.GROUP:
        return _rung(book, [target], seconds or USUAL)
    group = exchange.find("groups", target.name)
    if not isinstance(group, Group):
        return Reach.UNREACHABLE
    members = group.members if group.order != "random" else shuffle(group.members)
    turns = 1 if group.order == "at-once" else len(members)
    order = Order.AT_ONCE if group.order == "at-once" else Order.IN_TURN
    longest = seconds or float(group.seconds * turns)
    return _rung(book, [Ref.of(one) for one in members], longest, order, float(group.seconds))


def accounts_of(exchange: Exchange, target: Target) -> list[str]:
    """Return the accounts of the phones that might ring for a target."""
    refs = [target] if isinstance(target, Ref) else []
    if refs and refs[0].kind is Kind.GROUP:
        group = exchange.find("groups", refs[0].name)
        refs = [Ref.of(one) for one in group.members] if isinstance(group, Group) else []
    users = {ref.name for ref in refs if ref.kind is Kind.USER}
    return [phone.account for phone in exchange.phones if phone.user in users]


def _rung(
    book: "_Book",
    members: Sequence[Ref],
    seconds: float,
    order: Order = Order.AT_ONCE,
    each: float | None = None,
) -> Ringers | Reach:
    """Return the plan for members, each with all of their telephones in one turn."""
    found = [(ref, list(book.telephones(ref))) for ref in members if not book.is_busy(ref)]
    parties = [
        replace(one, beside=at > 0) for _, telephones in found for at, one in enumerate(telephones)
    ]
    if not parties:
        busy = any(book.is_busy(ref) for ref in members)
        return Reach.BUSY if busy else Reach.UNREACHABLE
    owners = {one.party: ref for ref, telephones in found for one in telephones}
    return Ringers(Plan(parties, order, seconds, each), owners)


class _Book:
    """What is known of those who can be called."""

    def __init__(self, exchange: Exchange, state: State, shown: Shown) -> None:
        self._exchange = exchange
        self._state = state
        self._shown = shown

    def is_busy(self, ref: Ref) -> bool:
        """Whether it is a user who is in a call."""
        return ref.kind is Kind.USER and ref.name in self._state.busy

    def telephones(self, ref: Ref) -> Iterator[Called]:
        """Yield the telephones of a user, or the one of an outside number."""
        match ref.kind:
            case Kind.USER if isinstance(user := self._exchange.find("users", ref.name), User):
                yield from self._of_user(user)
            case Kind.OUTSIDE:
                outside = self._exchange.find("outside", ref.name)
                if isinstance(outside, Outside):
                    party = Party(number=outside.number, name=outside.name)
                    if outside.shows == "passive":
                        yield self._passive(party, confirm=outside.confirm)
                    else:
                        yield Called(party, outside.confirm, origin=self._shown.active)

    def _of_user(self, user: User) -> Iterator[Called]:
        for phone in self._exchange.phones:
            if phone.user == user.name:
                for contact in self._state.contacts.get(phone.account, ()):
                    party = Party(extension=user.number, name=user.name, contact=contact)
                    yield Called(party, origin=self._shown.inside)
        if user.mobile:
            yield self._passive(Party(number=user.mobile, name=user.name), confirm=True)

    def _passive(self, party: Party, *, confirm: bool) -> Called:
        """Return a party that sees the caller, and the line where the carrier forbids that."""
        shown = self._shown
        fallback = shown.active if shown.active != shown.passive else None
        return Called(party, confirm, origin=shown.passive, fallback=fallback)
