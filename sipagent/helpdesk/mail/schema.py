"""Tables of mail that comes in: what each mail has become, and how far a mailbox was read."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

mail_in = Migrations("helpdesk-mail")


@mail_in()
def mails(db: sqlite_utils.Database) -> None:
    """Mails, each once; those of a ticket go with it."""
    db.execute(
        """
        CREATE TABLE helpdesk_mails (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,      -- Message-ID, or a hash of the mail
            fingerprint TEXT NOT NULL,
            at TEXT NOT NULL,
            sender TEXT NOT NULL,          -- address in lower case
            outcome TEXT NOT NULL
                CHECK (outcome IN ('opened', 'replied', 'noted', 'ignored', 'held', 'confirmed')),
            ticket INTEGER,                -- its number
            rest TEXT NOT NULL DEFAULT '', -- history and signature, which the ticket does without
            unconfirmed INTEGER NOT NULL DEFAULT 0 CHECK (unconfirmed IN (0, 1))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX helpdesk_mails_of_sender ON helpdesk_mails (sender, at)")
    db.execute("CREATE INDEX helpdesk_mails_of_ticket ON helpdesk_mails (ticket)")
    db.execute("CREATE INDEX helpdesk_mails_unconfirmed ON helpdesk_mails (id) WHERE unconfirmed")
    db.execute("CREATE INDEX helpdesk_mails_by_time ON helpdesk_mails (at) WHERE ticket IS NULL")
    db.execute(
        """
        CREATE TRIGGER helpdesk_mails_go AFTER DELETE ON tickets BEGIN
            DELETE FROM helpdesk_mails WHERE ticket = OLD.number;
        END
        """
    )
    db.execute(
        """
        CREATE TABLE helpdesk_mailboxes (
            name TEXT PRIMARY KEY,
            validity INTEGER NOT NULL,     -- UIDVALIDITY (RFC 9051, section 2.3.1.1)
            first INTEGER NOT NULL,        -- the last UID that was there before us
            reached INTEGER NOT NULL       -- the last UID that was dealt with
        ) STRICT, WITHOUT ROWID
        """
    )
