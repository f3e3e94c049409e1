"""Tables of PINs and of what callers have guessed wrong."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

access = Migrations("access")


@access()
def failures(db: sqlite_utils.Database) -> None:
    """Streaks of failures, and the wrong PINs of everybody within the last hour.

    An older database has both from steps of the infoline, the first with fewer kinds perhaps:
    SQLite cannot change a CHECK, so it is made anew.
    """
    earlier = db["login_failures"].exists()
    if earlier:
        db.execute("ALTER TABLE login_failures RENAME TO login_failures_before")
        db.execute("DROP INDEX login_failures_by_age")
    db.execute(
        """
        CREATE TABLE login_failures (
            kind TEXT NOT NULL CHECK (kind IN ('number', 'login', 'pin-number', 'pin-login')),
            value TEXT NOT NULL,
            asserted INTEGER NOT NULL CHECK (asserted IN (0, 1)),
            failures INTEGER NOT NULL,
            failed_at TEXT NOT NULL,
            PRIMARY KEY (kind, value, asserted)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX login_failures_by_age ON login_failures (failed_at)")
    if earlier:
        db.execute("INSERT INTO login_failures SELECT * FROM login_failures_before")
        db.execute("DROP TABLE login_failures_before")
    db.execute("CREATE TABLE IF NOT EXISTS pin_failures (at TEXT NOT NULL) STRICT")
    db.execute("CREATE INDEX IF NOT EXISTS pin_failures_by_time ON pin_failures (at)")


@access()
def pins(db: sqlite_utils.Database) -> None:
    """PINs; whose each is, only the domain knows that wrote its subject."""
    db.execute(
        """
        CREATE TABLE pins (
            subject TEXT PRIMARY KEY,
            hash TEXT NOT NULL,          -- argon2id, in its own notation
            changed_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
