"""Tables of bills. What was issued is never changed: a correction is an entry of its own."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

billing = Migrations("billing")

_TABLES = (
    """
    CREATE TABLE bills (
        id INTEGER PRIMARY KEY,
        month TEXT NOT NULL,         -- 2026-11
        manager INTEGER NOT NULL,
        code TEXT NOT NULL,          -- of the manager, and its name, as they were then
        name TEXT NOT NULL,
        zone TEXT NOT NULL,          -- whose month it is, of the IANA time zone database
        per_call INTEGER NOT NULL,   -- grosze, as all amounts here
        per_minute INTEGER NOT NULL,
        monthly_cap INTEGER,
        vat INTEGER NOT NULL,        -- per cent
        issued TEXT NOT NULL,        -- UTC, ISO 8601 with offset
        UNIQUE (month, manager)
    ) STRICT
    """,
    """
    CREATE TABLE bill_calls (
        bill INTEGER NOT NULL REFERENCES bills (id),
        call TEXT NOT NULL UNIQUE,   -- no call is billed twice
        started TEXT NOT NULL,
        owner TEXT NOT NULL,         -- login
        milliseconds INTEGER NOT NULL,
        grosze INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX bill_calls_of_bill ON bill_calls (bill, started)",
    """
    CREATE TABLE bill_corrections (
        id INTEGER PRIMARY KEY,
        bill INTEGER NOT NULL REFERENCES bills (id),
        at TEXT NOT NULL,
        grosze INTEGER NOT NULL,
        reason TEXT NOT NULL CHECK (reason <> '')
    ) STRICT
    """,
    "CREATE INDEX bill_corrections_of_bill ON bill_corrections (bill, id)",
)


@billing()
def bills(db: sqlite_utils.Database) -> None:
    """Make the tables, and keep everybody from changing what is in them."""
    for statement in _TABLES:
        db.execute(statement)
    for table in ("bills", "bill_calls", "bill_corrections"):
        for event in ("UPDATE", "DELETE"):
            db.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'a bill is never changed; correct it'); END"
            )
