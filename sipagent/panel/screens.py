"""Big screens on a wall: each has a link to the wallboard, and sees nothing else.

Nobody logs in at a screen. Whoever has the link sees counts and who is free, no caller; it holds
until it is taken away.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.panel.passes import digest
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen, and since when it has its link."""

    name: str
    made: str


def add(db: sqlite_utils.Database, name: str) -> str:
    """Give a screen a link, in place of an earlier one of that name; return its token."""
    token = secrets.token_urlsafe(24)
    values = [name, digest(token), times.stored(datetime.now(UTC), "seconds")]
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO panel_screens (name, hash, made) VALUES (?, ?, ?)", values
        )
    return token


def listed(db: sqlite_utils.Database) -> list[Screen]:
    """Return all, by their names."""
    rows = db.execute("SELECT name, made FROM panel_screens ORDER BY name").fetchall()
    return [Screen(*row) for row in rows]


def known(db: sqlite_utils.Database, token: str) -> bool:
    """Whether a screen has the link with a token."""
    found = db.execute("SELECT 1 FROM panel_screens WHERE hash = ?", [digest(token)])
    return found.fetchone() is not None


def remove(db: sqlite_utils.Database, name: str) -> None:
    """Take the link of a screen away.

    Raises:
        DataError: there is no such screen.
    """
    with writing(db):
        if not db.execute("DELETE FROM panel_screens WHERE name = ?", [name]).rowcount:
            raise DataError(f"there is no screen {name!r}; see: sipagent panel screen list")
