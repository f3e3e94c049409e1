"""What calls of the infoline add up to, by day, manager and estate.

They are those in which a login was asked for; each counts on the day on which it came in.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import sqlite_utils

from sipagent.records.schema import MANAGER, OWNER
from sipagent.reports.days import Clock, Days

Group = TypeVar("Group", bound=Hashable)

#: An owner is of the estate that they are in now; of one who is gone it is not known.
_CALLS = f"""
SELECT calls.id, started, (julianday(ended) - julianday(answered)) * 86400,
    ifnull(managers.code, manager.value), estates.code, owner.value IS NOT NULL,
    EXISTS (SELECT 1 FROM call_events WHERE call = calls.id AND kind = 'login')
FROM calls
LEFT JOIN call_labels AS manager ON manager.call = calls.id AND manager.name = '{MANAGER}'
LEFT JOIN managers ON managers.id = CAST(manager.value AS INTEGER)
LEFT JOIN call_labels AS owner ON owner.call = calls.id AND owner.name = '{OWNER}'
LEFT JOIN owners ON owners.login = owner.value AND owners.manager_id = managers.id
LEFT JOIN estates ON estates.id = owners.estate_id
WHERE started >= :first AND started < :last AND (:manager = '' OR managers.code = :manager)
    AND EXISTS (
        SELECT 1 FROM call_events WHERE call = calls.id
            AND kind = 'step' AND instr(details, '"owner-login"')
    )
ORDER BY started
"""
#: The choices of menus are outcomes that are keys of a telephone.
_EVENTS = """
SELECT call, kind, json_extract(details, '$.outcome'), json_extract(details, '$.addresses')
FROM calls JOIN call_events ON call = id
WHERE started >= :first AND started < :last AND (
    kind IN ('statement', 'ticket')
    OR (kind = 'outcome' AND json_extract(details, '$.outcome') GLOB '[0-9*#]')
)
"""


@dataclass(slots=True)
class Usage:
    """What calls added up to.

    ``logins`` are calls in which an owner got in, ``refused`` those in which a login was typed and
    nobody got in; ``seconds`` are from the answers to the ends; ``statements`` were sent,
    ``requests`` are tickets; ``keys`` are choices of menus.
    """

    calls: int = 0
    logins: int = 0
    refused: int = 0
    seconds: float = 0.0
    statements: int = 0
    requests: int = 0
    keys: Counter[str] = field(default_factory=Counter)

    @property
    def untried(self) -> int:
        """Calls in which no login was typed."""
        return self.calls - self.logins - self.refused

    def add(self, other: "Usage") -> None:
        """Count other calls in."""
        self.calls += other.calls
        self.logins += other.logins
        self.refused += other.refused
        self.seconds += other.seconds
        self.statements += other.statements
        self.requests += other.requests
        self.keys += other.keys


@dataclass(frozen=True, slots=True)
class Place:
    """A local day, and the codes of the manager and the estate of who got in; None: nobody did."""

    day: date
    manager: str | None
    estate: str | None


def usage(db: sqlite_utils.Database, days: Days, manager: str = "") -> dict[Place, Usage]:
    """Return how the infoline was used, in the order of the days.

    Args:
        db: with the tables of records and of the infoline.
        days: on which the calls came in.
        manager: code; only calls of this one's owners count. Empty: all calls.
    """
    first, last = days.bounds
    span = {"first": first, "last": last}
    events = _events(db, span)
    clock, found = Clock(days.zone), dict[Place, Usage]()
    for call, started, seconds, code, estate, got_in, tried in db.execute(
        _CALLS, {**span, "manager": manager}
    ):
        one = events.get(call) or Usage()
        one.calls, one.logins, one.refused = 1, got_in, int(bool(tried) and not got_in)
        # A clock that was set back in the middle of a call must not take anything off.
        one.seconds = max(0.0, seconds or 0.0)
        found.setdefault(Place(clock(started).day, code, estate), Usage()).add(one)
    return found


def grouped(
    places: Iterable[tuple[Place, Usage]], by: Callable[[Place], Group]
) -> dict[Group, Usage]:
    """Return the usage of each group, in the order in which they come first."""
    groups: dict[Group, Usage] = {}
    for place, one in places:
        groups.setdefault(by(place), Usage()).add(one)
    return groups


def _events(db: sqlite_utils.Database, span: dict[str, str]) -> dict[str, Usage]:
    """Return what was chosen, sent and asked for in each call."""
    found: dict[str, Usage] = {}
    for call, kind, outcome, addresses in db.execute(_EVENTS, span):
        one = found.get(call) or found.setdefault(call, Usage())
        match kind:
            case "statement":
                one.statements += bool(addresses)
            case "ticket":
                one.requests += 1
            case _:
                one.keys[outcome] += 1
    return found
