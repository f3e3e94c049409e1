"""The calls that ring just now, and which of them somebody may pick up."""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sipagent.exchange.model import Exchange
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.switching.ringing import Pickup


@dataclass(frozen=True, slots=True, eq=False)
class Ringing:
    """A call that rings.

    Args:
        users: for whom, by name.
        group: that was called; empty: none was.
        pickup: where it is taken.
    """

    users: Collection[str]
    group: str
    pickup: Pickup


class Ringings:
    """All calls that ring, the oldest first."""

    def __init__(self) -> None:
        self._all: list[Ringing] = []

    @contextlib.contextmanager
    def rings(self, target: Target, owners: Collection[Ref]) -> Iterator[Pickup]:
        """Let a call be picked up for the length of the block.

        Args:
            target: whom it has come to.
            owners: whose telephones ring.
        """
        group = target.name if isinstance(target, Ref) and target.kind is Kind.GROUP else ""
        users = frozenset(ref.name for ref in owners if ref.kind is Kind.USER)
        ringing = Ringing(users, group, Pickup())
        self._all.append(ringing)
        try:
            yield ringing.pickup
        finally:
            self._all.remove(ringing)

    def of_colleagues(self, user: str, exchange: Exchange) -> Ringing | None:
        """Return the call that rings longest for a group of a user, or for one of its members."""
        name = str(Ref(Kind.USER, user))
        groups = [group for group in exchange.groups if name in group.members]
        members = {Ref.of(member).name for group in groups for member in group.members}
        names = {group.name for group in groups}
        return next(
            (one for one in self._all if one.group in names or members & set(one.users)), None
        )

    def of(self, target: Ref | None) -> Ringing | None:
        """Return the call that rings longest for a user or a group."""
        if target is None or target.kind not in (Kind.USER, Kind.GROUP):
            return None
        of_user = target.kind is Kind.USER
        return next(
            (
                one
                for one in self._all
                if (target.name in one.users if of_user else target.name == one.group)
            ),
            None,
        )
