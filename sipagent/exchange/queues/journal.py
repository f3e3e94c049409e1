"""The journal of queues: who has waited, who was rung, what members did; see ``schema``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.exchange.queues.estimate import LATEST
from sipagent.exchange.values import Kind, Ref
from sipagent.store.store import Store

#: Waits that are older say nothing of those of now.
_RECENT = timedelta(days=1)
#: Of the states that a member can be in, those that end with the run.
_PASSING = ("talk", "ring", "wrap")


@dataclass(frozen=True, slots=True)
class Before:
    """What the journal knows when the line starts.

    Args:
        calls, offers: the highest numbers that were given.
        there: (queue, member) who were logged in.
        paused: member → why.
        waits: queue, seconds waited, and place, of the last ones that were answered.
    """

    calls: int = 0
    offers: int = 0
    there: frozenset[tuple[str, Ref]] = frozenset()
    paused: Mapping[Ref, str] = field(default_factory=dict)
    waits: tuple[tuple[str, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who begins to wait, as the journal tells it; see ``schema``."""

    queue: str
    call: str
    number: str
    name: str
    at: datetime
    priority: int
    place: int


class Journal:
    """Writes what happens, in order; nobody waits for that.

    Args:
        store: the database.
        clock: returns the time.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._clock = clock
        self._calls = self._offers = 0

    async def open(self) -> Before:
        """Close what an earlier run has left open, and return what is known.

        Raises:
            DataError, SetupError: as ``store.Store.write``.
        """
        now = self._clock()
        before = await self._store.write(lambda db: _opened(db, now))
        self._calls, self._offers = before.calls, before.offers
        return before

    def reserve(self) -> int:
        """Return a number for one who is to wait, which nobody else gets."""
        self._calls += 1
        return self._calls

    def arrived(self, arrival: Arrival) -> int:
        """Tell that somebody begins to wait; return the number of it."""
        id = self.reserve()
        values = (
            id,
            arrival.queue,
            arrival.call,
            arrival.number,
            arrival.name,
            times.stored(arrival.at),
            arrival.priority,
            arrival.place,
        )
        self._store.post(
            "INSERT INTO queue_calls (id, queue, call, number, name, arrived_at, priority, place) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return id

    def answered(self, call: int, member: Ref, waited: float) -> None:
        """Tell who has answered, and after how many seconds."""
        self._store.post(
            "UPDATE queue_calls SET outcome = 'answered', member = ?, answered_at = ?, waited = ? "
            "WHERE id = ?",
            (str(member), self._now(), round(waited, 3), call),
        )

    def talked(self, call: int, seconds: float) -> None:
        """Tell that a member does not talk to the caller any more."""
        self._store.post(
            "UPDATE queue_calls SET talked = ?, ended_at = ? WHERE id = ?",
            (round(seconds, 3), self._now(), call),
        )

    def wrapped(self, call: int, seconds: float) -> None:
        """Tell how long the member has wrapped up."""
        self._store.post(
            "UPDATE queue_calls SET wrapped = ? WHERE id = ?", (round(seconds, 3), call)
        )

    def left(self, call: int, outcome: str, waited: float, led_on_to: str = "") -> None:
        """Tell that somebody waits no longer who was not answered, and where they went."""
        self._store.post(
            "UPDATE queue_calls SET outcome = ?, ended_at = ?, waited = ?, led_on_to = ?, "
            "member = NULL, answered_at = NULL WHERE id = ?",
            (outcome, self._now(), round(waited, 3), led_on_to or None, call),
        )

    def offered(self, call: int, queue: str, member: Ref) -> int:
        """Tell that a member is rung; return the number of it."""
        self._offers += 1
        self._store.post(
            "INSERT INTO queue_offers (id, queue_call, queue, member, party, offered_at) "
            "VALUES (?, ?, ?, ?, '', ?)",
            (self._offers, call, queue, str(member), self._now()),
        )
        return self._offers

    def offer_ended(self, offer: int, outcome: str, code: int = 0, party: str = "") -> None:
        """Tell how that ended, and whose telephone has answered."""
        self._store.post(
            "UPDATE queue_offers SET ended_at = ?, outcome = ?, code = ?, party = ? WHERE id = ?",
            (self._now(), outcome, code, party, offer),
        )

    def does(self, member: Ref, state: str, queue: str | None, reason: str = "") -> None:
        """Tell what a member does from now on; None: for all queues."""
        self._store.post(
            "INSERT INTO queue_states (queue, member, at, state, reason) VALUES (?, ?, ?, ?, ?)",
            (queue, str(member), self._now(), state, reason),
        )

    def _now(self) -> str:
        return times.stored(self._clock())


def _opened(db: sqlite_utils.Database, now: datetime) -> Before:
    moment = times.stored(now)
    db.execute(
        "UPDATE queue_calls SET outcome = 'closed', ended_at = ? "
        "WHERE outcome IS NULL AND callback_of IS NULL",
        [moment],
    )
    db.execute(
        "UPDATE queue_calls SET ended_at = answered_at WHERE ended_at IS NULL AND outcome = "
        "'answered'"
    )
    db.execute(
        "UPDATE queue_offers SET outcome = 'withdrawn', ended_at = ? WHERE ended_at IS NULL",
        [moment],
    )
    db.execute(
        "INSERT INTO queue_states (queue, member, at, state, reason) "
        "SELECT queue, member, ?, 'idle', 'restart' FROM queue_states AS last "
        "WHERE id = (SELECT max(id) FROM queue_states WHERE member = last.member "
        "AND state IN ('talk', 'ring', 'wrap', 'ready', 'idle')) AND state IN (?, ?, ?)",
        [moment, *_PASSING],
    )
    return Before(
        _highest(db, "queue_calls"),
        _highest(db, "queue_offers"),
        frozenset(
            (queue, _ref(member))
            for queue, member, _ in _last(db, "queue, member, state", ("in", "out"))
            if _ == "in"
        ),
        {
            _ref(member): reason
            for member, state, reason in _last(db, "member, state, reason", ("pause", "resume"))
            if state == "pause"
        },
        tuple(_waits(db, now)),
    )


def _highest(db: sqlite_utils.Database, table: str) -> int:
    return int(db.execute(f"SELECT ifnull(max(id), 0) FROM {table}").fetchone()[0])


def _last(
    db: sqlite_utils.Database, columns: str, states: tuple[str, str]
) -> list[tuple[str, str, str]]:
    """Return columns of the last row of each queue and member that has one of two states."""
    return db.execute(
        f"SELECT {columns} FROM queue_states WHERE id IN (SELECT max(id) FROM queue_states "
        "WHERE state IN (?, ?) GROUP BY queue, member)",
        [*states],
    ).fetchall()


def _waits(db: sqlite_utils.Database, now: datetime) -> list[tuple[str, float, int]]:
    since = times.stored(now - _RECENT)
    found = db.execute(
        "SELECT queue, waited, place FROM queue_calls WHERE outcome = 'answered' "
        "AND callback_of IS NULL AND arrived_at > ? ORDER BY id DESC LIMIT ?",
        [since, 50 * LATEST],
    ).fetchall()
    return found[::-1]


def _ref(text: str) -> Ref:
    kind, _, name = text.partition(":")
    return Ref(Kind(kind), name)
