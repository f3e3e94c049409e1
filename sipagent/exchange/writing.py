"""Writing the exchange: its rows are brought from what they are to what they are to be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.exchange import journal
from sipagent.exchange.difference import Change
from sipagent.exchange.model import (
    Announcement,
    Authorised,
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
from sipagent.exchange.queues import rows as queue_rows
from sipagent.exchange.reading import version
from sipagent.exchange.rooms import rows as room_rows
from sipagent.exchange.rows import as_json, key_of, party, put, put_list, put_party, put_pin
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref

#: Kind of entries → kind of party.
PARTIES = {kind: party for party, kind in FIELDS.items()}
#: Kind of entries that are no parties → their table, and the column of their key.
_TABLES = {
    "phones": ("phones", "account"),
    "schedules": ("schedules", "name"),
    "announcements": ("announcements", "name"),
    "numbers": ("line_numbers", "number"),
    "tariffs": ("tariffs", "prefix"),
    "authorised": ("authorised_numbers", "number"),
}


def save(
    db: sqlite_utils.Database, after: Exchange, changes: Sequence[Change], by: str = ""
) -> int:
    """Write what has changed, within a transaction; return the number of the change.

    Args:
        db: the database.
        after: the exchange as it is to be; it fits together.
        changes: how it differs from what is kept.
        by: as ``journal.Noted``.
    """
    # Whoever goes and whoever comes may refer to each other while this is under way.
    db.execute("PRAGMA defer_foreign_keys = ON")
    number = next_version(db)
    for change in changes:
        if change.kind in PARTIES:  # two may swap their extensions, and refer to each other
            db.execute(
                "INSERT INTO parties (kind, name, version) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, name) DO UPDATE SET extension = NULL",
                [PARTIES[change.kind], change.key, number],
            )
    entries = {kind: {one.key: one for one in after.entries(kind)} for kind in _WRITERS}
    for change in changes:
        if change.what != "removed":
            _WRITERS[change.kind](db, entries[change.kind][change.key], number)
    for change in changes:
        if change.what == "removed":
            _remove(db, change.kind, change.key)
    journal.note(db, number, changes, by)
    return number


def rename(db: sqlite_utils.Database, kind: str, old: str, new: str) -> None:
    """Give an entry another name, within a transaction in which it is saved afterwards.

    Whoever refers to it goes on doing so.
    """
    if kind in PARTIES:
        db.execute(
            "UPDATE parties SET name = ? WHERE kind = ? AND name = ?", [new, PARTIES[kind], old]
        )
    else:
        table, column = _TABLES[kind]
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [new, old])


def set_night(db: sqlite_utils.Database, schedule: str, until: datetime | None) -> None:
    """Close a schedule until a moment; None: its hours count again. It is there."""
    next_version(db)
    value = until and times.stored(until, "seconds")
    db.execute("UPDATE schedules SET night_until = ? WHERE name = ?", [value, schedule])


def next_version(db: sqlite_utils.Database) -> int:
    """Count a change; return its number."""
    db.execute("UPDATE exchange_version SET version = version + 1")
    return version(db)


def _put_user(db: sqlite_utils.Database, one: User, number: int) -> None:
    key = put_party(db, Kind.USER, one.name, one.number, number)
    values = {
        "id": key,
        "email": one.email,
        "mobile": one.mobile,
        "role": one.role,
        "rights": as_json(one.rights),
        "shown": one.shown,
        "language": one.language,
        "recorded": one.recorded,
        "listening_tone": int(one.listening_tone),
    }
    put(db, "users", values)
    put_pin(db, f"user:{key}", one.pin)
    limits = (one.daily_minutes, one.daily_international, one.daily_amount, one.calls_at_once)
    rows = [] if limits == (None,) * len(limits) else [limits]
    put_list(db, "user_limits", "user_id", key, rows)


def _put_phone(db: sqlite_utils.Database, one: Phone, number: int) -> None:
    values = {
        "account": one.account,
        "user_id": party(db, Ref(Kind.USER, one.user)),
        "label": one.label,
        "realm": one.realm,
        "md5": one.md5,
        "sha256": one.sha256,
        "version": number,
    }
    put(db, "phones", values, key="account")


def _put_outside(db: sqlite_utils.Database, one: Outside, number: int) -> None:
    values = {
        "id": put_party(db, Kind.OUTSIDE, one.name, one.code, number),
        "number": one.number,
        "keys": one.keys,
        "shows": one.shows,
        "may_transfer": int(one.may_transfer),
        "text": one.text,
        "confirm": int(one.confirm),
        "text_number": int(one.text_number),
    }
    put(db, "outside_numbers", values)


def _put_group(db: sqlite_utils.Database, one: Group, number: int) -> None:
    key = put_party(db, Kind.GROUP, one.name, one.number, number)
    put(db, "ring_groups", {"id": key, "ring_order": one.order, "seconds": one.seconds})
    members = [Ref.of(member) for member in one.members]
    rows = [(at, party(db, ref), ref.kind) for at, ref in enumerate(members)]
    put_list(db, "ring_group_members", "group_id", key, rows)


def _put_schedule(db: sqlite_utils.Database, one: Schedule, number: int) -> None:
    values = {"name": one.name, "hours": one.hours, "code": one.code, "version": number}
    put(db, "schedules", values, key="name")
    rows = [(day.first, day.last, day.hours) for day in one.days]
    put_list(db, "schedule_days", "schedule_id", key_of(db, "schedules", one.name), rows)


def _put_announcement(db: sqlite_utils.Database, one: Announcement, number: int) -> None:
    values = {"name": one.name, "recording": one.recording, "version": number}
    put(db, "announcements", values, key="name")
    rows = [(language, text, one.voice.get(language, "")) for language, text in one.text.items()]
    key = key_of(db, "announcements", one.name)
    put_list(db, "announcement_texts", "announcement_id", key, rows)


def _put_box(db: sqlite_utils.Database, one: Box, number: int) -> None:
    key = put_party(db, Kind.BOX, one.name, one.number, number)
    owner = Ref.of(one.owner)
    values = {
        "id": key,
        "owner_id": party(db, owner),
        "owner_kind": owner.kind,
        "email": one.email,
        "messages": one.messages,
        "seconds": one.seconds,
        "tickets": int(one.tickets),
    }
    put(db, "boxes", values)
    rows = [(word, key_of(db, "announcements", name)) for word, name in one.greetings.items()]
    put_list(db, "box_greetings", "box_id", key, rows)
    put_pin(db, f"box:{key}", one.pin)


def _put_number(db: sqlite_utils.Database, one: LineNumber, number: int) -> None:
    ref = Ref.of(one.leads_to)
    scenario = ref.kind is Kind.SCENARIO
    values = {
        "number": one.number,
        "scenario": ref.name if scenario else None,
        "party_id": None if scenario else party(db, ref),
        "recorded": one.recorded,
        "version": number,
    }
    put(db, "line_numbers", values, key="number")


def _put_tariff(db: sqlite_utils.Database, one: Tariff, number: int) -> None:
    put(db, "tariffs", {**one.model_dump(), "version": number}, key="prefix")


def _put_authorised(db: sqlite_utils.Database, one: Authorised, number: int) -> None:
    values = {
        "number": one.number,
        "user_id": party(db, Ref(Kind.USER, one.user)),
        "shown": one.shown,
        "schedule_id": key_of(db, "schedules", one.schedule) if one.schedule else None,
        "version": number,
    }
    put(db, "authorised_numbers", values, key="number")
    (key,) = db.execute(
        "SELECT id FROM authorised_numbers WHERE number = ?", [one.number]
    ).fetchone()
    put_pin(db, f"authorised:{key}", one.pin)


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
    "queues": queue_rows.put_queue,
    "authorised": _put_authorised,
    "rooms": room_rows.put_room,
}


def _remove(db: sqlite_utils.Database, kind: str, key: str) -> None:
    if kind in PARTIES:
        db.execute("DELETE FROM parties WHERE kind = ? AND name = ?", [PARTIES[kind], key])
    else:
        table, column = _TABLES[kind]
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", [key])
