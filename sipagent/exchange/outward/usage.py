"""What users have used up today, kept over a restart."""

from collections import defaultdict
from datetime import date, datetime
from typing import Protocol

import sqlite_utils

from sipagent.exchange.outward.limits import Used
from sipagent.store.database import delete_some
from sipagent.store.store import Store

_LOAD = """
SELECT milliseconds, abroad, grosze FROM outward_usage JOIN parties ON parties.id = user_id
WHERE kind = 'user' AND name = ? AND day = ?
"""
# A user who was removed meanwhile has no row, and nothing is written.
_ADD = """
INSERT INTO outward_usage
SELECT id, ?, ?, ?, ? FROM parties WHERE kind = 'user' AND name = ?
ON CONFLICT (user_id, day) DO UPDATE SET milliseconds = milliseconds + excluded.milliseconds,
    abroad = abroad + excluded.abroad, grosze = grosze + excluded.grosze
"""


class Usage(Protocol):
    """Knows what users have used up in a day."""

    async def load(self, user: str, day: date) -> Used:
        """Return what a user has used up."""

    def add(self, user: str, day: date, used: Used) -> None:
        """Count more, and do not wait."""


class StoredUsage:
    """In the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self, user: str, day: date) -> Used:
        """See Usage."""
        return await self._store.read(lambda db: used_on(db, user, day))

    def add(self, user: str, day: date, used: Used) -> None:
        """See Usage."""
        self._store.post(_ADD, (day.isoformat(), *used, user))


class ForgottenUsage:
    """In memory, for who keeps nothing: the simulator and tests."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, date], Used] = defaultdict(Used)

    async def load(self, user: str, day: date) -> Used:
        """See Usage."""
        return self._used[user, day]

    def add(self, user: str, day: date, used: Used) -> None:
        """See Usage."""
        self._used[user, day] = self._used[user, day].and_(used)


def used_on(db: sqlite_utils.Database, user: str, day: date) -> Used:
    """Return what a user has used up in a day."""
    row = db.execute(_LOAD, [user, day.isoformat()]).fetchone()
    return Used(*row) if row else Used()


def delete_usage(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete what was used on days before a moment; see ``store.database.delete_some``."""
    return delete_some(db, "outward_usage", "day < ?", [moment.date().isoformat()], limit)
