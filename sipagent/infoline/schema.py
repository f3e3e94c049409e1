"""Tables of the infoline.

A key of two columns (``id, manager_id``) is what the tables below refer to, so that a row of
one manager can never hang on a row of another.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.access.schema import access
from sipagent.infoline.online.schema import TABLES
from sipagent.searching.folding import folded

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


@infoline()
def directory(db: sqlite_utils.Database) -> None:
    """Managers, estates, owners and what they are told."""
    for statement in _DIRECTORY:
        db.execute(statement)


@infoline()
def lockout(db: sqlite_utils.Database) -> None:
    """Failed logins of numbers and of logins: the tables of the room below."""
    access.apply(db)


@infoline()
def contracts(db: sqlite_utils.Database) -> None:
    """How owners reach the administration: of a manager, and where an estate differs from it."""
    for table in ("managers", "estates"):
        for column in ("contact", "outside_hours", "hours", "phone", "softphone", "email"):
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT")
    db.execute("ALTER TABLE managers ADD COLUMN logo TEXT")


@infoline()
def pins(db: sqlite_utils.Database) -> None:
    """A second proof for owners without a known number, and whether it counts."""
    db.execute(
        """
        CREATE TABLE owner_pins (
            owner_id INTEGER PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
            hash TEXT NOT NULL,          -- argon2id, in its own notation
            changed_at TEXT NOT NULL
        ) STRICT
        """
    )
    for table in ("managers", "estates"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN pin_login TEXT")


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


@infoline()
def pins_by_subject(db: sqlite_utils.Database) -> None:
    """PINs go to the room below, which knows no owners; they still go with their owner."""
    access.apply(db)
    db.execute("INSERT INTO pins SELECT 'owner:' || owner_id, hash, changed_at FROM owner_pins")
    db.execute("DROP TABLE owner_pins")
    db.execute(
        """
        CREATE TRIGGER pins_of_owners AFTER DELETE ON owners BEGIN
            DELETE FROM pins WHERE subject = 'owner:' || OLD.id;
        END
        """
    )


@infoline()
def searching(db: sqlite_utils.Database) -> None:
    """Find owners by a part of their name or address; whoever writes these need not think of it."""
    for table, columns in (("owners", ("name",)), ("premises", ("name", "address"))):
        text = " || ' ' || ".join(columns)
        db.execute(f"ALTER TABLE {table} ADD COLUMN folded TEXT NOT NULL DEFAULT ''")
        db.execute(f"UPDATE {table} SET folded = {folded(text)}")
        for event in ("INSERT", f"UPDATE OF {', '.join(columns)}"):
            db.execute(
                f"""
                CREATE TRIGGER {table}_folded_at_{event.partition(" ")[0].lower()}
                AFTER {event} ON {table} BEGIN
                    UPDATE {table} SET folded = {folded(text)} WHERE id = NEW.id;
                END
                """
            )
    db.execute("CREATE INDEX owner_phones_by_number ON owner_phones (number)")
    db.execute("CREATE INDEX owners_by_name ON owners (folded)")
    db.execute("CREATE INDEX owners_of_manager_by_name ON owners (manager_id, folded)")
    db.execute("CREATE INDEX premises_by_words ON premises (manager_id, folded, owner_id)")


@infoline()
def trials(db: sqlite_utils.Database) -> None:
    """Numbers of staff that count as an owner's for the rest of a day."""
    db.execute(
        """
        CREATE TABLE owner_trials (
            owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
            number TEXT NOT NULL CHECK (number GLOB '+[1-9]*'),
            until TEXT NOT NULL,         -- UTC, ISO 8601 with offset, to the second
            PRIMARY KEY (owner_id, number)
        ) STRICT, WITHOUT ROWID
        """
    )


@infoline()
def owners_online(db: sqlite_utils.Database) -> None:
    """Let owners come in on a page, and change their telephones and e-mails there."""
    for statement in TABLES:
        db.execute(statement)
