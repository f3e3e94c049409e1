"""The table of notices, and the triggers that make them."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.tickets.schema import tickets

notices = Migrations("helpdesk-notices")


@notices()
def notices_of_answers(db: sqlite_utils.Database) -> None:
    """Note each answer in the transaction that adds it, whichever program does.

    Only who can come in somewhere is told: owners, and people of the panel.
    """
    tickets.apply(db)
    db.execute(
        """
        CREATE TABLE helpdesk_notices (
            entry INTEGER PRIMARY KEY REFERENCES ticket_entries (id) ON DELETE CASCADE,
            ticket INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
            later TEXT,                  -- UTC, ISO 8601 with offset: not shown before
            deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
            opened TEXT                  -- when the answer was looked at
        ) STRICT
        """
    )
    db.execute("CREATE INDEX notices_of_ticket ON helpdesk_notices (ticket)")
    db.execute("CREATE INDEX notices_later ON helpdesk_notices (later) WHERE later IS NOT NULL")
    # One row, which grows with each change: who looks on sees by it whether to read again.
    db.execute(
        """
        CREATE TABLE helpdesk_notices_version (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            version INTEGER NOT NULL
        ) STRICT
        """
    )
    db.execute("INSERT INTO helpdesk_notices_version VALUES (1, 0)")
    for change in ("INSERT", "UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER notices_{change.lower()} AFTER {change} ON helpdesk_notices BEGIN "
            "UPDATE helpdesk_notices_version SET version = version + 1; END"
        )
    db.execute(
        """
        CREATE TRIGGER notice_of_answer AFTER INSERT ON ticket_entries
        WHEN NEW.kind = 'answer' BEGIN
            INSERT INTO helpdesk_notices (entry, ticket)
            SELECT NEW.id, NEW.ticket FROM tickets
            WHERE id = NEW.ticket AND kind IN ('owner', 'user');
        END
        """
    )
