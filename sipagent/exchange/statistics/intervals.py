"""Intervals of time, in seconds since 1970: sums of them, and what two have in common; pure.

A list of intervals is in order, and none of them touches another one.
"""

from collections.abc import Iterable, Sequence

#: From a moment to another one, which is later.
Interval = tuple[float, float]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return what any of some intervals covers; they may overlap, and be in any order."""
    found: list[Interval] = []
    for first, last in sorted(one for one in intervals if one[0] < one[1]):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def common(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Return what both cover."""
    found: list[Interval] = []
    mine, yours = 0, 0
    while mine < len(some) and yours < len(others):
        first = max(some[mine][0], others[yours][0])
        last = min(some[mine][1], others[yours][1])
        if first < last:
            found.append((first, last))
        if some[mine][1] < others[yours][1]:
            mine += 1
        else:
            yours += 1
    return found


def length(intervals: Iterable[Interval]) -> float:
    """Return the seconds of all of them."""
    return sum(last - first for first, last in intervals)
