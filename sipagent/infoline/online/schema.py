"""Tables of owners on the page: codes that prove an address, and what owners change themselves."""

#: What makes them; all times are UTC, ISO 8601 with offset, to the second.
TABLES = (
    """
    CREATE TABLE online_secret (     -- what links and decoys are made with; never leaves
        id INTEGER PRIMARY KEY CHECK (id = 1),
        secret TEXT NOT NULL
    ) STRICT
    """,
    "INSERT INTO online_secret (id, secret) VALUES (1, hex(randomblob(32)))",
    """
    CREATE TABLE online_codes (
        subject TEXT PRIMARY KEY,    -- what it lets somebody do; see codes.py
        hash TEXT NOT NULL,          -- SHA-256 of subject and code
        until TEXT NOT NULL,
        tries INTEGER NOT NULL       -- how often somebody may still err
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE online_sends (      -- codes of the last day, also those that nobody has been sent
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        login TEXT NOT NULL,
        browser TEXT NOT NULL,       -- IP address that asked
        target TEXT NOT NULL         -- number or address; empty: there was none
    ) STRICT
    """,
    "CREATE INDEX online_sends_by_time ON online_sends (at)",
    """
    CREATE TABLE owner_changes (     -- of telephones and e-mails, by owners themselves
        id INTEGER PRIMARY KEY,
        owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
        medium TEXT NOT NULL CHECK (medium IN ('phone', 'email')),
        action TEXT NOT NULL CHECK (action IN ('add', 'replace', 'remove', 'order', 'import')),
        old TEXT NOT NULL,           -- what is replaced or removed; empty: nothing
        new TEXT NOT NULL,           -- what comes; for an order all of them, as JSON
        proof TEXT NOT NULL,         -- where the code went
        state TEXT NOT NULL CHECK (state IN ('asked', 'waiting', 'done', 'stopped')),
        browser TEXT NOT NULL,       -- IP address that asked
        language TEXT NOT NULL,
        asked TEXT NOT NULL,
        proved TEXT,
        due TEXT,                    -- when it comes to count; NULL: at once
        settled TEXT,                -- when it was made, or stopped
        before TEXT,                 -- all of the medium as JSON, once it is made
        after TEXT
    ) STRICT
    """,
    "CREATE INDEX owner_changes_of ON owner_changes (owner_id, id)",
    "CREATE INDEX owner_changes_due ON owner_changes (due) WHERE state = 'waiting'",
    """
    CREATE TABLE owner_tellings (    -- who is still to be told of a change
        id INTEGER PRIMARY KEY,
        change_id INTEGER NOT NULL REFERENCES owner_changes (id) ON DELETE CASCADE,
        event TEXT NOT NULL CHECK (event IN ('proved', 'stopped')),
        emails TEXT NOT NULL,        -- JSON, as all that were on record then
        phones TEXT NOT NULL,
        mailed INTEGER NOT NULL DEFAULT 0 CHECK (mailed IN (0, 1)),
        texted INTEGER NOT NULL DEFAULT 0 CHECK (texted IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX owner_tellings_open ON owner_tellings (id) WHERE mailed = 0 OR texted = 0",
    """
    CREATE TABLE owner_bases (       -- what the office said before an owner changed it
        owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
        medium TEXT NOT NULL CHECK (medium IN ('phone', 'email')),
        members TEXT NOT NULL,       -- JSON
        PRIMARY KEY (owner_id, medium)
    ) STRICT, WITHOUT ROWID
    """,
)
