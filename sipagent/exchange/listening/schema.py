"""The table of who has listened in on whom."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.records.schema import records

listening = Migrations("listening")


@listening()
def uses(db: sqlite_utils.Database) -> None:
    """A row for each time, and for each way in which somebody has listened."""
    records.apply(db)  # what a crash has cut off ends with the record of its call
    db.execute(
        """
        CREATE TABLE listens (
            id INTEGER PRIMARY KEY,
            listener TEXT NOT NULL,      -- name of the user
            whom TEXT NOT NULL,          -- who was listened to, as records show them
            call TEXT NOT NULL,          -- id of the record of the call that was heard
            by_call TEXT NOT NULL,       -- id of the record of the listener's own call
            mode TEXT NOT NULL CHECK (mode IN ('listen', 'whisper', 'barge')),
            began TEXT NOT NULL,
            ended TEXT                   -- NULL while it goes on
        ) STRICT
        """
    )
    db.execute("CREATE INDEX listens_by_age ON listens (began)")
    db.execute("CREATE INDEX listens_that_go_on ON listens (by_call) WHERE ended IS NULL")
