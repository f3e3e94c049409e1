"""Ordered calls as they are kept: each is begun once, whatever happens meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.exchange.reach import Reach
from sipagent.store.database import delete_some


class Way(StrEnum):
    """How a call was ordered."""

    CALL = "call"
    TEXT = "text"
    COMMAND = "command"


class State(StrEnum):
    """Where an order stands."""

    #: Nobody was called yet.
    WAITING = "waiting"
    #: Somebody is being called, or was: it is never begun again.
    BEGUN = "begun"
    OVER = "over"


#: What became of an order, where nothing was said by whom the target was reached (``Reach``) and
#: no rule was in its way (the key of the prompt that says so, such as ``limit.calls``).
ABSENT, LEFT, INTERRUPTED, LATE = "absent", "left", "interrupted", "late"


@dataclass(frozen=True, slots=True)
class Order:
    """A call that was ordered.

    Args:
        way: how.
        user: who has ordered it, by name: their rights and limits count.
        number: the authorised number that it was ordered from; empty: it was none.
        person: who is called first, a number or as ``user:NAME``.
        target: who is called then, in the same way.
        shown: the number that the target sees; empty: that of the user.
        key: tells apart what may come twice, such as a text; None: it cannot.
        at: when, as it is stored.
        id: 0 where it is not kept yet.
        state: where it stands.
        ended: when it was over, as it is stored.
        outcome: a ``Reach`` of the target, ``ABSENT`` or another one of these, or the key of the
            prompt that says why it was not allowed; empty: it is not over.
    """

    way: Way
    user: str
    number: str
    person: str
    target: str
    shown: str = ""
    key: str | None = None
    at: str = ""
    id: int = 0
    state: State = State.WAITING
    ended: str | None = None
    outcome: str = ""

    @property
    def talked(self) -> bool:
        """Whether the two have talked."""
        return self.outcome == Reach.ANSWERED


_COLUMNS = "way, user, number, person, target, shown, key, at, id, state, ended, outcome"


class Orders:
    """The orders of a database."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def put(self, order: Order, now: datetime) -> Order:
        """Keep an order, unless its key says that it is there; return it as it is kept."""
        if order.key is not None and (there := self._select("key = ?", order.key)):
            return there[0]
        row = (times.stored(now), *_words(order), order.key, State.WAITING.value)
        done = self._db.execute(
            "INSERT INTO ordered_calls (at, way, user, number, person, target, shown, key, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return self.find(int(done.lastrowid or 0))

    def begin(self, key: int) -> bool:
        """Note that somebody is about to be called; whether it is this one who may do so."""
        done = self._db.execute(
            "UPDATE ordered_calls SET state = 'begun' WHERE id = ? AND state = 'waiting'", [key]
        )
        return done.rowcount == 1

    def wait(self, key: int) -> None:
        """Note that nobody was called after all."""
        self._db.execute("UPDATE ordered_calls SET state = 'waiting' WHERE id = ?", [key])

    def end(self, key: int, outcome: str, now: datetime) -> Order:
        """Note what became of an order; return it."""
        self._db.execute(
            "UPDATE ordered_calls SET state = 'over', ended = ?, outcome = ? WHERE id = ?",
            [times.stored(now), outcome, key],
        )
        return self.find(key)

    def open(self) -> list[Order]:
        """Return those that are not over, the first one first."""
        return self._select("state <> 'over' ORDER BY id")

    def listed(self, limit: int, user: str = "") -> list[Order]:
        """Return orders, the latest first; of one user, or of all."""
        return self._select("? IN ('', user) ORDER BY id DESC LIMIT ?", user, limit)

    def find(self, key: int) -> Order:
        """Return an order.

        Raises:
            DataError: there is none.
        """
        found = self._select("id = ?", key)
        if not found:
            raise DataError(f"there is no order {key}; see: sipagent orders list")
        return found[0]

    def _select(self, where: str, *values: object) -> list[Order]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM ordered_calls WHERE {where}", values)
        return [_order(row) for row in rows.fetchall()]


def delete_orders(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete orders that were over before a moment; see ``store.database.delete_some``."""
    old = "state = 'over' AND at < ?"
    return delete_some(db, "ordered_calls", old, [times.stored(moment)], limit)


def _words(order: Order) -> Sequence[str]:
    return order.way.value, order.user, order.number, order.person, order.target, order.shown


def _order(row: Sequence[object]) -> Order:
    way, *words, key, at, number_of_row, state, ended, outcome = row
    user, number, person, target, shown = map(str, words)
    return Order(
        Way(str(way)),
        *(user, number, person, target, shown),
        key=None if key is None else str(key),
        at=str(at),
        id=int(str(number_of_row)),
        state=State(str(state)),
        ended=None if ended is None else str(ended),
        outcome=str(outcome),
    )
