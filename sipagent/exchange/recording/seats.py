"""Who is heard on which channel of a recording; pure."""

from collections.abc import Sequence
from enum import IntEnum

from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg


class Channel(IntEnum):
    """One of the two."""

    #: Of who is not of the house.
    LEFT = 0
    #: Of who is.
    RIGHT = 1


def names(members: Sequence[Member]) -> str:
    """Return those on a channel, as records show them."""
    return " + ".join(one.name for one in members)


class Seats:
    """Gives each leg a channel, which it keeps as long as the two who talk are on different ones.

    Whoever is of the house is on the right. Where that says nothing, for all are or nobody is, the
    first one, who has called, is on the left. Who comes in place of somebody gets that one's.
    """

    def __init__(self) -> None:
        #: By what a leg is, and not what it says of itself; in the order in which they came.
        self._taken: dict[int, tuple[Leg, Channel]] = {}

    def seated(self, members: Sequence[Member]) -> tuple[list[Member], list[Member]]:
        """Return the members on the left, and those on the right."""
        old = [one for leg, _ in self._taken.values() for one in members if one.leg is leg]
        new = [one for one in members if id(one.leg) not in self._taken]
        found: tuple[list[Member], list[Member]] = ([], [])
        for at, one in enumerate(ordered := [*old, *new]):
            channel = self._channel(at, ordered)
            self._taken[id(one.leg)] = one.leg, channel
            found[channel].append(one)
        return found

    def _channel(self, at: int, members: Sequence[Member]) -> Channel:
        one = members[at]
        if at == 1 and len(members) == 2:
            return Channel(1 - self._taken[id(members[0].leg)][1])
        if id(one.leg) in self._taken:
            return self._taken[id(one.leg)][1]
        if len({bool(member.user) for member in members}) == 2:
            return Channel(bool(one.user))
        return Channel(bool(at))
