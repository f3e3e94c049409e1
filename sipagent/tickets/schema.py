"""Tables of tickets: what is asked, what is said about it, who has changed what."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.tickets import search

tickets = Migrations("tickets")


@tickets()
def requests(db: sqlite_utils.Database) -> None:
    """Requests that owners have dictated, and what was added to them."""
    db.execute(
        """
        CREATE TABLE tickets (
            id INTEGER PRIMARY KEY,
            number INTEGER UNIQUE,         -- NULL while it is a draft
            state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'answered', 'closed')),
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            manager INTEGER NOT NULL,
            manager_name TEXT NOT NULL,
            estate TEXT NOT NULL,
            owner TEXT NOT NULL,           -- login
            owner_name TEXT NOT NULL,
            premises TEXT NOT NULL,
            phone TEXT,                    -- calling number, E.164
            call TEXT NOT NULL,
            language TEXT NOT NULL,
            email TEXT NOT NULL,           -- the administration's address
            reply_to TEXT NOT NULL,        -- the owner's address
            recording TEXT NOT NULL,       -- file name in paths.recordings
            seconds REAL NOT NULL DEFAULT 0,
            transcription TEXT NOT NULL DEFAULT 'waiting'
                CHECK (transcription IN ('waiting', 'done', 'nothing', 'off', 'failed')),
            transcript TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute("CREATE INDEX tickets_by_owner ON tickets (owner, number)")
    db.execute("CREATE INDEX tickets_waiting ON tickets (number) WHERE transcription = 'waiting'")
    db.execute(
        """
        CREATE TABLE ticket_notes (
            id INTEGER PRIMARY KEY,
            ticket INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
            at TEXT NOT NULL,
            author TEXT NOT NULL CHECK (author IN ('administration', 'owner', 'system')),
            text TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX notes_of_ticket ON ticket_notes (ticket)")


@tickets()
def deletion(db: sqlite_utils.Database) -> None:
    """Find what was left alone for long, and keep the last number that was given away."""
    db.execute("CREATE INDEX tickets_by_update ON tickets (updated)")
    db.execute("CREATE TABLE deleted_tickets (number INTEGER PRIMARY KEY) STRICT")


_TABLES = (
    """
    CREATE TABLE tickets (
        id INTEGER PRIMARY KEY,
        number INTEGER UNIQUE,         -- NULL while it is a draft
        version INTEGER NOT NULL DEFAULT 1,
        status TEXT NOT NULL
            CHECK (status IN ('draft', 'new', 'work', 'waiting', 'solved', 'closed')),
        importance TEXT NOT NULL DEFAULT 'normal'
            CHECK (importance IN ('low', 'normal', 'high', 'urgent')),
        way TEXT NOT NULL CHECK (way IN ('phone', 'box', 'panel', 'mail', 'chat', 'page')),
        subject TEXT NOT NULL,
        assignee TEXT NOT NULL DEFAULT '',
        call TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        answered TEXT,                 -- for the first time
        solved TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('owner', 'user', 'visitor', 'mail')),  -- of the asker
        ref TEXT NOT NULL,             -- login or address of the asker
        name TEXT NOT NULL,
        phone TEXT NOT NULL,           -- E.164
        email TEXT NOT NULL,
        language TEXT NOT NULL,
        manager INTEGER,               -- of an owner
        about TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX tickets_by_status ON tickets (status, number)",
    "CREATE INDEX tickets_by_asker ON tickets (ref, kind, number)",
    "CREATE INDEX tickets_by_manager ON tickets (manager, number)",
    "CREATE INDEX tickets_by_update ON tickets (updated)",
    """
    CREATE TABLE ticket_entries (
        id INTEGER PRIMARY KEY,
        ticket INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('question', 'answer', 'note', 'event')),
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        way TEXT NOT NULL,
        text TEXT NOT NULL,
        message_id TEXT NOT NULL DEFAULT '',
        key TEXT NOT NULL DEFAULT '',  -- of the form that has brought it
        recording TEXT,                -- file name in paths.recordings; NULL: nothing was spoken
        seconds REAL NOT NULL DEFAULT 0,
        transcription TEXT NOT NULL DEFAULT 'nothing'
            CHECK (transcription IN ('waiting', 'done', 'nothing', 'off', 'failed')),
        transcript TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX entries_of_ticket ON ticket_entries (ticket)",
    "CREATE UNIQUE INDEX entries_by_mail ON ticket_entries (message_id) WHERE message_id <> ''",
    "CREATE UNIQUE INDEX entries_by_key ON ticket_entries (key) WHERE key <> ''",
    "CREATE INDEX entries_waiting ON ticket_entries (ticket) WHERE transcription = 'waiting'",
    "CREATE INDEX entries_recorded ON ticket_entries (id) WHERE recording <> ''",
    """
    CREATE TABLE ticket_files (
        id INTEGER PRIMARY KEY,
        entry INTEGER NOT NULL REFERENCES ticket_entries (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        file TEXT NOT NULL,            -- in paths.attachments
        media TEXT NOT NULL,
        size INTEGER NOT NULL          -- bytes
    ) STRICT
    """,
    "CREATE INDEX files_of_entry ON ticket_files (entry)",
    """
    CREATE TABLE ticket_changes (
        id INTEGER PRIMARY KEY,
        ticket INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        field TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX changes_of_ticket ON ticket_changes (ticket)",
    # Its rows are written by ``tickets``, folded; they go with their tickets.
    "CREATE VIRTUAL TABLE ticket_words USING fts5 "
    "(subject, asker, words, notes, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')",
    """
    CREATE TRIGGER ticket_words_gone AFTER DELETE ON tickets BEGIN
        DELETE FROM ticket_words WHERE rowid = OLD.id;
    END
    """,
)
#: What was dictated, as tickets: an answer waits for what the owner says to it.
_TAKEN_OVER = (
    """
    INSERT INTO tickets (id, number, status, way, subject, call, created, updated, answered, solved,
        kind, ref, name, phone, email, language, manager, about)
    SELECT id, number,
        CASE state WHEN 'open' THEN 'new' WHEN 'answered' THEN 'waiting' ELSE state END,
        'phone', '', call, created, updated,
        (SELECT min(at) FROM dictated_notes WHERE ticket = dictated_requests.id
            AND author = 'administration'),
        CASE state WHEN 'closed' THEN updated END,
        'owner', owner, owner_name, coalesce(phone, ''), reply_to, language, manager,
        CASE WHEN premises = '' THEN estate ELSE estate || '; ' || premises END
    FROM dictated_requests
    """,
    """
    INSERT INTO ticket_entries
        (ticket, kind, at, who, way, text, recording, seconds, transcription, transcript)
    SELECT id, 'question', created, owner_name, 'phone', '', recording, seconds, transcription,
        transcript
    FROM dictated_requests ORDER BY id
    """,
    # Why a ticket was closed was never sent to anybody.
    """
    INSERT INTO ticket_entries (ticket, kind, at, who, way, text)
    SELECT ticket,
        CASE author WHEN 'owner' THEN 'question' WHEN 'system' THEN 'event' ELSE
            CASE WHEN state = 'closed' AND dictated_notes.id = (SELECT max(id) FROM dictated_notes
                AS others WHERE others.ticket = dictated_requests.id) THEN 'note'
            ELSE 'answer' END
        END,
        at, CASE author WHEN 'owner' THEN owner_name ELSE manager_name END,
        CASE author WHEN 'administration' THEN CASE reply_to WHEN '' THEN '' ELSE 'mail' END
            ELSE '' END,
        text
    FROM dictated_notes JOIN dictated_requests ON dictated_requests.id = ticket
    ORDER BY dictated_notes.id
    """,
)


@tickets()
def one_place(db: sqlite_utils.Database) -> None:
    """What comes whichever way, with its thread, history and words.

    ``dictated_requests`` stays for the infoline, which knows the rest of what stands in it.
    """
    for index in ("tickets_by_owner", "tickets_waiting", "tickets_by_update"):
        db.execute(f"DROP INDEX {index}")
    db.execute("ALTER TABLE tickets RENAME TO dictated_requests")
    db.execute("ALTER TABLE ticket_notes RENAME TO dictated_notes")
    for statement in (*_TABLES, *_TAKEN_OVER):
        db.execute(statement)
    db.execute("DROP TABLE dictated_notes")
    for (ticket,) in db.execute("SELECT id FROM tickets").fetchall():
        search.index(db, ticket)


@tickets()
def seen_where_asked(db: sqlite_utils.Database) -> None:
    """Keep who wants no e-mails of answers that they see where they have asked."""
    db.execute(
        """
        CREATE TABLE ticket_unmailed (
            kind TEXT NOT NULL,          -- of the asker, as in tickets
            ref TEXT NOT NULL,
            PRIMARY KEY (kind, ref)
        ) STRICT, WITHOUT ROWID
        """
    )
