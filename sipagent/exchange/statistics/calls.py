"""What the calls of a queue add up to: counts, the service level, waiting and handling times.

The terms are those of call centres. A call counts where it arrived: in that hour and on that day,
whenever it was answered. One that the queue has dialled, because its caller had asked to be called
back, is no other offered call: only its talk and wrap-up count.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

Group = TypeVar("Group", bound=Hashable)
Part = TypeVar("Part", bound=Hashable)

#: Waiting times are kept in tenths of a second, which the 90th percentile is exact to.
_TENTHS = 10


class Call(NamedTuple):
    """A row of the journal; seconds are None as long as they are not known.

    ``again``: the queue dials it for one that has asked to be called back. ``back``: of one that
    has asked, whether its caller was ``reached`` or ``given up``; None as long as neither is known.
    """

    queue: str
    arrived_at: str
    outcome: str | None
    waited: float | None
    talked: float | None
    wrapped: float | None
    again: int
    back: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """What is promised: so many per cent of the calls are answered within so many seconds.

    A call that was abandoned in less than ``short`` seconds was none that anybody could serve.
    """

    goal: int = 80
    within: float = 20.0
    short: float = 5.0


USUAL = Service()


@dataclass(slots=True)
class CallFigures:
    """What calls added up to.

    ``offered`` is the sum of ``answered``, ``abandoned``, ``short``, ``too_long``, ``too_many``,
    ``nobody``, ``left``, ``callbacks``, ``closed`` and ``waiting``. Times are in seconds.
    """

    offered: int = 0
    answered: int = 0
    #: Answered within the seconds that are promised.
    in_time: int = 0
    #: The caller hung up while waiting, those in less than the short seconds apart.
    abandoned: int = 0
    short: int = 0
    #: Overflow: led on after the longest wait, because the queue was full, or nobody logged in.
    too_long: int = 0
    too_many: int = 0
    nobody: int = 0
    #: Left by a key of the caller, or taken out by who looks after the queue.
    left: int = 0
    #: Asked to be called back; of those, how many were talked with later, and how many were tried
    #: in vain as often as is set.
    callbacks: int = 0
    reached: int = 0
    given_up: int = 0
    #: The line was stopped.
    closed: int = 0
    #: Not over yet.
    waiting: int = 0
    #: Answered calls, and those that were called back, which are over; their talk and wrap-up.
    handled: int = 0
    talked: float = 0.0
    wrapped: float = 0.0
    #: What answered callers waited altogether, and anybody at the most.
    waited: float = 0.0
    longest: float = 0.0
    #: Answered calls by how long they waited, in tenths of a second.
    waits: Counter[int] = field(default_factory=Counter)

    @property
    def overflow(self) -> int:
        """Calls that the queue led on."""
        return self.too_long + self.too_many + self.nobody

    @property
    def service_level(self) -> float | None:
        """Calls answered in time, of all that were offered, short ones and waiting ones apart.

        None where there is none of them.
        """
        return _ratio(self.in_time, self.offered - self.short - self.waiting)

    @property
    def abandon_rate(self) -> float | None:
        """Abandoned calls, of the same ones as in the service level."""
        return _ratio(self.abandoned, self.offered - self.short - self.waiting)

    @property
    def asa(self) -> float | None:
        """Average speed of answer: what an answered caller waited."""
        return _ratio(self.waited, self.answered)

    @property
    def p90(self) -> float | None:
        """Seconds after which nine of ten answered callers had been answered (nearest rank)."""
        rank = math.ceil(0.9 * self.answered)
        for tenths in sorted(self.waits):
            rank -= self.waits[tenths]
            if rank <= 0:
                return tenths / _TENTHS
        return None

    @property
    def aht(self) -> float | None:
        """Average handling time: talk and wrap-up of a call that is over."""
        return _ratio(self.talked + self.wrapped, self.handled)

    def take(self, call: Call, service: Service) -> None:
        """Count a call in."""
        _, _, outcome, waited, talked, wrapped, again, back = call
        if outcome == "answered" and talked is not None:
            self.handled += 1
            self.talked += talked
            self.wrapped += wrapped or 0.0
        if again:
            return
        self.offered += 1
        waited = waited or 0.0
        self.longest = max(self.longest, waited)
        match outcome:
            case "answered":
                self.answered += 1
                self.in_time += waited <= service.within
                self.waited += waited
                self.waits[round(waited * _TENTHS)] += 1
            case "abandoned" if waited < service.short:
                self.short += 1
            case "abandoned":
                self.abandoned += 1
            case "too-long":
                self.too_long += 1
            case "too-many":
                self.too_many += 1
            case "nobody":
                self.nobody += 1
            case "left":
                self.left += 1
            case "callback":
                self.callbacks += 1
                self.reached += back == "reached"
                self.given_up += back == "given up"
            case "closed":
                self.closed += 1
            case _:
                self.waiting += 1

    def add(self, other: "CallFigures") -> None:
        """Count in what others added up to."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(self.longest, other.longest)
        self.waits += other.waits


_SUMS = tuple(name for name in CallFigures.__dataclass_fields__ if name not in ("longest", "waits"))


def grouped(
    calls: Iterable[Call], service: Service, by: Callable[[Call], Group]
) -> dict[Group, CallFigures]:
    """Return what the calls of each group add up to, in the order in which groups come first."""
    found: dict[Group, CallFigures] = {}
    for call in calls:
        group = by(call)
        figures = found.get(group)
        if figures is None:
            figures = found[group] = CallFigures()
        figures.take(call, service)
    return found


def merged(
    groups: Mapping[Part, CallFigures], by: Callable[[Part], Group]
) -> dict[Group, CallFigures]:
    """Return what groups add up to in larger ones, which are left as they are."""
    found: dict[Group, CallFigures] = {}
    for part, figures in groups.items():
        found.setdefault(by(part), CallFigures()).add(figures)
    return found


def total(groups: Iterable[CallFigures]) -> CallFigures:
    """Return the sum of groups."""
    found = CallFigures()
    for one in groups:
        found.add(one)
    return found


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None
