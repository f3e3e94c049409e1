"""Table of those who are to be called into a room."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.schema import exchange

rooms = Migrations("rooms")


@rooms()
def room_invitations(db: sqlite_utils.Database) -> None:
    """Make the table; what is planned for a room goes with it."""
    exchange.apply(db)  # rooms are entries of it
    db.execute(
        """
        CREATE TABLE room_invitations (
            id INTEGER PRIMARY KEY,
            room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
            target TEXT NOT NULL,        -- who is called: a number, or as user:NAME
            user TEXT NOT NULL,          -- whose rights and limits count, or empty
            at TEXT NOT NULL,            -- UTC, ISO 8601 with offset, as all times here
            zone TEXT NOT NULL,          -- by whose clocks it was planned
            state TEXT NOT NULL CHECK (state IN ('planned', 'begun', 'over')),
            ended TEXT,
            outcome TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute("CREATE INDEX room_invitations_open ON room_invitations (at) WHERE state <> 'over'")
