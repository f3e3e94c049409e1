"""How the line was used: calls, logins and choices, by day and by manager."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TypeVar

import sqlite_utils

from sipagent import times
from sipagent.records.schema import MANAGER, OWNER

Group = TypeVar("Group", bound=Hashable)

_CALLS = f"""
SELECT id, started, answered, ended,
    (SELECT CAST(value AS INTEGER) FROM call_labels WHERE call = id AND name = '{MANAGER}'),
    (SELECT value FROM call_labels WHERE call = id AND name = '{OWNER}'),
    EXISTS (SELECT 1 FROM call_events WHERE call = id AND kind = 'login')
FROM calls WHERE started >= ? AND started < ? ORDER BY started
"""
#: The choices of menus are outcomes that are keys of a telephone.
_KEYS = """
SELECT call_events.call, json_extract(details, '$.outcome') AS pressed
FROM call_events JOIN calls ON calls.id = call_events.call
WHERE calls.started >= ? AND calls.started < ? AND kind = 'outcome' AND pressed GLOB '[0-9*#]'
"""


@dataclass(slots=True)
class Usage:
    """What calls added up to.

    ``logins`` are calls in which an owner got in, ``refused`` those in which a login was tried and
    nobody got in; ``seconds`` are from the answers to the ends; ``keys`` are choices of menus.
    """

    calls: int = 0
    logins: int = 0
    refused: int = 0
    seconds: float = 0.0
    keys: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Usage") -> None:
        """Count other calls in."""
        self.calls += other.calls
        self.logins += other.logins
        self.refused += other.refused
        self.seconds += other.seconds
        self.keys += other.keys


@dataclass(frozen=True, slots=True)
class Used:
    """The usage of a manager's owners on a local day; None where nobody got in."""

    day: date
    manager: int | None
    usage: Usage


def usage(db: sqlite_utils.Database, since: datetime, until: datetime, zone: tzinfo) -> list[Used]:
    """Return how the line was used, day by day of the zone and manager by manager.

    Calls count on the day on which they came in, ``since`` included and ``until`` not.
    """
    span = (times.stored(since), times.stored(until))
    keys: dict[str, Counter[str]] = {}
    for call, key in db.execute(_KEYS, span):
        keys.setdefault(call, Counter())[key] += 1
    found: dict[tuple[date, int | None], Usage] = {}
    for call, started, answered, ended, manager, owner, tried in db.execute(_CALLS, span):
        day = times.in_zone(started, zone).date()
        one = Usage(
            calls=1,
            logins=int(owner is not None),
            refused=int(owner is None and bool(tried)),
            seconds=_seconds(answered, ended),
            keys=keys.get(call, Counter()),
        )
        found.setdefault((day, manager), Usage()).add(one)
    return [Used(day, manager, one) for (day, manager), one in found.items()]


def grouped(rows: Iterable[Used], by: Callable[[Used], Group]) -> Iterator[tuple[Group, Usage]]:
    """Yield the usage of each group, in the order in which they come first."""
    groups: dict[Group, Usage] = {}
    for row in rows:
        groups.setdefault(by(row), Usage()).add(row.usage)
    yield from groups.items()


def _seconds(answered: str | None, ended: str | None) -> float:
    if answered is None or ended is None:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(answered)).total_seconds()
