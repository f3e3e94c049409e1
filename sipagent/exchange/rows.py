"""Rows of the exchange: putting one in its place, and finding the key of another."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.exchange.values import Kind, Ref


def as_json(value: object) -> str:
    """Return a value as a column keeps it."""
    return json.dumps(value, ensure_ascii=False)


def put(
    db: sqlite_utils.Database, table: str, values: Mapping[str, object], key: str = "id"
) -> None:
    """Insert a row, or change the one with its key; what refers to it stays."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    changed = ", ".join(f"{one} = excluded.{one}" for one in values if one != key)
    db.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {changed}",
        list(values.values()),
    )


def put_list(
    db: sqlite_utils.Database, table: str, owner: str, key: int, rows: Iterable[tuple[object, ...]]
) -> None:
    """Replace the rows of a table that belong to somebody."""
    db.execute(f"DELETE FROM {table} WHERE {owner} = ?", [key])
    for row in rows:
        marks = ", ".join("?" * (len(row) + 1))
        db.execute(f"INSERT INTO {table} VALUES ({marks})", [key, *row])


def key_of(db: sqlite_utils.Database, table: str, name: str) -> int:
    """Return the key of a row that is there, by its name."""
    return int(db.execute(f"SELECT id FROM {table} WHERE name = ?", [name]).fetchone()[0])


def party(db: sqlite_utils.Database, ref: Ref) -> int:
    """Return the key of a party that is there."""
    row = db.execute("SELECT id FROM parties WHERE kind = ? AND name = ?", [*ref]).fetchone()
    return int(row[0])


def put_party(db: sqlite_utils.Database, kind: Kind, name: str, extension: str, number: int) -> int:
    """Insert a party, or change the one with its name; return its key."""
    db.execute(
        "INSERT INTO parties (kind, name, extension, version) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET extension = excluded.extension, "
        "version = excluded.version",
        [kind, name, extension or None, number],
    )
    return party(db, Ref(kind, name))


def put_pin(db: sqlite_utils.Database, subject: str, hashed: str) -> None:
    """Keep the hash of a subject's PIN; empty: it has none. One that is there keeps its date."""
    if not hashed:
        db.execute("DELETE FROM pins WHERE subject = ?", [subject])
        return
    kept = db.execute("SELECT hash FROM pins WHERE subject = ?", [subject]).fetchone()
    if kept != (hashed,):
        now = times.stored(datetime.now(UTC), "microseconds")
        db.execute("INSERT OR REPLACE INTO pins VALUES (?, ?, ?)", [subject, hashed, now])
