"""What people have done in the panel, as the record has it: reading what concerns something."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlite_utils


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody has done; ``details`` are what stands behind its subject."""

    at: str
    person: str
    what: str
    details: str


def concerning(
    db: sqlite_utils.Database, subject: str, kinds: Sequence[str], limit: int
) -> list[Deed]:
    """Return what was done about something, the latest first.

    Args:
        db: with the tables of the panel.
        subject: the first word of ``about``, such as a login.
        kinds: what may have been done.
        limit: how many at the most.
    """
    marks = ", ".join("?" * len(kinds))
    rows = db.execute(
        # Whatever follows a subject is parted from it by a space, which comes before all else.
        f"SELECT at, person, what, about FROM panel_deeds WHERE what IN ({marks}) "
        "AND about >= ? AND about < ? || '!' ORDER BY id DESC LIMIT ?",
        [*kinds, subject, subject, limit],
    )
    return [
        Deed(at, person, what, about.removeprefix(subject).strip())
        for at, person, what, about in rows.fetchall()
    ]
