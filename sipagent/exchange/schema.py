"""Tables of the exchange.

Whoever a call can be led to is a party, with a kind of its own and perhaps an extension: so two can
never have one internal number, whatever they are, and what refers to a party cannot lose it. A key
of two columns (``id, kind``) keeps a group from being a member of one.

References wait until a transaction is committed (``defer_foreign_keys``): a whole exchange is
replaced in any order. A version is the number of the change that an entry was written by last.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.access.schema import access

exchange = Migrations("exchange")

_PARTIES = (
    """
    CREATE TABLE parties (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'outside', 'box')),
        name TEXT NOT NULL,
        extension TEXT UNIQUE,       -- internal number, or the short code of an outside number
        version INTEGER NOT NULL,
        UNIQUE (kind, name),
        UNIQUE (id, kind),
        CHECK (extension GLOB '[0-9][0-9]*'
               OR (kind = 'outside' AND extension GLOB '[*]0[0-9]*'))
    ) STRICT
    """,
    """
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL DEFAULT 'user' CHECK (kind = 'user'),
        email TEXT NOT NULL,
        mobile TEXT NOT NULL,        -- E.164, as all numbers; or empty
        role TEXT NOT NULL CHECK (role IN ('user', 'administrator')),
        rights TEXT NOT NULL,        -- JSON: kinds of numbers and prefixes
        shown TEXT NOT NULL,
        language TEXT NOT NULL,
        FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE outside_numbers (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL DEFAULT 'outside' CHECK (kind = 'outside'),
        number TEXT NOT NULL CHECK (number GLOB '+[1-9]*'),
        keys TEXT NOT NULL,
        shows TEXT NOT NULL CHECK (shows IN ('active', 'passive')),
        may_transfer INTEGER NOT NULL CHECK (may_transfer IN (0, 1)),
        text TEXT NOT NULL,
        confirm INTEGER NOT NULL CHECK (confirm IN (0, 1)),
        FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE ring_groups (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL DEFAULT 'group' CHECK (kind = 'group'),
        ring_order TEXT NOT NULL CHECK (ring_order IN ('in-turn', 'random', 'at-once')),
        seconds INTEGER NOT NULL CHECK (seconds > 0),
        FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE ring_group_members (
        group_id INTEGER NOT NULL REFERENCES ring_groups (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        party_id INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'outside')),
        PRIMARY KEY (group_id, position),
        UNIQUE (group_id, party_id),
        FOREIGN KEY (party_id, kind) REFERENCES parties (id, kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE phones (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL UNIQUE,
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        realm TEXT NOT NULL,
        md5 TEXT NOT NULL,           -- HA1 (RFC 7616, section 3.4.2), or empty: no password yet
        sha256 TEXT NOT NULL,
        version INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE bindings (
        phone_id INTEGER NOT NULL REFERENCES phones (id) ON DELETE CASCADE,
        contact TEXT NOT NULL,
        expires TEXT NOT NULL,       -- UTC, ISO 8601 with offset, as all times here
        call_id TEXT NOT NULL,
        cseq INTEGER NOT NULL,
        source TEXT NOT NULL,
        transport TEXT NOT NULL,
        path TEXT NOT NULL,          -- JSON: URIs
        instance TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        PRIMARY KEY (phone_id, contact)
    ) STRICT, WITHOUT ROWID
    """,
)

_LEADING = (
    """
    CREATE TABLE schedules (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        hours TEXT NOT NULL,         -- a text of sipagent.hours
        night_until TEXT,            -- closed until then, whatever the hours say
        version INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE schedule_days (
        schedule_id INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
        first_day TEXT NOT NULL,     -- local days, ISO 8601, both included
        last_day TEXT NOT NULL CHECK (last_day >= first_day),
        hours TEXT NOT NULL,
        PRIMARY KEY (schedule_id, first_day)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE announcements (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        recording TEXT NOT NULL,     -- a file in the folder of announcements, or empty
        version INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE announcement_texts (
        announcement_id INTEGER NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
        language TEXT NOT NULL,
        text TEXT NOT NULL,
        voice TEXT NOT NULL,
        PRIMARY KEY (announcement_id, language)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE boxes (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL DEFAULT 'box' CHECK (kind = 'box'),
        owner_id INTEGER NOT NULL,
        owner_kind TEXT NOT NULL CHECK (owner_kind IN ('user', 'group')),
        email TEXT NOT NULL,
        messages INTEGER NOT NULL CHECK (messages > 0),
        seconds INTEGER NOT NULL CHECK (seconds > 0),
        FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE,
        FOREIGN KEY (owner_id, owner_kind) REFERENCES parties (id, kind)
    ) STRICT
    """,
    """
    CREATE TABLE box_greetings (
        box_id INTEGER NOT NULL REFERENCES boxes (id) ON DELETE CASCADE,
        greeting TEXT NOT NULL,
        announcement_id INTEGER NOT NULL REFERENCES announcements (id),
        PRIMARY KEY (box_id, greeting)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TRIGGER pins_of_boxes AFTER DELETE ON boxes BEGIN
        DELETE FROM pins WHERE subject = 'box:' || OLD.id;
    END
    """,
    """
    CREATE TABLE line_numbers (
        number TEXT PRIMARY KEY,     -- E.164, or the user of a SIP address
        scenario TEXT,
        party_id INTEGER REFERENCES parties (id),
        version INTEGER NOT NULL,
        CHECK ((scenario IS NULL) <> (party_id IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX line_numbers_by_party ON line_numbers (party_id)",
)

_CHANGES = (
    # One row: the number of the last change. Who has read the exchange sees by it whether to again.
    """
    CREATE TABLE exchange_version (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO exchange_version VALUES (1, 0)",
    """
    CREATE TABLE exchange_changes (
        version INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        at TEXT NOT NULL,
        what TEXT NOT NULL CHECK (what IN ('added', 'changed', 'removed')),
        kind TEXT NOT NULL,
        entry TEXT NOT NULL,
        fields TEXT NOT NULL,        -- JSON: field → what was, and what is; no secrets
        PRIMARY KEY (version, seq)
    ) STRICT
    """,
    "CREATE INDEX exchange_changes_of_entry ON exchange_changes (kind, entry)",
)


_OUTWARD = (
    """
    CREATE TABLE tariffs (
        prefix TEXT PRIMARY KEY CHECK (prefix GLOB '+[1-9]*'),
        name TEXT NOT NULL,
        per_minute INTEGER NOT NULL, -- grosze without VAT, as all amounts here
        connection INTEGER NOT NULL,
        increment INTEGER NOT NULL CHECK (increment > 0),  -- seconds
        vat INTEGER NOT NULL,        -- per cent
        version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # What differs from [exchange] for a user; without a row nothing does.
    """
    CREATE TABLE user_limits (
        user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        daily_minutes INTEGER,
        daily_international INTEGER,
        daily_amount INTEGER,
        calls_at_once INTEGER
    ) STRICT
    """,
)

_QUEUES = (
    """
    CREATE TABLE queues (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL DEFAULT 'queue' CHECK (kind = 'queue'),
        settings TEXT NOT NULL,      -- JSON: what refers to nothing else
        FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE queue_members (
        queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        party_id INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'outside')),
        tier INTEGER NOT NULL CHECK (tier > 0),
        skills TEXT NOT NULL,        -- JSON: names
        PRIMARY KEY (queue_id, position),
        UNIQUE (queue_id, party_id),
        FOREIGN KEY (party_id, kind) REFERENCES parties (id, kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE queue_leads (
        queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
        occasion TEXT NOT NULL CHECK (occasion IN ('too-long', 'too-many', 'nobody', 'left')),
        party_id INTEGER NOT NULL REFERENCES parties (id),
        PRIMARY KEY (queue_id, occasion)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX queue_leads_by_party ON queue_leads (party_id)",
    """
    CREATE TABLE queue_sounds (
        queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
        sound TEXT NOT NULL CHECK (sound IN ('greeting', 'music', 'between')),
        position INTEGER NOT NULL,
        announcement_id INTEGER NOT NULL REFERENCES announcements (id),
        PRIMARY KEY (queue_id, sound, position)
    ) STRICT, WITHOUT ROWID
    """,
)


_AUTHORISED = (
    """
    CREATE TABLE authorised_numbers (
        id INTEGER PRIMARY KEY,
        number TEXT NOT NULL UNIQUE CHECK (number GLOB '+[1-9]*'),
        user_id INTEGER NOT NULL REFERENCES users (id),
        shown TEXT NOT NULL,
        schedule_id INTEGER REFERENCES schedules (id),
        version INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER pins_of_authorised_numbers AFTER DELETE ON authorised_numbers BEGIN
        DELETE FROM pins WHERE subject = 'authorised:' || OLD.id;
    END
    """,
)


@exchange()
def parties_and_leads(db: sqlite_utils.Database) -> None:
    """Make the first tables."""
    access.apply(db)  # boxes have PINs
    for statement in (*_PARTIES, *_LEADING, *_CHANGES):
        db.execute(statement)


@exchange()
def tariffs_and_limits(db: sqlite_utils.Database) -> None:
    """Keep what calls over the trunks cost, and how much of that a user may use up."""
    for statement in _OUTWARD:
        db.execute(statement)


@exchange()
def codes_of_schedules(db: sqlite_utils.Database) -> None:
    """Let nights be begun by a code from the phone."""
    db.execute("ALTER TABLE schedules ADD COLUMN code TEXT NOT NULL DEFAULT ''")


@exchange()
def what_is_recorded(db: sqlite_utils.Database) -> None:
    """Say of users and numbers whether their conversations are recorded."""
    for table in ("users", "line_numbers"):
        db.execute(
            f"ALTER TABLE {table} ADD COLUMN recorded TEXT NOT NULL DEFAULT 'no' "
            "CHECK (recorded IN ('no', 'announced', 'unannounced'))"
        )


@exchange()
def queues_and_rooms_are_parties(db: sqlite_utils.Database) -> None:
    """Let calls be led to queues and to rooms, whose numbers may begin with ``*``.

    A check is changed in place, as SQLite advises (its ALTER TABLE, section 7): to make the table
    anew would delete, or lose, all that refers to it.
    """
    old = "CHECK (kind IN ('user', 'group', 'outside', 'box'))"
    new = "CHECK (kind IN ('user', 'group', 'outside', 'box', 'queue', 'room'))"
    codes = "(kind = 'outside' AND extension GLOB '[*]0[0-9]*')"
    more = f"{codes} OR (kind = 'room' AND extension GLOB '[*][0-9]*')"
    (text,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'parties'").fetchone()
    text = text.replace(old, new).replace(codes, more)
    (number,) = db.execute("PRAGMA schema_version").fetchone()
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'parties'", [text])
    db.execute(f"PRAGMA schema_version = {number + 1}")
    db.execute("PRAGMA writable_schema = OFF")


@exchange()
def queues(db: sqlite_utils.Database) -> None:
    """Keep what queues are; who is there for them stands in tables of their own."""
    for statement in _QUEUES:
        db.execute(statement)


@exchange()
def authorised_numbers(db: sqlite_utils.Database) -> None:
    """Keep from which numbers calls can be ordered, and for whom."""
    for statement in _AUTHORISED:
        db.execute(statement)


@exchange()
def listening_in(db: sqlite_utils.Database) -> None:
    """Let users have a PIN, and be told by a tone that somebody listens in on them."""
    db.execute("ALTER TABLE users ADD COLUMN listening_tone INTEGER NOT NULL DEFAULT 0")
    db.execute(
        """
        CREATE TRIGGER pins_of_users AFTER DELETE ON users BEGIN
            DELETE FROM pins WHERE subject = 'user:' || OLD.id;
        END
        """
    )


@exchange()
def rooms(db: sqlite_utils.Database) -> None:
    """Keep rooms in which many talk."""
    db.execute(
        """
        CREATE TABLE rooms (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL DEFAULT 'room' CHECK (kind = 'room'),
            greeting_id INTEGER REFERENCES announcements (id),
            people INTEGER NOT NULL CHECK (people > 1),
            tones INTEGER NOT NULL CHECK (tones IN (0, 1)),
            names INTEGER NOT NULL CHECK (names IN (0, 1)),
            count INTEGER NOT NULL CHECK (count IN (0, 1)),
            wait INTEGER NOT NULL CHECK (wait IN (0, 1)),
            record INTEGER NOT NULL CHECK (record IN (0, 1)),
            FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TRIGGER pins_of_rooms AFTER DELETE ON rooms BEGIN
            DELETE FROM pins
            WHERE subject IN ('room:' || OLD.id, 'room-moderator:' || OLD.id);
        END
        """
    )


@exchange()
def numbers_by_text(db: sqlite_utils.Database) -> None:
    """Let outside numbers get the caller's number as a text."""
    db.execute("ALTER TABLE outside_numbers ADD COLUMN text_number INTEGER NOT NULL DEFAULT 0")


@exchange()
def who_has_changed_it(db: sqlite_utils.Database) -> None:
    """Keep who has changed an entry in the panel; empty: a command, or a code from a telephone."""
    db.execute("ALTER TABLE exchange_changes ADD COLUMN by TEXT NOT NULL DEFAULT ''")


@exchange()
def boxes_of_the_help_desk(db: sqlite_utils.Database) -> None:
    """Let messages in a box be tickets as well."""
    db.execute("ALTER TABLE boxes ADD COLUMN tickets INTEGER NOT NULL DEFAULT 0")
