"""Tables of what becomes of calls to users: state of the line, which no file replaces."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.schema import exchange

reaching = Migrations("reaching")

_TABLES = (
    """
    CREATE TABLE handlings (
        user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        dnd INTEGER NOT NULL DEFAULT 0 CHECK (dnd IN (0, 1)),
        follow TEXT NOT NULL DEFAULT 'together'
            CHECK (follow IN ('together', 'in-turn', 'never')),
        seconds INTEGER NOT NULL DEFAULT 20 CHECK (seconds > 0)
    ) STRICT
    """,
    """
    CREATE TABLE forwards (
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        occasion TEXT NOT NULL CHECK (occasion IN ('always', 'busy', 'no-answer', 'unreachable')),
        party_id INTEGER REFERENCES parties (id) ON DELETE CASCADE,
        number TEXT CHECK (number GLOB '+[1-9]*'),
        seconds INTEGER NOT NULL CHECK (seconds > 0),
        in_groups INTEGER NOT NULL CHECK (in_groups IN (0, 1)),
        PRIMARY KEY (user_id, occasion),
        CHECK ((party_id IS NULL) <> (number IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX forwards_by_party ON forwards (party_id)",
    # Phones that have said nothing to several calls in a row, until they answer one.
    """
    CREATE TABLE silent_phones (
        phone_id INTEGER NOT NULL REFERENCES phones (id) ON DELETE CASCADE,
        contact TEXT NOT NULL,
        since TEXT NOT NULL,         -- UTC, ISO 8601 with offset
        PRIMARY KEY (phone_id, contact)
    ) STRICT, WITHOUT ROWID
    """,
)


@reaching()
def handlings_and_silence(db: sqlite_utils.Database) -> None:
    """Make the first tables."""
    exchange.apply(db)  # handlings are those of users
    for statement in _TABLES:
        db.execute(statement)
