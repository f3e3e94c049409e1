"""Keeping what would end each call that goes on; ``telephony.farewell.Farewells`` fits."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.store.store import Store

farewells = Migrations("farewells")


@farewells()
def of_calls(db: sqlite_utils.Database) -> None:
    """Make the table: its rows go with their calls, and are left by a run that has died."""
    db.execute(
        """
        CREATE TABLE farewells (
            sip_id TEXT PRIMARY KEY,     -- Call-ID
            text TEXT NOT NULL           -- a message of SIP, without credentials
        ) STRICT, WITHOUT ROWID
        """
    )


class StoredFarewells:
    """Farewells in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self) -> dict[str, str]:
        """Return those of an earlier run."""
        return await self._store.read(_load)

    def put(self, sip_id: str, text: str) -> None:
        """Keep one soon, in place of the one with its Call-ID."""
        self._store.post("INSERT OR REPLACE INTO farewells VALUES (?, ?)", (sip_id, text))

    def drop(self, sip_id: str) -> None:
        """Forget one soon; nothing happens where there is none."""
        self._store.post("DELETE FROM farewells WHERE sip_id = ?", (sip_id,))


def _load(db: sqlite_utils.Database) -> dict[str, str]:
    return dict(db.execute("SELECT sip_id, text FROM farewells").fetchall())
