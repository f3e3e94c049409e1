"""Tables of the infoline.

A key of two columns (``id, manager_id``) is what the tables below refer to, so that a row of
one manager can never hang on a row of another.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

infoline = Migrations("infoline")

_DIRECTORY = (
    """
    CREATE TABLE managers (
        id INTEGER PRIMARY KEY,
        code TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE estates (
        id INTEGER PRIMARY KEY,
        manager_id INTEGER NOT NULL REFERENCES managers (id),
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        owner_access INTEGER NOT NULL DEFAULT 1 CHECK (owner_access IN (0, 1)),
        access_reason TEXT NOT NULL DEFAULT '',
        UNIQUE (manager_id, code),
        UNIQUE (id, manager_id)
    ) STRICT
    """,
    """
    CREATE TABLE owners (
        id INTEGER PRIMARY KEY,
        manager_id INTEGER NOT NULL,
        estate_id INTEGER NOT NULL,
        login TEXT NOT NULL UNIQUE CHECK (login <> '' AND login NOT GLOB '*[^0-9]*'),
        name TEXT NOT NULL,
        blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
        web_access INTEGER NOT NULL DEFAULT 1 CHECK (web_access IN (0, 1)),
        UNIQUE (id, manager_id),
        FOREIGN KEY (estate_id, manager_id) REFERENCES estates (id, manager_id)
    ) STRICT
    """,
    "CREATE INDEX owners_of_estate ON owners (estate_id, manager_id)",
    """
    CREATE TABLE owner_phones (
        owner_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        manager_id INTEGER NOT NULL,
        number TEXT NOT NULL CHECK (number GLOB '+[1-9]*'),
        PRIMARY KEY (owner_id, position),
        FOREIGN KEY (owner_id, manager_id) REFERENCES owners (id, manager_id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE owner_emails (
        owner_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        manager_id INTEGER NOT NULL,
        address TEXT NOT NULL CHECK (address LIKE '%_@_%'),
        PRIMARY KEY (owner_id, position),
        FOREIGN KEY (owner_id, manager_id) REFERENCES owners (id, manager_id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE premises (
        id INTEGER PRIMARY KEY,
        manager_id INTEGER NOT NULL,
        owner_id INTEGER NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        address TEXT NOT NULL DEFAULT '',
        position INTEGER NOT NULL,
        UNIQUE (owner_id, code),
        UNIQUE (id, manager_id),
        FOREIGN KEY (owner_id, manager_id) REFERENCES owners (id, manager_id) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        manager_id INTEGER NOT NULL,
        owner_id INTEGER NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        balance_grosze INTEGER NOT NULL,
        balance_date TEXT NOT NULL,
        position INTEGER NOT NULL,
        UNIQUE (owner_id, code),
        FOREIGN KEY (owner_id, manager_id) REFERENCES owners (id, manager_id) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE charges (
        premises_id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        manager_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        amount_grosze INTEGER NOT NULL,
        valid_from TEXT,
        PRIMARY KEY (premises_id, position),
        FOREIGN KEY (premises_id, manager_id) REFERENCES premises (id, manager_id)
            ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    """,
)

_LOCKOUT = (
    """
    CREATE TABLE login_failures (
        kind TEXT NOT NULL CHECK (kind IN ('number', 'login')),
        value TEXT NOT NULL,
        asserted INTEGER NOT NULL CHECK (asserted IN (0, 1)),
        failures INTEGER NOT NULL,
        failed_at TEXT NOT NULL,
        PRIMARY KEY (kind, value, asserted)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX login_failures_by_age ON login_failures (failed_at)",
)

#: Tables of what callers have guessed wrong.
FAILURES = ("login_failures", "pin_failures")


@infoline()
def directory(db: sqlite_utils.Database) -> None:
    """Managers, estates, owners and what they are told."""
    for statement in _DIRECTORY:
        db.execute(statement)


@infoline()
def lockout(db: sqlite_utils.Database) -> None:
    """Failed logins of numbers and of logins."""
    for statement in _LOCKOUT:
        db.execute(statement)


@infoline()
def contracts(db: sqlite_utils.Database) -> None:
    """How owners reach the administration: of a manager, and where an estate differs from it."""
    for table in ("managers", "estates"):
        for column in ("contact", "outside_hours", "hours", "phone", "softphone", "email"):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")
    db.execute("ALTER TABLE managers ADD COLUMN logo TEXT")


@infoline()
def pins(db: sqlite_utils.Database) -> None:
    """A second proof for owners without a known number, and who has guessed it wrong."""
    db.execute(
        """
        CREATE TABLE owner_pins (
            owner_id INTEGER PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
            hash TEXT NOT NULL,          -- argon2id, in its own notation
            changed_at TEXT NOT NULL
        ) STRICT
        """
    )
    # Wrong PINs of everybody within the last hour.
    db.execute("CREATE TABLE pin_failures (at TEXT NOT NULL) STRICT")
    db.execute("CREATE INDEX pin_failures_by_time ON pin_failures (at)")
    for table in ("managers", "estates"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN pin_login TEXT")
    # SQLite cannot change a CHECK: the table is made anew, with more kinds.
    db.execute("ALTER TABLE login_failures RENAME TO login_failures_before")
    db.execute("DROP INDEX login_failures_by_age")
    for statement in _LOCKOUT:
        db.execute(
            statement.replace(
                "('number', 'login')", "('number', 'login', 'pin-number', 'pin-login')"
            )
        )
    db.execute("INSERT INTO login_failures SELECT * FROM login_failures_before")
    db.execute("DROP TABLE login_failures_before")


@infoline()
def notices(db: sqlite_utils.Database) -> None:
    """What a manager tells owners on certain days; without an estate: those of all estates."""
    db.execute(
        """
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY,
            manager_id INTEGER NOT NULL REFERENCES managers (id) ON DELETE CASCADE,
            estate_id INTEGER,
            text TEXT NOT NULL,
            english TEXT NOT NULL DEFAULT '',
            first_day TEXT NOT NULL,     -- local days, ISO 8601, both included
            last_day TEXT NOT NULL,
            FOREIGN KEY (estate_id, manager_id) REFERENCES estates (id, manager_id)
                ON DELETE CASCADE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX notices_of_manager ON notices (manager_id, last_day)")


@infoline()
def payments(db: sqlite_utils.Database) -> None:
    """What statements say of the office, and where to pay."""
    for table in ("managers", "estates"):
        for column in (
            *("office_address", "office_phone", "bank_account", "payee", "tax_number"),
            *("payment_day", "sum_of_accounts"),
        ):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")
