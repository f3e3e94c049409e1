"""Greetings that somebody has spoken for a box, as they are kept."""

from dataclasses import dataclass

import sqlite_utils

from sipagent.exchange.voicemail.messages import box_id
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class SpokenGreeting:
    """A greeting: its id, and the name of its file in ``paths.recordings``."""

    id: int
    recording: str


def greeting_of(db: sqlite_utils.Database, box: str) -> str:
    """Return the file of the greeting that was spoken for a box; empty: none was."""
    row = db.execute(
        "SELECT recording FROM spoken_greetings JOIN parties ON parties.id = box_id "
        "WHERE kind = 'box' AND name = ?",
        [box],
    ).fetchone()
    return str(row[0]) if row else ""


def set_greeting(db: sqlite_utils.Database, box: str, recording: str) -> None:
    """Give a box another greeting; an empty one takes it away.

    Raises:
        DataError: there is no such box.
    """
    key = box_id(db, box)
    with writing(db):
        db.execute("DELETE FROM spoken_greetings WHERE box_id = ?", [key])
        if recording:
            db.execute(
                "INSERT INTO spoken_greetings (box_id, recording) VALUES (?, ?)", [key, recording]
            )


def left_over(db: sqlite_utils.Database, after: int, limit: int) -> list[SpokenGreeting]:
    """Return greetings whose box is gone, so many at the most, those after an id."""
    rows = db.execute(
        "SELECT id, recording FROM spoken_greetings WHERE box_id IS NULL AND id > ? "
        "ORDER BY id LIMIT ?",
        [after, limit],
    )
    return [SpokenGreeting(*row) for row in rows.fetchall()]


def forget(db: sqlite_utils.Database, greeting: SpokenGreeting) -> None:
    """Forget a greeting whose file is gone."""
    with writing(db):
        db.execute("DELETE FROM spoken_greetings WHERE id = ?", [greeting.id])
