"""Tables of the outbox."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

messages = Migrations("messages")


@messages()
def outbox(db: sqlite_utils.Database) -> None:
    """Messages, each to one address; attachments lie as files beside the database."""
    db.execute(
        """
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            state TEXT NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'sent', 'refused', 'given-up')),
            created TEXT NOT NULL,
            kind TEXT NOT NULL,
            owner TEXT NOT NULL,            -- login, empty where no owner causes it
            manager INTEGER,
            call TEXT NOT NULL,
            recipient TEXT NOT NULL,
            subject TEXT NOT NULL,
            message_id TEXT NOT NULL UNIQUE,
            file TEXT NOT NULL,             -- the whole e-mail, in paths.outbox
            attempts INTEGER NOT NULL DEFAULT 0,
            next_attempt TEXT NOT NULL,
            last_error TEXT NOT NULL DEFAULT '',
            done TEXT                       -- when it was sent, refused or given up
        ) STRICT
        """
    )
    db.execute("CREATE INDEX outbox_due ON outbox (next_attempt) WHERE state = 'waiting'")
    db.execute("CREATE INDEX outbox_of_owner ON outbox (owner, created) WHERE owner <> ''")


@messages()
def outbox_place(db: sqlite_utils.Database) -> None:
    """Where a message went, and when an operator had it tried again."""
    db.execute("ALTER TABLE outbox ADD COLUMN place TEXT NOT NULL DEFAULT ''")
    # From here on ``mail.give_up`` counts anew.
    db.execute("ALTER TABLE outbox ADD COLUMN asked TEXT")


@messages()
def outbox_done(db: sqlite_utils.Database) -> None:
    """Find what was done long ago without reading everything."""
    db.execute("CREATE INDEX outbox_done ON outbox (done) WHERE done IS NOT NULL")


@messages()
def outbox_medium(db: sqlite_utils.Database) -> None:
    """Keep texts beside e-mails: how each message leaves."""
    db.execute(
        "ALTER TABLE outbox ADD COLUMN medium TEXT NOT NULL DEFAULT 'mail' "
        "CHECK (medium IN ('mail', 'text'))"
    )


@messages()
def outbox_of_manager(db: sqlite_utils.Database) -> None:
    """List those of a manager."""
    db.execute("CREATE INDEX outbox_of_manager ON outbox (manager, id) WHERE manager IS NOT NULL")


@messages()
def outbox_webhooks(db: sqlite_utils.Database) -> None:
    """Keep what webhooks carry as well: the table is made anew, for its rule of media grows."""
    (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'outbox'").fetchone()
    indexes = db.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'outbox' "
        "AND sql IS NOT NULL"
    ).fetchall()
    wider = made.replace("('mail', 'text')", "('mail', 'text', 'webhook')")
    db.execute(wider.replace("outbox", "outbox_anew", 1))
    db.execute("INSERT INTO outbox_anew SELECT * FROM outbox")
    db.execute("DROP TABLE outbox")
    db.execute("ALTER TABLE outbox_anew RENAME TO outbox")
    for (index,) in indexes:
        db.execute(index)
