"""Tables of the API: its tokens, and the answers that were given under a key."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.infoline.schema import infoline

api = Migrations("api")


@api()
def tokens(db: sqlite_utils.Database) -> None:
    """Who may ask, and what was answered to those who may ask again."""
    infoline.apply(db)  # tokens may be for the owners of one manager
    db.execute(
        """
        CREATE TABLE api_tokens (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            hash TEXT NOT NULL UNIQUE,   -- SHA-256 of what was given out
            scopes TEXT NOT NULL,        -- parted by spaces
            manager_id INTEGER REFERENCES managers (id) ON DELETE CASCADE,
            created TEXT NOT NULL,       -- UTC, ISO 8601 with offset, as all times here
            until TEXT NOT NULL,
            used TEXT                    -- the last time, to the minute
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE api_answers (
            token_id INTEGER NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
            key TEXT NOT NULL,           -- Idempotency-Key
            digest TEXT NOT NULL,        -- SHA-256 of what was asked
            process TEXT NOT NULL,       -- which process has begun to answer
            at TEXT NOT NULL,
            status INTEGER,              -- NULL: it is not answered yet
            body BLOB,
            PRIMARY KEY (token_id, key)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX api_answers_by_time ON api_answers (at)")
