"""Finding calls by what is known of them, page by page, however many there are.

A page begins behind the last call of the page before (its key), and not after so many rows: each
page takes as long as the first. Each filter that leaves few of many calls has an index.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlite_utils

from sipagent import times
from sipagent.records.history import COLUMNS, CallRow, call_of
from sipagent.records.schema import SECONDS

#: Calls that are fetched at a time for a file.
_BATCH = 500


class Key(NamedTuple):
    """The place of a call in a list, the latest first."""

    started: str
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are looked for; what is not given does not matter.

    Args:
        since: came in at this time or later.
        until: came in before this time.
        number: calls from it, to it, or in which it was rung; E.164 or an internal number.
        labels: have all of these, such as a user, a group, or the owner's manager.
        queue: waited in this queue.
        outcome: how it went, such as ``done`` or ``failed``.
        shortest: seconds from the answer to the end, at least.
        longest: and at the most.
        dearest: cost in grosze without VAT, at least.
    """

    since: datetime | None = None
    until: datetime | None = None
    number: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    queue: str = ""
    outcome: str = ""
    shortest: int | None = None
    longest: int | None = None
    dearest: int | None = None

    def conditions(self) -> Iterator["_Condition"]:
        """Yield conditions on a row of ``calls``."""
        if self.since is not None:
            yield _Condition("started >= ?", (times.stored(self.since),))
        if self.until is not None:
            yield _Condition("started < ?", (times.stored(self.until),))
        if self.number:
            yield _Condition(_HAS_NUMBER, (self.number,) * 3, _OF_NUMBER)
        for label in self.labels.items():
            yield _Condition(_HAS_LABEL, label, _OF_LABEL)
        if self.queue:
            yield _Condition(f"id IN ({_OF_QUEUE})", (self.queue,))
        if self.outcome:
            yield _Condition("outcome = ?", (self.outcome,))
        if self.shortest is not None:
            yield _Condition(f"+{SECONDS} >= ?", (self.shortest,), f"{_LONG} >= ?")
        if self.longest is not None:
            yield _Condition(f"+{SECONDS} <= ?", (self.longest,), f"{_LONG} <= ?")
        if self.dearest is not None:
            yield _Condition(_COSTS, (self.dearest,), _OF_COST)


class _Condition(NamedTuple):
    """One condition, in two ways: of a row that is at hand, and as the ids of all that fulfil it.

    Few rows are found by their ids, and then sorted; many are met soon enough on the way back
    through time. ``+`` keeps SQLite from using an index of its own choice.
    """

    each: str
    values: tuple[object, ...]
    ids: str = ""


#: Ids that are sorted rather than met.
_FEW = 10_000
_HAS_NUMBER = (
    "(+caller = ? OR +called = ? OR "
    "EXISTS (SELECT 1 FROM call_legs WHERE call = id AND +party = ?))"
)
# Unions, so that each part is found by its own index.
_OF_NUMBER = (
    "SELECT id FROM calls WHERE caller = ? UNION ALL SELECT id FROM calls WHERE called = ? "
    "UNION ALL SELECT call FROM call_legs WHERE party = ?"
)
_HAS_LABEL = "EXISTS (SELECT 1 FROM call_labels WHERE call = id AND name = ? AND +value = ?)"
_OF_LABEL = "SELECT call FROM call_labels WHERE name = ? AND value = ?"
_OF_QUEUE = "SELECT call FROM queue_calls WHERE queue = ?"
_LONG = f"SELECT id FROM calls WHERE {SECONDS}"
_COSTS = "(SELECT sum(cost) FROM call_legs WHERE call = id) >= ?"
_OF_COST = "SELECT call FROM call_legs WHERE cost > 0 GROUP BY call HAVING sum(cost) >= ?"


def page(
    db: sqlite_utils.Database, wanted: Wanted, limit: int, after: Key | None = None
) -> list[CallRow]:
    """Return calls, the latest first.

    Args:
        db: the database.
        wanted: which.
        limit: how many at the most.
        after: the last one of the page before.
    """
    conditions = list(wanted.conditions())
    if after is not None:
        conditions.append(_Condition("(started, id) < (?, ?)", after))
    rarest = _rarest(db, conditions)
    wishes = [f"id IN ({one.ids})" if one is rarest else one.each for one in conditions]
    where = f"WHERE {' AND '.join(wishes)} " if wishes else ""
    values = itertools.chain.from_iterable(one.values for one in conditions)
    rows = db.execute(
        f"SELECT {COLUMNS} FROM calls {where}ORDER BY started DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return [call_of(row) for row in rows]


def _rarest(db: sqlite_utils.Database, conditions: list[_Condition]) -> _Condition | None:
    """Return the condition that the fewest calls fulfil; None: too many fulfil each."""
    found, fewest = None, _FEW
    for one in conditions:
        if one.ids:
            count = f"SELECT count(*) FROM (SELECT 1 FROM ({one.ids}) LIMIT ?)"
            (number,) = db.execute(count, (*one.values, fewest)).fetchone()
            if number < fewest:
                found, fewest = one, number
    return found


def batches(db: sqlite_utils.Database, wanted: Wanted, most: int) -> Iterator[CallRow]:
    """Yield so many calls at the most, without holding all of them."""
    after, left = None, most
    while left > 0 and (found := page(db, wanted, min(_BATCH, left), after)):
        yield from found
        after, left = key_of(found[-1]), left - len(found)


def key_of(call: CallRow) -> Key:
    """Return where a call stands in a list."""
    return Key(call.started, call.id)
