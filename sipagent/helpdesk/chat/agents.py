"""Which agents are there: those whose desk is open, and who have not said that they are away."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times

#: Seconds for which an agent is there whose desk was open: a page that is loaded anew, or a panel
#: that is started again, makes nobody absent.
LINGERING = 30


class Agents:
    """Agents of a database, by their names in the panel; what writes is within a transaction.

    Args:
        db: with the tables of ``schema``.
    """

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def seen(self, names: Iterable[str], now: datetime) -> None:
        """Note that the desks of agents are open."""
        self._db.conn.executemany(
            "INSERT INTO chat_agents (name, away, seen) VALUES (?, 0, ?) "
            "ON CONFLICT (name) DO UPDATE SET seen = excluded.seen",
            [(name, times.stored(now)) for name in names],
        )

    def be(self, name: str, now: datetime, *, away: bool) -> None:
        """Note that an agent goes away from the open desk, or has come back."""
        self.seen([name], now)
        self._db.execute("UPDATE chat_agents SET away = ? WHERE name = ?", [away, name])

    def away(self, name: str) -> bool:
        """Whether an agent has said that they are away."""
        row = self._db.execute("SELECT away FROM chat_agents WHERE name = ?", [name]).fetchone()
        return bool(row and row[0])

    def there(self, now: datetime) -> list[str]:
        """Return who is there, by name."""
        since = times.stored(now - timedelta(seconds=LINGERING))
        rows = self._db.execute(
            "SELECT name FROM chat_agents WHERE away = 0 AND seen > ? ORDER BY name", [since]
        )
        return [name for (name,) in rows.fetchall()]
