"""Writing the exchange: its rows are brought from what they are to what they are to be."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.exchange import journal
from sipagent.exchange.difference import Change
from sipagent.exchange.model import (
    Announcement,
    Box,
    Exchange,
    Group,
    LineNumber,
    Outside,
    Phone,
    Schedule,
    Tariff,
    User,
)
from sipagent.exchange.reading import version
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref

#: Kind of entries → kind of party.
_PARTIES = {kind: party for party, kind in FIELDS.items()}
#: Kind of entries that are no parties → their table, and the column of their key.
_TABLES = {
    "phones": ("phones", "account"),
    "schedules": ("schedules", "name"),
    "announcements": ("announcements", "name"),
    "numbers": ("line_numbers", "number"),
    "tariffs": ("tariffs", "prefix"),
}


def save(db: sqlite_utils.Database, after: Exchange, changes: Sequence[Change]) -> int:
    """Write what has changed, within a transaction; return the number of the change.

    Args:
        db: the database.
        after: the exchange as it is to be; it fits together.
        changes: how it differs from what is kept.
    """
    # Whoever goes and whoever comes may refer to each other while this is under way.
    db.execute("PRAGMA defer_foreign_keys = ON")
    number = next_version(db)
    for change in changes:
        if change.kind in _PARTIES:  # two may swap their extensions
            db.execute(
                "UPDATE parties SET extension = NULL WHERE kind = ? AND name = ?",
                [_PARTIES[change.kind], change.key],
            )
    entries = {kind: {one.key: one for one in after.entries(kind)} for kind in _WRITERS}
    for change in changes:
        if change.what != "removed":
            _WRITERS[change.kind](db, entries[change.kind][change.key], number)
    for change in changes:
        if change.what == "removed":
            _remove(db, change.kind, change.key)
    journal.note(db, number, changes)
    return number


def rename(db: sqlite_utils.Database, kind: str, old: str, new: str) -> None:
    """Give an entry another name, within a transaction; whoever refers to it goes on doing so."""
    number = next_version(db)
    if kind in _PARTIES:
        db.execute(
            "UPDATE parties SET name = ?, version = ? WHERE kind = ? AND name = ?",
            [new, number, _PARTIES[kind], old],
        )
    else:
        table, column = _TABLES[kind]
        db.execute(
            f"UPDATE {table} SET {column} = ?, version = ? WHERE {column} = ?", [new, number, old]
        )
    journal.note(db, number, [Change("changed", kind, new, {"name": (old, new)})])


def set_night(db: sqlite_utils.Database, schedule: str, until: datetime | None) -> None:
    """Close a schedule until a moment; None: its hours count again. It is there."""
    next_version(db)
    value = until and times.stored(until, "seconds")
    db.execute("UPDATE schedules SET night_until = ? WHERE name = ?", [value, schedule])


def next_version(db: sqlite_utils.Database) -> int:
    """Count a change; return its number."""
    db.execute("UPDATE exchange_version SET version = version + 1")
    return version(db)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _put(
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


def _put_list(
    db: sqlite_utils.Database, table: str, owner: str, key: int, rows: Iterable[tuple[object, ...]]
) -> None:
    """Replace the rows of a table that belong to somebody."""
    db.execute(f"DELETE FROM {table} WHERE {owner} = ?", [key])
    for row in rows:
        marks = ", ".join("?" * (len(row) + 1))
        db.execute(f"INSERT INTO {table} VALUES ({marks})", [key, *row])


def _key_of(db: sqlite_utils.Database, table: str, name: str) -> int:
    return int(db.execute(f"SELECT id FROM {table} WHERE name = ?", [name]).fetchone()[0])


def _party(db: sqlite_utils.Database, ref: Ref) -> int:
    """Return the key of a party that is there."""
    row = db.execute("SELECT id FROM parties WHERE kind = ? AND name = ?", [*ref]).fetchone()
    return int(row[0])


def _put_party(
    db: sqlite_utils.Database, kind: Kind, name: str, extension: str, number: int
) -> int:
    db.execute(
        "INSERT INTO parties (kind, name, extension, version) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, name) DO UPDATE SET extension = excluded.extension, "
        "version = excluded.version",
        [kind, name, extension or None, number],
    )
    return _party(db, Ref(kind, name))


def _put_user(db: sqlite_utils.Database, one: User, number: int) -> None:
    key = _put_party(db, Kind.USER, one.name, one.number, number)
    values = {
        "id": key,
        "email": one.email,
        "mobile": one.mobile,
        "role": one.role,
        "rights": _json(one.rights),
        "shown": one.shown,
        "language": one.language,
        "recorded": one.recorded,
    }
    _put(db, "users", values)
    limits = (one.daily_minutes, one.daily_international, one.daily_amount, one.calls_at_once)
    rows = [] if limits == (None,) * len(limits) else [limits]
    _put_list(db, "user_limits", "user_id", key, rows)


def _put_phone(db: sqlite_utils.Database, one: Phone, number: int) -> None:
    values = {
        "account": one.account,
        "user_id": _party(db, Ref(Kind.USER, one.user)),
        "label": one.label,
        "realm": one.realm,
        "md5": one.md5,
        "sha256": one.sha256,
        "version": number,
    }
    _put(db, "phones", values, key="account")


def _put_outside(db: sqlite_utils.Database, one: Outside, number: int) -> None:
    values = {
        "id": _put_party(db, Kind.OUTSIDE, one.name, one.code, number),
        "number": one.number,
        "keys": one.keys,
        "shows": one.shows,
        "may_transfer": int(one.may_transfer),
        "text": one.text,
        "confirm": int(one.confirm),
    }
    _put(db, "outside_numbers", values)


def _put_group(db: sqlite_utils.Database, one: Group, number: int) -> None:
    key = _put_party(db, Kind.GROUP, one.name, one.number, number)
    _put(db, "ring_groups", {"id": key, "ring_order": one.order, "seconds": one.seconds})
    members = [Ref.of(member) for member in one.members]
    rows = [(at, _party(db, ref), ref.kind) for at, ref in enumerate(members)]
    _put_list(db, "ring_group_members", "group_id", key, rows)


def _put_schedule(db: sqlite_utils.Database, one: Schedule, number: int) -> None:
    values = {"name": one.name, "hours": one.hours, "code": one.code, "version": number}
    _put(db, "schedules", values, key="name")
    rows = [(day.first, day.last, day.hours) for day in one.days]
    _put_list(db, "schedule_days", "schedule_id", _key_of(db, "schedules", one.name), rows)


def _put_announcement(db: sqlite_utils.Database, one: Announcement, number: int) -> None:
    values = {"name": one.name, "recording": one.recording, "version": number}
    _put(db, "announcements", values, key="name")
    rows = [(language, text, one.voice.get(language, "")) for language, text in one.text.items()]
    key = _key_of(db, "announcements", one.name)
    _put_list(db, "announcement_texts", "announcement_id", key, rows)


def _put_box(db: sqlite_utils.Database, one: Box, number: int) -> None:
    key = _put_party(db, Kind.BOX, one.name, one.number, number)
    owner = Ref.of(one.owner)
    values = {
        "id": key,
        "owner_id": _party(db, owner),
        "owner_kind": owner.kind,
        "email": one.email,
        "messages": one.messages,
        "seconds": one.seconds,
    }
    _put(db, "boxes", values)
    rows = [(word, _key_of(db, "announcements", name)) for word, name in one.greetings.items()]
    _put_list(db, "box_greetings", "box_id", key, rows)
    subject = f"box:{key}"
    if not one.pin:
        db.execute("DELETE FROM pins WHERE subject = ?", [subject])
        return
    kept = db.execute("SELECT hash FROM pins WHERE subject = ?", [subject]).fetchone()
    if kept != (one.pin,):
        now = times.stored(datetime.now(UTC), "microseconds")
        db.execute("INSERT OR REPLACE INTO pins VALUES (?, ?, ?)", [subject, one.pin, now])


def _put_number(db: sqlite_utils.Database, one: LineNumber, number: int) -> None:
    ref = Ref.of(one.leads_to)
    scenario = ref.kind is Kind.SCENARIO
    values = {
        "number": one.number,
        "scenario": ref.name if scenario else None,
        "party_id": None if scenario else _party(db, ref),
        "recorded": one.recorded,
        "version": number,
    }
    _put(db, "line_numbers", values, key="number")


def _put_tariff(db: sqlite_utils.Database, one: Tariff, number: int) -> None:
    _put(db, "tariffs", {**one.model_dump(), "version": number}, key="prefix")


#: In an order in which nothing refers to what is not written yet.
_WRITERS: Mapping[str, Callable[[sqlite_utils.Database, Any, int], None]] = {
    "users": _put_user,
    "phones": _put_phone,
    "outside": _put_outside,
    "groups": _put_group,
    "schedules": _put_schedule,
    "announcements": _put_announcement,
    "boxes": _put_box,
    "numbers": _put_number,
    "tariffs": _put_tariff,
}


def _remove(db: sqlite_utils.Database, kind: str, key: str) -> None:
    if kind in _PARTIES:
        db.execute("DELETE FROM parties WHERE kind = ? AND name = ?", [_PARTIES[kind], key])
    else:
        table, column = _TABLES[kind]
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", [key])
