"""Tables of chats: who asked what, what was answered, which agents are there."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

chats = Migrations("chats")


@chats()
def chats_and_messages(db: sqlite_utils.Database) -> None:
    """Make the tables; times are UTC, ISO 8601 with offset, to the millisecond."""
    db.execute(
        """
        CREATE TABLE chats (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            token TEXT NOT NULL,         -- SHA-256 of what the browser keeps, or of who is in
            state TEXT NOT NULL CHECK (state IN ('waiting', 'open', 'ended', 'ticket')),
            kind TEXT NOT NULL CHECK (kind IN ('visitor', 'user', 'owner')),
            ref TEXT NOT NULL,
            name TEXT NOT NULL,
            phone TEXT NOT NULL CHECK (phone GLOB '+[1-9]*'),
            email TEXT NOT NULL,
            language TEXT NOT NULL,
            manager INTEGER,
            about TEXT NOT NULL,         -- what an owner has
            address TEXT NOT NULL,       -- network of the browser that has begun it
            agent TEXT NOT NULL,
            began TEXT NOT NULL,
            asked TEXT,                  -- since when an answer is waited for
            taken TEXT,
            answered TEXT,
            ended TEXT,
            ending TEXT,
            ticket INTEGER UNIQUE,
            queued INTEGER,              -- the order of those who wait
            seen TEXT NOT NULL,
            scripted INTEGER NOT NULL CHECK (scripted IN (0, 1)),
            read_visitor INTEGER NOT NULL,
            read_agent INTEGER NOT NULL,
            copied INTEGER NOT NULL CHECK (copied IN (0, 1)),
            CHECK ((state = 'waiting') = (queued IS NOT NULL)),
            CHECK ((state IN ('ended', 'ticket')) = (ended IS NOT NULL)),
            CHECK (ended IS NOT NULL OR ticket IS NULL)
        ) STRICT
        """
    )
    db.execute(
        "CREATE UNIQUE INDEX chats_live_of ON chats (token) WHERE state IN ('waiting', 'open')"
    )
    db.execute("CREATE INDEX chats_of ON chats (token, id)")
    db.execute("CREATE INDEX chats_by_state ON chats (state, id)")
    db.execute("CREATE INDEX chats_of_address ON chats (address, began)")
    db.execute("CREATE INDEX chats_ended ON chats (ended)")
    db.execute(
        """
        CREATE TABLE chat_messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
            at TEXT NOT NULL,
            author TEXT NOT NULL CHECK (author IN ('visitor', 'agent', 'house')),
            who TEXT NOT NULL,
            text TEXT NOT NULL,
            key TEXT,                    -- by which a message that is sent again is known
            UNIQUE (chat_id, author, key)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX chat_messages_of ON chat_messages (chat_id, id)")
    # The stems of what was said (``searching.words``).
    db.execute("CREATE VIRTUAL TABLE chat_words USING fts5 (words)")
    db.execute(
        "CREATE TRIGGER chat_words_of_messages AFTER DELETE ON chat_messages "
        "BEGIN DELETE FROM chat_words WHERE rowid = OLD.id; END"
    )


@chats()
def agents_and_answers(db: sqlite_utils.Database) -> None:
    """Make the tables of who is there to answer, and of short answers."""
    db.execute(
        """
        CREATE TABLE chat_agents (
            name TEXT PRIMARY KEY,       -- in the panel
            away INTEGER NOT NULL CHECK (away IN (0, 1)),
            seen TEXT NOT NULL           -- when their desk was last known to be open
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE chat_answers (
            id INTEGER PRIMARY KEY,
            agent TEXT NOT NULL,         -- by the name in the panel; empty: everybody's
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (agent, title)
        ) STRICT
        """
    )


@chats()
def files_of_messages(db: sqlite_utils.Database) -> None:
    """Make the table of what was attached."""
    db.execute(
        """
        CREATE TABLE chat_files (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message_id INTEGER NOT NULL REFERENCES chat_messages (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            file TEXT NOT NULL,          -- in paths.attachments
            media TEXT NOT NULL,
            size INTEGER NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX chat_files_of ON chat_files (message_id)")
