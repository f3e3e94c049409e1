"""Tables of the owners' page: which owners are in."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

owners_page = Migrations("owners-page")


@owners_page()
def sessions(db: sqlite_utils.Database) -> None:
    """Make the table of sessions, which go with their owner."""
    db.execute(
        """
        CREATE TABLE owner_sessions (
            id TEXT PRIMARY KEY,         -- SHA-256 of what the browser keeps
            owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
            began TEXT NOT NULL,         -- UTC, ISO 8601 with offset, as all times here
            seen TEXT NOT NULL,
            address TEXT NOT NULL,
            browser TEXT NOT NULL,
            language TEXT NOT NULL,      -- pl, en
            size TEXT NOT NULL           -- of letters: normal, large, largest
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX owner_sessions_of ON owner_sessions (owner_id)")
