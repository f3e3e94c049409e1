"""Notices: what a manager tells the owners of all estates, or of one, on certain days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.managing import office
from sipagent.infoline.model import Owner
from sipagent.store.database import writing

#: Longest notice in characters: a caller hears half a minute of it.
LONGEST = 400

_SELECT = """
SELECT notices.id, managers.code, estates.code, notices.text, notices.english,
       notices.first_day, notices.last_day
FROM notices
JOIN managers ON managers.id = notices.manager_id
LEFT JOIN estates ON estates.id = notices.estate_id
"""
_SAME = (
    "manager_id = ? AND estate_id IS ? AND text = ? AND english = ? "
    "AND first_day = ? AND last_day = ?"
)
_INSERT = (
    "INSERT INTO notices (manager_id, estate_id, text, english, first_day, last_day) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_ORDER = "ORDER BY notices.first_day, notices.id"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said, to whom, and from which day to which, both included.

    ``estate`` is its code, empty for all estates of the manager; ``english`` is empty where
    callers in English hear the Polish text.
    """

    id: int
    manager: str
    estate: str
    text: str
    english: str
    first_day: date
    last_day: date


class Notices:
    """The notices in the database."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def told(self, owner: Owner, today: date) -> list[Notice]:
        """Return what an owner is told today, the oldest first."""
        return self._select(
            "WHERE notices.manager_id = ? AND ifnull(notices.estate_id, ?) = ? "
            "AND ? BETWEEN notices.first_day AND notices.last_day",
            [owner.manager.id, owner.estate.id, owner.estate.id, today.isoformat()],
        )

    def listed(self, since: date | None = None) -> list[Notice]:
        """Return all notices, or those that are still told on a day or after it."""
        if since is None:
            return self._select("", [])
        return self._select("WHERE notices.last_day >= ?", [since.isoformat()])

    def add(
        self,
        manager: str,
        text: str,
        first_day: date,
        last_day: date,
        *,
        estate: str = "",
        english: str = "",
    ) -> Notice:
        """Keep a notice; one that is there already stays as it is.

        Args:
            manager: its code.
            text: in Polish, at most ``LONGEST`` characters.
            first_day: when it is told for the first time.
            last_day: when it is told for the last time.
            estate: code of the only estate that it is for.
            english: the same in English.

        Raises:
            DataError: there is no such manager or estate, a text is empty or too long, or the
                days are the wrong way round.
        """
        clean, translated = _text(text, "text"), _text(english, "english") if english else ""
        if last_day < first_day:
            raise DataError(f"the notice ends on {last_day}, before it begins on {first_day}")
        days = (first_day.isoformat(), last_day.isoformat())
        with writing(self._db):
            found = office(self._db, manager)
            place = found.estate(estate).id if estate else None
            row = (found.manager.id, place, clean, translated, *days)
            there = self._db.execute(f"SELECT id FROM notices WHERE {_SAME}", row).fetchone()
            key = there or self._db.execute(f"{_INSERT} RETURNING id", row).fetchone()
            return self._select("WHERE notices.id = ?", key)[0]

    def remove(self, notice: int) -> None:
        """Take a notice away.

        Raises:
            DataError: there is none with that number.
        """
        with writing(self._db):
            if not self._db.execute("DELETE FROM notices WHERE id = ?", [notice]).rowcount:
                raise DataError(f"there is no notice {notice}; see: sipagent notices list --all")

    def _select(self, where: str, values: Sequence[object]) -> list[Notice]:
        rows = self._db.execute(f"{_SELECT} {where} {_ORDER}", values).fetchall()
        return [
            Notice(
                key,
                manager,
                estate or "",
                text,
                english,
                date.fromisoformat(first),
                date.fromisoformat(last),
            )
            for key, manager, estate, text, english, first, last in rows
        ]


def _text(text: str, what: str) -> str:
    clean = " ".join(text.split())
    if not any(map(str.isalnum, clean)):
        raise DataError(f"{what}: the notice says nothing")
    if len(clean) > LONGEST:
        raise DataError(
            f"{what}: the notice has {len(clean)} characters; callers listen to {LONGEST} at most"
        )
    return clean
