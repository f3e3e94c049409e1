"""Failed logins: streaks of failures that make a caller wait, kept across restarts.

A streak belongs to a calling number or to a login, and apart for callers whose number the
network vouches for and for those that merely claim it. It is locked for a time that doubles
with each failure, and forgotten when it has been left alone for ``longest_wait`` after that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.config import LoginSection

#: More streaks than this are not kept, however many numbers somebody makes up.
MOST_STREAKS = 100_000
_CLEAN_EVERY = 500
_CLOCK_ERROR = timedelta(minutes=1)

_READ = """
SELECT failures, failed_at FROM login_failures WHERE kind = ? AND value = ? AND asserted = ?
"""
_WRITE = "INSERT OR REPLACE INTO login_failures VALUES (?, ?, ?, ?, ?)"
_FORGET = "DELETE FROM login_failures WHERE kind = ? AND value = ? AND asserted = ?"
_EXPIRE = "DELETE FROM login_failures WHERE failed_at <= ?"
# Numbers that failed once go first: a flood of invented ones never washes a long streak away.
_CROP = """
DELETE FROM login_failures WHERE (kind, value, asserted) IN (
    SELECT kind, value, asserted FROM login_failures ORDER BY failures, failed_at
    LIMIT max(0, (SELECT count(*) FROM login_failures) - ?)
)
"""


class Kind(StrEnum):
    """What a streak is counted for."""

    NUMBER = "number"
    LOGIN = "login"
    #: Wrong PINs, from a number and for a login.
    PIN_NUMBER = "pin-number"
    PIN_LOGIN = "pin-login"


@dataclass(frozen=True, slots=True)
class Source:
    """Whose failures are counted: a number or a login, and how well the caller is known."""

    kind: Kind
    value: str
    asserted: bool

    @property
    def key(self) -> tuple[str, str, int]:
        """The primary key of its row."""
        return self.kind.value, self.value, int(self.asserted)


@dataclass(frozen=True, slots=True)
class Streak:
    """Whose failures have locked them out, until when."""

    source: Source
    failures: int
    until: datetime


class Lockout:
    """What streaks come to. Call what changes them inside a write transaction."""

    def __init__(self, settings: LoginSection) -> None:
        self._counted = 0
        self.use(settings)

    def use(self, settings: LoginSection) -> None:
        """Let callers err as often as other settings say; from any thread."""
        self._settings = settings
        self._longest = timedelta(seconds=settings.longest_wait)

    def wait(self, db: sqlite_utils.Database, source: Source, now: datetime) -> timedelta | None:
        """Return how much longer ``source`` has to wait; None where it is free."""
        streak = self._streak(db, source, now)
        if streak is None:
            return None
        failures, failed_at = streak
        left = failed_at + self._lock(failures) - now
        return left if left > timedelta(0) else None

    def count(self, db: sqlite_utils.Database, source: Source, now: datetime) -> timedelta | None:
        """Add a failure, and return the wait that it starts; None where there is none yet."""
        streak = self._streak(db, source, now)
        failures = 1 if streak is None else streak[0] + 1
        db.execute(_WRITE, (*source.key, failures, _text(now)))
        self._counted += 1
        if self._counted % _CLEAN_EVERY == 1:
            self.clean(db, now)
        return self._lock(failures) or None

    def remembers(self, db: sqlite_utils.Database, source: Source) -> bool:
        """Return whether there is a streak to forget, over or not."""
        return db.execute(_READ, source.key).fetchone() is not None

    def forget(self, db: sqlite_utils.Database, *sources: Source) -> None:
        """End streaks."""
        for source in sources:
            db.execute(_FORGET, source.key)

    def clean(self, db: sqlite_utils.Database, now: datetime) -> None:
        """Drop streaks that are surely over, and the shortest ones beyond ``MOST_STREAKS``."""
        db.execute(_EXPIRE, [_text(now - 2 * self._longest)])
        db.execute(_CROP, [MOST_STREAKS])

    def locked(
        self,
        db: sqlite_utils.Database,
        now: datetime,
        whose: str = "1",
        values: Sequence[object] = (),
    ) -> Iterator[Streak]:
        """Yield who has to wait now, those who failed last first.

        Args:
            db: the database.
            now: the time.
            whose: SQL that limits ``login_failures`` to some of its rows.
            values: of the marks in it.
        """
        rows = db.execute(
            "SELECT kind, value, asserted, failures FROM login_failures "
            f"WHERE failed_at > ? AND ({whose}) ORDER BY failed_at DESC",
            [_text(now - 2 * self._longest), *values],
        )
        for kind, value, asserted, failures in rows.fetchall():
            source = Source(Kind(kind), value, bool(asserted))
            if wait := self.wait(db, source, now):
                yield Streak(source, failures, now + wait)

    def _streak(
        self, db: sqlite_utils.Database, source: Source, now: datetime
    ) -> tuple[int, datetime] | None:
        row = db.execute(_READ, source.key).fetchone()
        if row is None:
            return None
        failures, failed_at = row[0], datetime.fromisoformat(row[1])
        # Failures of the future are a clock's error, and not held against anybody.
        if failed_at > now + _CLOCK_ERROR:
            return None
        if now >= failed_at + self._lock(failures) + self._longest:
            return None
        return failures, failed_at

    def _lock(self, failures: int) -> timedelta:
        return timedelta(seconds=self._settings.wait_after(failures))


def pardon(db: sqlite_utils.Database, kind: Kind, value: str) -> None:
    """Forget the streaks of a value, however well its callers were known."""
    db.execute("DELETE FROM login_failures WHERE kind = ? AND value = ?", [kind.value, value])


def _text(moment: datetime) -> str:
    return times.stored(moment, "microseconds")
