"""Table of the texts that have come in."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.messages.schema import messages

texts = Migrations("texts")


@texts()
def incoming(db: sqlite_utils.Database) -> None:
    """Keep what has come, each once, until somebody has dealt with it and for some time after."""
    messages.apply(db)  # those that leave are in the outbox
    db.execute(
        """
        CREATE TABLE incoming_texts (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,    -- what sent it calls it: a repetition has the same
            at TEXT NOT NULL,            -- UTC, ISO 8601 with offset, as all times here
            sender TEXT NOT NULL,        -- E.164, as whoever sent it claims
            recipient TEXT NOT NULL,
            body TEXT NOT NULL,
            done TEXT                    -- when somebody has dealt with it
        ) STRICT
        """
    )
    db.execute("CREATE INDEX incoming_texts_open ON incoming_texts (id) WHERE done IS NULL")
    db.execute("CREATE INDEX incoming_texts_by_time ON incoming_texts (at)")
