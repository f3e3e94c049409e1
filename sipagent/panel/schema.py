"""Tables of the panel: who may come in, who is in, and what they have done."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

panel = Migrations("panel")


@panel()
def people_and_sessions(db: sqlite_utils.Database) -> None:
    """Make the first tables; users and managers are those of the exchange and of the infoline."""
    db.execute(
        """
        CREATE TABLE panel_people (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            role TEXT NOT NULL CHECK (role IN ('administrator', 'user', 'manager')),
            user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
            manager_id INTEGER REFERENCES managers (id) ON DELETE CASCADE,
            email TEXT NOT NULL,
            language TEXT NOT NULL,      -- pl, en
            theme TEXT NOT NULL,         -- auto, light, dark
            password TEXT,               -- argon2id; NULL: none was chosen yet
            totp TEXT,                   -- secret in base32; NULL: no second proof
            totp_used INTEGER NOT NULL,  -- the last period whose code was taken
            CHECK ((role = 'user') = (user_id IS NOT NULL)),
            CHECK ((role = 'manager') = (manager_id IS NOT NULL))
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE panel_tickets (     -- what lets somebody in once
            kind TEXT NOT NULL CHECK (kind IN ('link', 'code')),
            person_id INTEGER NOT NULL REFERENCES panel_people (id) ON DELETE CASCADE,
            hash TEXT NOT NULL,          -- SHA-256 of what was given out
            until TEXT NOT NULL,         -- UTC, ISO 8601 with offset, as all times here
            PRIMARY KEY (kind, person_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE UNIQUE INDEX panel_tickets_by_hash ON panel_tickets (kind, hash)")
    db.execute(
        """
        CREATE TABLE panel_sessions (
            id TEXT PRIMARY KEY,         -- SHA-256 of what the browser keeps
            person_id INTEGER NOT NULL REFERENCES panel_people (id) ON DELETE CASCADE,
            proved INTEGER NOT NULL CHECK (proved IN (0, 1)),  -- 0: the second proof is missing
            began TEXT NOT NULL,
            seen TEXT NOT NULL,
            address TEXT NOT NULL,
            browser TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX panel_sessions_of ON panel_sessions (person_id)")
    db.execute(
        """
        CREATE TABLE panel_deeds (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            person TEXT NOT NULL,
            address TEXT NOT NULL,
            what TEXT NOT NULL,          -- login, hangup, ...
            about TEXT NOT NULL
        ) STRICT
        """
    )


@panel()
def links_of_phones(db: sqlite_utils.Database) -> None:
    """Keep which phones are waiting to be set up by a link."""
    db.execute(
        """
        CREATE TABLE panel_phone_links (
            phone_id INTEGER PRIMARY KEY REFERENCES phones (id) ON DELETE CASCADE,
            hash TEXT NOT NULL UNIQUE,   -- SHA-256 of what stands in the link
            until TEXT NOT NULL,
            by TEXT NOT NULL             -- who has made it
        ) STRICT
        """
    )


@panel()
def administrators_who_are_users(db: sqlite_utils.Database) -> None:
    """Let administrators be somebody of the exchange, too."""
    db.execute(
        "ALTER TABLE panel_people "
        "ADD COLUMN self_id INTEGER REFERENCES users (id) ON DELETE SET NULL "
        "CHECK (self_id IS NULL OR role = 'administrator')"
    )


@panel()
def screens(db: sqlite_utils.Database) -> None:
    """Make the table of big screens, each of which has a link of its own to the wallboard."""
    db.execute(
        """
        CREATE TABLE panel_screens (
            name TEXT PRIMARY KEY COLLATE NOCASE,
            hash TEXT NOT NULL UNIQUE,   -- SHA-256 of what its link has
            made TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@panel()
def deeds_by_subject(db: sqlite_utils.Database) -> None:
    """Find what was done about something."""
    db.execute("CREATE INDEX panel_deeds_by_subject ON panel_deeds (what, about)")


@panel()
def agents(db: sqlite_utils.Database) -> None:
    """Mark the users of the exchange who work on tickets."""
    db.execute(
        "ALTER TABLE panel_people ADD COLUMN agent INTEGER NOT NULL DEFAULT 0 "
        "CHECK (agent = 0 OR (agent = 1 AND role = 'user'))"
    )
