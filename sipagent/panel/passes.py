"""What lets somebody in once: the link to choose a password, a code that was sent by e-mail.

Only hashes are kept. Both come from a random source wide enough that a plain SHA-256 will do; a
code is short, and so holds for minutes and a few tries, which the lock-out counts.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

import sqlite_utils

from sipagent import times


class Pass(StrEnum):
    """What was given out."""

    LINK = "link"
    CODE = "code"


def give(db: sqlite_utils.Database, kind: Pass, person: int, secret: str, until: datetime) -> None:
    """Keep what was given to somebody, in place of an earlier one; within a transaction."""
    db.execute(
        "INSERT OR REPLACE INTO panel_tickets (kind, person_id, hash, until) VALUES (?, ?, ?, ?)",
        [kind.value, person, digest(secret), times.stored(until)],
    )


def holder(db: sqlite_utils.Database, kind: Pass, secret: str, now: datetime) -> int | None:
    """Return the id of whom something was given to; None: to nobody, or it holds no longer."""
    row = db.execute(
        "SELECT person_id FROM panel_tickets WHERE kind = ? AND hash = ? AND until > ?",
        [kind.value, digest(secret), times.stored(now)],
    ).fetchone()
    return row[0] if row else None


def tear(db: sqlite_utils.Database, kind: Pass, person: int) -> None:
    """Forget what was given to somebody; within a transaction."""
    db.execute("DELETE FROM panel_tickets WHERE kind = ? AND person_id = ?", [kind.value, person])


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
