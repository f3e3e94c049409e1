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
from sipagent.exchange.statistics.clock import Clock, Days, Hour, bound

Group = TypeVar("Group", bound=Hashable)

_CALLS = """
SELECT started, answered IS NOT NULL,
    coalesce((julianday(ended) - julianday(answered)) * 86400, 0)
FROM calls WHERE started >= ? AND started < ? ORDER BY started
"""
#: Those that may have gone on in the days began on the day before at the earliest.
_SPANS = "SELECT started, ended FROM calls WHERE started >= ? AND started < ? ORDER BY started"
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
    for started, answered, seconds in db.execute(_CALLS, days.bounds):
        one = found.setdefault(clock(started), TrafficFigures())
        one.calls += 1
        one.answered += answered
        one.seconds += max(0.0, seconds)
    span = bound(days.begin - _A_DAY), days.bounds[1]
    for hour, most in peaks(db.execute(_SPANS, span), days).items():
        found.setdefault(hour, TrafficFigures()).at_once = most
    lines = db.execute(_LINES, {"first": span[0], "last": span[1]})
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
    clock = Clock(days.zone)
    live: list[str] = []
    found: dict[Hour, int] = {}
    for moment, end in heapq.merge(spans, _hours(days), key=lambda span: span[0]):
        while live and live[0] <= moment:
            heapq.heappop(live)
        if end != moment:  # a span; marks of hours take no time
            heapq.heappush(live, end or _STILL)
        hour = clock(moment)
        if live and days.first <= hour.day <= days.last:
            found[hour] = max(found.get(hour, 0), len(live))
    return found


def _hours(days: Days) -> Iterator[tuple[str, str]]:
    """Yield a mark for each hour: what goes on then is of it, although nothing begins."""
    at = days.begin
    while at < days.end:
        yield times.stored(at), times.stored(at)
        at += _HOUR
