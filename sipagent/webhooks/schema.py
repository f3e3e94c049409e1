"""Tables of webhooks: who is told, and what has happened that nobody was told of yet."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.messages.schema import messages
from sipagent.records.schema import records

webhooks = Migrations("webhooks")


@webhooks()
def hooks_and_happenings(db: sqlite_utils.Database) -> None:
    """Make the tables; what happens to calls is noted by triggers, whichever program writes."""
    messages.apply(db)  # what is told leaves by the outbox
    records.apply(db)
    db.execute(
        """
        CREATE TABLE webhooks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,  -- names what is told: never given twice
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            url TEXT NOT NULL,
            kinds TEXT NOT NULL,         -- parted by spaces
            manager INTEGER,             -- id of the manager whose owners it is for; NULL: all
            secret TEXT NOT NULL,        -- whsec_ and base64: signs
            created TEXT NOT NULL        -- UTC, ISO 8601 with offset, as all times here
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE happenings (
            id INTEGER PRIMARY KEY,
            -- By lot: a number would be given again by a backup that is put back.
            key TEXT NOT NULL DEFAULT (lower(hex(randomblob(16)))),
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,       -- what it has happened to
            at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00'))
        ) STRICT
        """
    )
    db.execute(
        noting("call_begun", "INSERT ON calls", "'call.started'", "NEW.id", "NEW.ended IS NULL")
    )
    db.execute(
        noting("call_refused", "INSERT ON calls", "'call.ended'", "NEW.id", "NEW.ended NOT NULL")
    )
    db.execute(
        noting(
            "call_over",
            "UPDATE OF ended ON calls",
            "'call.ended'",
            "NEW.id",
            "NEW.ended NOT NULL AND OLD.ended IS NULL",
        )
    )


def noting(name: str, after: str, kind: str, subject: str, when: str) -> str:
    """Return the statement that makes a trigger, which notes that something has happened.

    Whatever program changes the row, what has happened is noted with it, or neither is. As long
    as nobody is to be told, nothing is.

    Args:
        name: of the trigger.
        after: the change, such as ``INSERT ON calls``.
        kind: SQL of what has happened.
        subject: SQL of what it has happened to.
        when: SQL of the condition.
    """
    return (
        f"CREATE TRIGGER happening_{name} AFTER {after} WHEN {when} BEGIN "
        f"INSERT INTO happenings (kind, subject) SELECT {kind}, {subject} "
        "WHERE EXISTS (SELECT 1 FROM webhooks); END"
    )
