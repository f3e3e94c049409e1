"""Who is still to be called back: rows that outlast a restart, each with one of the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlite_utils

from sipagent import times

_SELECT = (
    "SELECT id, queue, queue_callbacks.number, name, language, priority, skill, arrived_at, tried, "
    "next_at, callback_of FROM queue_callbacks JOIN queue_calls ON queue_calls.id = queue_call"
)


@dataclass(frozen=True, slots=True)
class Callback:
    """Somebody who is to be called back.

    Args:
        id: its number in the journal.
        queue: in which they have waited.
        number: E.164, as they have confirmed it.
        name: as it was shown.
        language: that they have heard.
        priority, skill: as they had them while they waited.
        arrived: when they came, whose place they keep.
        tried: how often they were called in vain.
        next: when they may be called.
        origin: the number, in the journal, of the wait that they have ended by it.
    """

    id: int
    queue: str
    number: str
    name: str
    language: str
    priority: int
    skill: str
    arrived: datetime
    tried: int
    next: datetime
    origin: int | None = None


def load(db: sqlite_utils.Database) -> list[Callback]:
    """Return all of them, the oldest first."""
    return list(_read(db.execute(f"{_SELECT} ORDER BY arrived_at, id").fetchall()))


def keep(db: sqlite_utils.Database, one: Callback, call: str, place: int, now: datetime) -> bool:
    """Keep a callback; return whether it is new: who has asked before is called back once.

    Args:
        db: the database.
        one: what is asked for.
        call: the record of the call in which it was.
        place: that they keep.
        now: when they have asked.
    """
    known = db.execute(
        "SELECT 1 FROM queue_callbacks JOIN queue_calls ON id = queue_call "
        "WHERE queue = ? AND queue_callbacks.number = ?",
        [one.queue, one.number],
    ).fetchone()
    if known is not None:
        return False
    db.execute(
        "INSERT INTO queue_calls (id, queue, call, number, name, arrived_at, priority, place, "
        "callback_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(one.id, one.queue, call, one.number, one.name, times.stored(one.arrived)),
            *(one.priority, place, one.origin),
        ],
    )
    moment = times.stored(now)
    db.execute(
        "INSERT INTO queue_callbacks VALUES (?, ?, ?, ?, ?, ?, ?)",
        [one.id, one.number, one.language, one.skill, moment, one.tried, times.stored(one.next)],
    )
    return True


def begin(db: sqlite_utils.Database, id: int, following: datetime) -> Callback | None:
    """Count one more try, after which the next one may be made; None: it is not wanted any more."""
    db.execute(
        "UPDATE queue_callbacks SET tried = tried + 1, next_at = ? WHERE queue_call = ?",
        [times.stored(following), id],
    )
    found = list(_read(db.execute(f"{_SELECT} WHERE id = ?", [id]).fetchall()))
    return found[0] if found else None


def forget(db: sqlite_utils.Database, id: int) -> bool:
    """Call somebody back no more; return whether they were still to be called."""
    return db.execute("DELETE FROM queue_callbacks WHERE queue_call = ?", [id]).rowcount > 0


def drop(db: sqlite_utils.Database, id: int) -> None:
    """Let a callback never have been asked for."""
    db.execute("DELETE FROM queue_calls WHERE id = ? AND outcome IS NULL", [id])


def give_up(db: sqlite_utils.Database, id: int, now: datetime) -> bool:
    """Call somebody back no more who was not reached; return whether they were to be called."""
    db.execute(
        "UPDATE queue_calls SET outcome = 'abandoned', ended_at = ? WHERE id = ? "
        "AND outcome IS NULL AND id IN (SELECT queue_call FROM queue_callbacks)",
        [times.stored(now), id],
    )
    return forget(db, id)


def _read(rows: Iterable[Sequence[Any]]) -> Iterable[Callback]:
    for *before, arrived, tried, following, origin in rows:
        id, queue, number, name, language, priority, skill = before
        come, after = datetime.fromisoformat(arrived), datetime.fromisoformat(following)
        yield Callback(
            id, queue, number, name, language, priority, skill, come, tried, after, origin
        )
