"""Greetings that somebody has spoken for a box, as they are kept.

A greeting is a row before its first word, without a box until it is kept: what a crash leaves is
found and deleted with the greetings of boxes that are gone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.exchange.voicemail.messages import box_id
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class SpokenGreeting:
    """A greeting: its id, and the name of its file in ``paths.recordings``."""

    id: int
    recording: str


def begin(db: sqlite_utils.Database, recording: str) -> None:
    """Note that a greeting is about to be spoken."""
    now = times.stored(datetime.now(UTC), "seconds")
    with writing(db):
        db.execute(
            "INSERT INTO spoken_greetings (created, recording) VALUES (?, ?)", [now, recording]
        )


def greeting_of(db: sqlite_utils.Database, box: str) -> str:
    """Return the file of the greeting that was spoken for a box; empty: none was."""
    row = db.execute(
        "SELECT recording FROM spoken_greetings JOIN parties ON parties.id = box_id "
        "WHERE kind = 'box' AND name = ?",
        [box],
    ).fetchone()
    return str(row[0]) if row else ""


def set_greeting(db: sqlite_utils.Database, box: str, recording: str) -> None:
    """Give a box a greeting that was begun; an empty one takes away what it has.

    Raises:
        DataError: there is no such box.
    """
    key = box_id(db, box)
    with writing(db):
        db.execute("UPDATE spoken_greetings SET box_id = NULL WHERE box_id = ?", [key])
        db.execute("UPDATE spoken_greetings SET box_id = ? WHERE recording = ?", [key, recording])


def left_over(
    db: sqlite_utils.Database, moment: datetime, after: int, limit: int
) -> list[SpokenGreeting]:
    """Return greetings of no box from before a moment, so many at the most, those after an id."""
    rows = db.execute(
        "SELECT id, recording FROM spoken_greetings WHERE box_id IS NULL AND created < ? "
        "AND id > ? ORDER BY id LIMIT ?",
        [times.stored(moment, "seconds"), after, limit],
    )
    return [SpokenGreeting(*row) for row in rows.fetchall()]


def forget(db: sqlite_utils.Database, recording: str) -> None:
    """Forget a greeting whose file is gone."""
    with writing(db):
        db.execute("DELETE FROM spoken_greetings WHERE recording = ?", [recording])
