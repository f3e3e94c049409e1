"""Table of the calls that were ordered."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

ordered = Migrations("ordered")


@ordered()
def ordered_calls(db: sqlite_utils.Database) -> None:
    """Make the table."""
    db.execute(
        """
        CREATE TABLE ordered_calls (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,            -- UTC, ISO 8601 with offset, as all times here
            way TEXT NOT NULL CHECK (way IN ('call', 'text', 'command')),
            user TEXT NOT NULL,          -- name of the user who has ordered it
            number TEXT NOT NULL,        -- authorised number that it was ordered from, or empty
            person TEXT NOT NULL,        -- who is called first: a number, or as user:NAME
            target TEXT NOT NULL,        -- who is called then
            shown TEXT NOT NULL,         -- number that the target sees, empty: the user's
            state TEXT NOT NULL CHECK (state IN ('waiting', 'begun', 'over')),
            ended TEXT,
            outcome TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute("CREATE INDEX ordered_calls_open ON ordered_calls (id) WHERE state <> 'over'")
    db.execute("CREATE INDEX ordered_calls_by_time ON ordered_calls (at)")


@ordered()
def keys_of_orders(db: sqlite_utils.Database) -> None:
    """Order what comes twice, such as a text that was read again after a crash, once."""
    db.execute("ALTER TABLE ordered_calls ADD COLUMN key TEXT")  # NULL: it cannot come twice
    db.execute("CREATE UNIQUE INDEX ordered_calls_by_key ON ordered_calls (key)")
