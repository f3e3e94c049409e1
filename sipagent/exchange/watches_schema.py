"""Migrations of the table of what phones watch."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

watches = Migrations("watches")


@watches()
def of_phones(db: sqlite_utils.Database) -> None:
    """Make the table."""
    db.execute(
        """
        CREATE TABLE watches (
            tag TEXT PRIMARY KEY,        -- ours in the dialog
            phone_id INTEGER NOT NULL REFERENCES phones (id) ON DELETE CASCADE,
            package TEXT NOT NULL,
            whom TEXT NOT NULL,          -- what is dialled; of messages, an account
            event TEXT NOT NULL,
            entity TEXT NOT NULL,
            dialog TEXT NOT NULL,        -- JSON: names and values of header fields
            contact TEXT NOT NULL,
            target TEXT NOT NULL,
            source TEXT NOT NULL,
            transport TEXT NOT NULL,
            cseq INTEGER NOT NULL,
            expires TEXT NOT NULL        -- UTC, ISO 8601 with offset
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX watches_of_phone ON watches (phone_id)")
