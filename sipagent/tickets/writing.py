"""Writing rows of tickets; each within a transaction, so that a thread is never half there."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import sqlite_utils

from sipagent.tickets import search
from sipagent.tickets.model import Asker, Entry, Importance, Kind, Status, Voice, Way

#: The first number that a caller hears: short, and never mistaken for a key to press.
FIRST_NUMBER = 101

#: A number that was never given: neither to one that is there, nor to one that was deleted.
_NEXT = """
1 + max((SELECT coalesce(max(number), 0) FROM tickets),
    (SELECT coalesce(max(number), ?) FROM deleted_tickets))
"""


def add_ticket(
    db: sqlite_utils.Database,
    asker: Asker,
    *,
    status: Status,
    importance: Importance,
    way: Way,
    subject: str,
    call: str,
    now: str,
) -> int:
    """Add a ticket without a number and without a word; return its id."""
    return _insert(
        db,
        "tickets",
        {
            **asdict(asker),
            "status": status,
            "importance": importance,
            "way": way,
            "subject": subject,
            "call": call,
            "created": now,
            "updated": now,
        },
    )


def give_number(db: sqlite_utils.Database, ticket: int) -> int:
    """Give a ticket the next number, if it has none, and return the one that it has."""
    db.execute(
        f"UPDATE tickets SET number = {_NEXT} WHERE id = ? AND number IS NULL",
        [FIRST_NUMBER - 1, ticket],
    )
    row = db.execute("SELECT number FROM tickets WHERE id = ?", [ticket]).fetchone()
    return int(row[0])


def add_entry(db: sqlite_utils.Database, ticket: int, entry: Entry, key: str = "") -> int:
    """Add something to a thread, and have it found; return its id.

    Args:
        db: in a transaction.
        ticket: its id.
        entry: without an id.
        key: of the form that has brought it; empty: none has.
    """
    row = {
        "ticket": ticket,
        "kind": entry.kind,
        "at": entry.at,
        "who": entry.who,
        "way": entry.way,
        "text": entry.text,
        "message_id": entry.message_id,
        "key": key,
        **({} if entry.voice is None else asdict(entry.voice)),
    }
    added = _insert(db, "ticket_entries", row)
    for file in entry.files:
        row = {**asdict(replace(file, id=added)), "entry": added}
        del row["id"]
        _insert(db, "ticket_files", row)
    search.index(db, ticket)
    return added


def entry_of(
    kind: Kind, now: str, who: str, way: str, text: str, voice: Voice | None = None
) -> Entry:
    """Return an entry of words that is about to be added."""
    return Entry(0, kind, now, who, way, text, "", voice)


def change(
    db: sqlite_utils.Database, ticket: int, who: str, now: str, fields: Mapping[str, str]
) -> None:
    """Change fields of a ticket, and write down what they were; what is the same is no change."""
    names = ", ".join(fields)
    row = db.execute(f"SELECT {names} FROM tickets WHERE id = ?", [ticket]).fetchone()
    for (field, after), before in zip(fields.items(), row, strict=True):
        if before == after:
            continue
        db.execute(f"UPDATE tickets SET {field} = ? WHERE id = ?", [after, ticket])
        _insert(
            db,
            "ticket_changes",
            {"ticket": ticket, "at": now, "who": who, "field": field}
            | {"before": before, "after": after},
        )


def touch(db: sqlite_utils.Database, ticket: int, now: str) -> None:
    """Note that something of a ticket is new; it is solved as long as its status says so."""
    db.execute(
        "UPDATE tickets SET updated = ?, version = version + 1, solved = CASE "
        "WHEN status IN ('solved', 'closed') THEN coalesce(solved, ?) END WHERE id = ?",
        [now, now, ticket],
    )


def _insert(db: sqlite_utils.Database, table: str, row: Mapping[str, object]) -> int:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    done = db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    return int(done.lastrowid or 0)
