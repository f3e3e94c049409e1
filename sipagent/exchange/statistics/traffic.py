"""The calls of the whole line, infoline and exchange: how many, how long, and how many at once.

A call is a record, whoever takes it. A line is what a trunk is asked for: a call that comes over
it, or a leg that is called over it, from its beginning to its end.
"""

import heapq
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlite_utils

from sipagent import times
from sipagent.reports.days import Clock, Days, Hour, bound

Group = TypeVar("Group", bound=Hashable)

#: Those that may have gone on in the days began on the day before at the earliest.
_CALLS = """
SELECT started, ended, answered IS NOT NULL,
    ifnull((julianday(ended) - julianday(answered)) * 86400, 0)
FROM calls WHERE started >= ? AND started < ? ORDER BY started
"""
_LINES = """
SELECT started, ended FROM calls WHERE trunk <> '' AND started >= :first AND started < :last
UNION ALL
SELECT began, ended FROM call_legs WHERE trunk <> '' AND began >= :first AND began < :last
ORDER BY 1
"""
_A_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
#: Later than anything that is stored.
_STILL = "~"


@dataclass(slots=True)
class TrafficFigures:
    """What calls add up to; ``at_once`` and ``lines`` are the most at any moment."""

    calls: int = 0
    answered: int = 0
    seconds: float = 0.0
    at_once: int = 0
    lines: int = 0

    def add(self, other: "TrafficFigures") -> None:
        """Count others in."""
        self.calls += other.calls
        self.answered += other.answered
        self.seconds += other.seconds
        self.at_once = max(self.at_once, other.at_once)
        self.lines = max(self.lines, other.lines)


def traffic(db: sqlite_utils.Database, days: Days) -> dict[Hour, TrafficFigures]:
    """Return the calls of each hour of some days in which there were any, in order."""
    clock = Clock(days.zone)
    found: dict[Hour, TrafficFigures] = {}
    first, last = days.bounds
    before = bound(days.begin - _A_DAY)
    at_once = _AtOnce(days)
    for started, ended, answered, seconds in db.execute(_CALLS, [before, last]):
        at_once.take(started, ended)
        if started < first:
            continue
        hour = clock(started)
        one = found.get(hour) or found.setdefault(hour, TrafficFigures())
        one.calls += 1
        one.answered += answered
        one.seconds += max(0.0, seconds)
    for hour, most in at_once.whole().items():
        found.setdefault(hour, TrafficFigures()).at_once = most
    lines = db.execute(_LINES, {"first": before, "last": last})
    for hour, most in peaks(lines, days).items():
        found.setdefault(hour, TrafficFigures()).lines = most
    return dict(sorted(found.items()))


def merged(
    hours: Mapping[Hour, TrafficFigures], by: Callable[[Hour], Group]
) -> dict[Group, TrafficFigures]:
    """Return what hours add up to in larger groups."""
    found: dict[Group, TrafficFigures] = {}
    for hour, figures in hours.items():
        found.setdefault(by(hour), TrafficFigures()).add(figures)
    return found


def peaks(spans: Iterable[tuple[str, str | None]], days: Days) -> dict[Hour, int]:
    """Return how many spans there were at once in each hour of some days, at the most.

    Args:
        spans: stored moments of begin and end, None for what goes on, in the order of the begins.
            What begins when something else ends is not at once with it.
        days: others are not told of.
    """
    counter = _AtOnce(days)
    for begin, end in spans:
        counter.take(begin, end)
    return counter.whole()


class _AtOnce:
    """Follows spans in the order in which they begin."""

    def __init__(self, days: Days) -> None:
        self._most: dict[Hour, int] = {}
        self._clock = Clock(days.zone)
        self._first, self._last = days.bounds
        #: When those end that go on.
        self._live: list[str] = []
        self._hours = _hours(days)
        self._next = next(self._hours)

    def whole(self) -> dict[Hour, int]:
        """Return the most of each hour in which there were any, once all are counted in."""
        self._until(self._last)
        return self._most

    def take(self, begin: str, end: str | None) -> None:
        """Count a span in."""
        if self._next <= begin:
            self._until(begin)
        self._drop(begin)
        heapq.heappush(self._live, end or _STILL)
        if self._first <= begin < self._last:
            self._note(begin)

    def _until(self, moment: str) -> None:
        """Count what goes on when hours begin, up to a moment: it is of them as well."""
        while self._next <= moment:
            self._drop(self._next)
            if self._live:
                self._note(self._next)
            self._next = next(self._hours, _STILL)

    def _drop(self, moment: str) -> None:
        while self._live and self._live[0] <= moment:
            heapq.heappop(self._live)

    def _note(self, moment: str) -> None:
        hour, count = self._clock(moment), len(self._live)
        if count > self._most.get(hour, 0):
            self._most[hour] = count


def _hours(days: Days) -> Iterator[str]:
    """Yield when the hours of some days begin."""
    at = days.begin
    while at < days.end:
        yield times.stored(at)
        at += _HOUR
