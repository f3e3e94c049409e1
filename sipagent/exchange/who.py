"""Who rings for whom: the plan of a ringing, from the exchange and how its phones stand; pure."""

import math
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from sipagent.e164 import is_mobile
from sipagent.exchange.model import Exchange, Group, Outside, User
from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching import handling
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.values import Kind, Ref, Target
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
        handlings: user → what becomes of calls to them.
    """

    contacts: Mapping[str, Sequence[str]]
    busy: Collection[str] = ()
    handlings: Mapping[str, Handling] = field(default_factory=dict)

    def of(self, user: str) -> Handling:
        """Return what becomes of calls to a user."""
        return self.handlings.get(user, handling.USUAL)


@dataclass(frozen=True, slots=True)
class Shown:
    """Who is seen as the caller: by phones of the house, by a number outside that sees the caller
    (passive), and by one that sees the line (active)."""

    inside: Origin
    passive: Origin
    active: Origin

    def hidden(self) -> "Shown":
        """Return the same for who is shown to nobody outside."""
        passive, active = (replace(one, hidden=True) for one in (self.passive, self.active))
        return Shown(self.inside, passive, active)


@dataclass(frozen=True, slots=True)
class Ringers:
    """Who is called, and to whom each of the parties belongs."""

    plan: Plan
    owners: Mapping[Party, Ref]


class Member(NamedTuple):
    """Whose turn it is, and who rings in it: they themselves, or where they forward calls to."""

    ref: Ref
    rings: Target


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
    by: str = "",
    shuffle: Callable[[Sequence[Member]], Sequence[Member]] = shuffled,
) -> Ringers | Reach:
    """Return who is to be called, or at once why there is nobody: ``busy`` or ``unreachable``.

    A user rings at all phones that are registered, and at the mobile, which has to press 1, as
    follow-me says. Of a group, those are passed over who are in a call, do not want to be
    disturbed, or have no phone that could ring.

    Args:
        exchange: as it is now.
        target: whom the caller wants, or where the call was forwarded to; of what is no person,
            such as a box, nobody rings.
        state: how the phones stand.
        shown: whom the called see.
        seconds: the longest ringing; None: as long as is usual, or as the group says.
        by: the user who has forwarded the call; empty: nobody has.
        shuffle: puts the members of a group into a random order.
    """
    book = _Book(exchange, state, shown)
    if isinstance(target, str):
        called = Called(Party(number=target), origin=shown.active)
        if by:
            called = book.forwarded(target, by)
        owners = {called.party: Ref(Kind.USER, by)} if by else {}
        return Ringers(Plan([called], seconds=seconds or USUAL), owners)
    if target.kind is not Kind.GROUP:
        longest = min(seconds or USUAL, _patience(target, state))
        return _rung(book, [Member(target, target)], longest)
    group = exchange.find("groups", target.name)
    if not isinstance(group, Group):
        return Reach.UNREACHABLE
    there = members(group, state.handlings)
    chosen = there if group.order != "random" else shuffle(there)
    turns = 1 if group.order == "at-once" else len(chosen)
    order = Order.AT_ONCE if group.order == "at-once" else Order.IN_TURN
    longest = seconds or float(group.seconds * turns)
    return _rung(book, chosen, longest, order, float(group.seconds))


def members(group: Group, handlings: Mapping[str, Handling]) -> list[Member]:
    """Return whose turns there are in a group, each once.

    Who forwards all calls to a colleague is stood in for by them. To a number outside a group's
    call is forwarded only where that was asked for; else the member is passed over. The other
    forwards do not count: the group has its next member for that.
    """
    turns = (_turn(Ref.of(one), handlings) for one in group.members)
    return list({one.rings: one for one in turns if one is not None}.values())


def _turn(ref: Ref, handlings: Mapping[str, Handling]) -> Member | None:
    """Return who rings in the turn of a member; None: nobody."""
    rings, seen = ref, {ref}
    while forward := _always(rings, handlings):
        target = forward.target
        if isinstance(target, str) or target.kind is Kind.OUTSIDE:
            return Member(rings, target) if forward.in_groups else None
        if target.kind is not Kind.USER or target in seen:
            return None
        seen.add(target)
        rings = target
    return Member(rings, rings)


def _always(ref: Ref, handlings: Mapping[str, Handling]) -> Forward | None:
    if ref.kind is not Kind.USER:
        return None
    return handlings.get(ref.name, handling.USUAL).forwards.get(When.ALWAYS)


def accounts_of(exchange: Exchange, target: Target, handlings: Mapping[str, Handling]) -> list[str]:
    """Return the accounts of the phones that might ring for a target."""
    rings = [target]
    if isinstance(target, Ref) and target.kind is Kind.GROUP:
        group = exchange.find("groups", target.name)
        found = members(group, handlings) if isinstance(group, Group) else []
        rings = [one.rings for one in found]
    users = {one.name for one in rings if isinstance(one, Ref) and one.kind is Kind.USER}
    return [phone.account for phone in exchange.phones if phone.user in users]


def _patience(ref: Ref, state: State) -> float:
    """Return how long a user rings at most before the call goes on."""
    of_user = state.of(ref.name) if ref.kind is Kind.USER else handling.USUAL
    if (forward := of_user.forwards.get(When.NO_ANSWER)) is not None:
        return forward.seconds
    return math.inf


def _rung(
    book: "_Book",
    there: Sequence[Member],
    seconds: float,
    order: Order = Order.AT_ONCE,
    each: float | None = None,
) -> Ringers | Reach:
    """Return the plan for members, each with all of their telephones in one turn."""
    found = [(one, list(book.telephones(one))) for one in there if not book.is_busy(one.ref)]
    parties = [
        replace(one, beside=at > 0) for _, telephones in found for at, one in enumerate(telephones)
    ]
    if not parties:
        busy = any(book.is_busy(one.ref) for one in there)
        return Reach.BUSY if busy else Reach.UNREACHABLE
    owners = {called.party: one.ref for one, telephones in found for called in telephones}
    # Who follows the phones gets no less time for that.
    return Ringers(Plan(parties, order, seconds + sum(one.after for one in parties), each), owners)


class _Book:
    """What is known of those who can be called."""

    def __init__(self, exchange: Exchange, state: State, shown: Shown) -> None:
        self._exchange = exchange
        self._state = state
        self._shown = shown

    def is_busy(self, ref: Ref) -> bool:
        """Whether it is a user who is in a call, or does not want to be disturbed."""
        user = ref.name if ref.kind is Kind.USER else ""
        return user in self._state.busy or self._state.of(user).dnd

    def telephones(self, member: Member) -> Iterator[Called]:
        """Yield the telephones of a user, or the one of a number outside."""
        if isinstance(member.rings, str):
            yield self.forwarded(member.rings, member.ref.name)
            return
        kind, name = member.rings
        match kind:
            case Kind.USER if isinstance(user := self._exchange.find("users", name), User):
                yield from self._of_user(user)
            case Kind.OUTSIDE:
                outside = self._exchange.find("outside", name)
                if isinstance(outside, Outside):
                    party = Party(number=outside.number, name=outside.name)
                    if outside.shows == "passive":
                        yield self._passive(party, confirm=outside.confirm)
                    else:
                        yield Called(party, outside.confirm, origin=self._shown.active)

    def forwarded(self, number: str, by: str) -> Called:
        """Return the number that a user forwards calls to; a mobile has to press 1."""
        return self._passive(Party(number=number, name=by), confirm=is_mobile(number))

    def _of_user(self, user: User) -> Iterator[Called]:
        handled = self._state.of(user.name)
        waits = float(handled.seconds) if user.mobile and handled.follow is Follow.IN_TURN else None
        rings = False
        for phone in self._exchange.phones:
            if phone.user == user.name:
                for contact in self._state.contacts.get(phone.account, ()):
                    party = Party(extension=user.number, name=user.name, contact=contact)
                    rings = True
                    yield Called(party, origin=self._shown.inside, seconds=waits)
        if user.mobile and handled.follow is not Follow.NEVER:
            mobile = self._passive(Party(number=user.mobile, name=user.name), confirm=True)
            yield replace(mobile, after=waits) if rings and waits else mobile

    def _passive(self, party: Party, *, confirm: bool) -> Called:
        """Return a party that sees the caller, and the line where the carrier forbids that."""
        shown = self._shown
        fallback = shown.active if shown.active != shown.passive else None
        return Called(party, confirm, origin=shown.passive, fallback=fallback)
