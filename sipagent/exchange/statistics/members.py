"""What members of queues did: what they were offered, how long they talked, and were there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sipagent.exchange.statistics.intervals import Interval, common, length, union
from sipagent.exchange.statistics.presence import Presence


class Offer(NamedTuple):
    """So many times a member was rung, and how it went; None: it rings."""

    member: str
    outcome: str | None
    times: int


class Talk(NamedTuple):
    """A call that a member has answered, at a time in seconds since 1970.

    Talk and wrap-up are None as long as they go on. ``counts``: it is over, and arrived within the
    days that are asked about; others only take up time of them.
    """

    member: str
    at: float
    talked: float | None
    wrapped: float | None
    counts: bool


@dataclass(slots=True)
class MemberFigures:
    """What a member did; times are in seconds.

    ``offered`` is how often the member was rung, and the sum of how that went: ``answered``,
    ``missed`` (rung to the end), ``refused``, ``busy``, ``unreachable``, ``elsewhere`` (somebody
    else was quicker), ``withdrawn`` (the caller has gone, or was led on), ``ringing``.
    """

    offered: int = 0
    answered: int = 0
    missed: int = 0
    refused: int = 0
    busy: int = 0
    unreachable: int = 0
    elsewhere: int = 0
    withdrawn: int = 0
    ringing: int = 0
    #: Calls that arrived within the days, and are over; their talk and wrap-up.
    handled: int = 0
    talked: float = 0.0
    wrapped: float = 0.0
    #: Within the days, whenever the calls arrived.
    logged_in: float = 0.0
    paused: float = 0.0
    #: Talk and wrap-up while logged in and not paused.
    occupied: float = 0.0

    @property
    def aht(self) -> float | None:
        """Average handling time: talk and wrap-up of a call that is over."""
        return (self.talked + self.wrapped) / self.handled if self.handled else None

    @property
    def available(self) -> float:
        """Seconds in which calls could have come."""
        return self.logged_in - self.paused

    @property
    def occupancy(self) -> float | None:
        """Share of the time in which calls could have come that was talk or wrap-up."""
        return self.occupied / self.available if self.available > 0 else None

    def add(self, other: "MemberFigures") -> None:
        """Count in what another member did."""
        for name in MemberFigures.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def figures_of(
    offers: Iterable[Offer],
    talks: Iterable[Talk],
    presences: Mapping[str, Presence],
    span: Interval,
) -> dict[str, MemberFigures]:
    """Return what each member did within a span, by name and in its order.

    Args:
        offers: of the span.
        talks: of calls that arrived in the span, or went on in it.
        presences: when members were there; see ``presence.presences``.
        span: from when to when.
    """
    found: dict[str, MemberFigures] = defaultdict(MemberFigures)
    for member, outcome, times in offers:
        one = found[member]
        one.offered += times
        fate = outcome or "ringing"
        setattr(one, fate, getattr(one, fate) + times)
    busy: dict[str, list[Interval]] = defaultdict(list)
    for member, at, talked, wrapped, counts in talks:
        one = found[member]
        if counts:
            one.handled += 1
            one.talked += talked or 0.0
            one.wrapped += wrapped or 0.0
        end = span[1] if talked is None else at + talked + (wrapped or 0.0)
        busy[member].append((at, end))
    for member, there in presences.items():
        if not there.logged_in and member not in found:
            continue
        one = found[member]
        one.logged_in = length(there.logged_in)
        one.paused = length(there.paused)
        occupied = common(union(busy[member]), there.logged_in)
        one.occupied = length(occupied) - length(common(occupied, there.paused))
    return dict(sorted(found.items()))
