"""Who has guessed wrong so often that they have to wait, as far as it concerns somebody."""

import itertools
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from sipagent.access.lockout import Kind, Lockout, Streak, pardon
from sipagent.errors import DataError
from sipagent.store.database import writing

_MINE = """
value IN (SELECT login FROM owners WHERE manager_id = ?)
OR value IN (SELECT number FROM owner_phones WHERE manager_id = ?)
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A streak of failures, and whose login or number it is; no owners: nobody's."""

    streak: Streak
    owners: tuple[tuple[str, str], ...]


def locked(
    db: sqlite_utils.Database, lockout: Lockout, now: datetime, manager: int | None, limit: int
) -> list[Locked]:
    """Return who has to wait now, so many at the most, those who failed last first.

    Args:
        db: with the migrations of the infoline.
        lockout: knows how long somebody waits.
        now: the time, with its offset.
        manager: id of the manager whose owners they are; None: everybody.
        limit: how many at the most.
    """
    whose, values = ("1", []) if manager is None else (_MINE, [manager, manager])
    streaks = itertools.islice(lockout.locked(db, now, whose, values), limit)
    return [Locked(one, _owners(db, one.source.value, manager)) for one in streaks]


def lift(db: sqlite_utils.Database, kind: Kind, value: str, manager: int | None) -> None:
    """Let a login or a number be tried again at once.

    Raises:
        DataError: it is not one of the manager's owners.
    """
    with writing(db):
        if manager is not None and not _owners(db, value, manager):
            raise DataError(f"no owner of this manager has {value!r}")
        pardon(db, kind, value)


def _owners(
    db: sqlite_utils.Database, value: str, manager: int | None
) -> tuple[tuple[str, str], ...]:
    """Return login and name of those whose login or number something is."""
    rows = db.execute(
        "SELECT login, name FROM owners WHERE (? IS NULL OR manager_id = ?) AND (login = ? "
        "OR id IN (SELECT owner_id FROM owner_phones WHERE number = ?)) ORDER BY login LIMIT 5",
        [manager, manager, value, value],
    )
    return tuple((login, name) for login, name in rows.fetchall())
