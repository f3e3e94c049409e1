"""What somebody has done with recordings: who, when and what; it outlives them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.expiry import in_batches
from sipagent.store.data import Data
from sipagent.store.database import delete_some, writing


class Use(StrEnum):
    """What was done."""

    HEARD = "heard"
    EXPORTED = "exported"
    TRANSCRIBED = "transcribed"
    READ = "read"
    FOUND = "found"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody has done with a recording, which may be gone by now."""

    recording: int
    call: str
    at: str
    who: str
    what: Use


def note(db: sqlite_utils.Database, used: Used) -> None:
    """Write it down."""
    with writing(db):
        db.execute(
            "INSERT INTO recording_uses (recording, call, at, who, what) VALUES (?, ?, ?, ?, ?)",
            [used.recording, used.call, used.at, used.who, used.what],
        )


def done_since(db: sqlite_utils.Database, used: Used, moment: str) -> bool:
    """Whether somebody has done the same since a moment."""
    wanted = [used.recording, moment, used.who, used.what]
    sql = "SELECT 1 FROM recording_uses WHERE recording = ? AND at >= ? AND who = ? AND what = ?"
    return db.execute(f"{sql} LIMIT 1", wanted).fetchone() is not None


def uses(db: sqlite_utils.Database, number: int | None = None, limit: int = 10_000) -> list[Used]:
    """Return what was done with a recording, or with all of them; the oldest first."""
    where, values = ("TRUE", []) if number is None else ("recording = ?", [number])
    rows = db.execute(
        f"SELECT recording, call, at, who, what FROM recording_uses WHERE {where} "
        "ORDER BY id DESC LIMIT ?",
        [*values, limit],
    )
    found = [Used(one, call, at, who, Use(what)) for one, call, at, who, what in rows.fetchall()]
    return found[::-1]


def uses_before(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    """Delete what was done before a moment; see ``expiry.Expiring``."""
    return in_batches(_delete, data, moment, dry_run)


def _delete(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return delete_some(db, "recording_uses", "at < ?", [times.stored(moment)], limit)
