"""Rows of tickets: how they become values, and which of them a filter means."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.dictation.desk import Transcription
from sipagent.tickets import search
from sipagent.tickets.model import (
    Asker,
    AskerKind,
    Attachment,
    Change,
    Entry,
    Filter,
    Importance,
    Kind,
    Status,
    Ticket,
    Voice,
    Way,
)

#: Characters that a ticket tells of its first entry.
_BEGINNING = 200

_OWN = tuple(name for name in Ticket.__dataclass_fields__ if name not in ("words", "asker"))
_ASKER = tuple(Asker.__dataclass_fields__)
_COLUMNS = ", ".join((*_OWN, *_ASKER))
_TICKETS = f"""
SELECT {_COLUMNS}, coalesce((SELECT substr(CASE text WHEN '' THEN transcript ELSE text END, 1,
    {_BEGINNING}) FROM ticket_entries WHERE ticket = tickets.id ORDER BY id LIMIT 1), '')
FROM tickets
"""
_ENTRIES = """
SELECT ticket_entries.id, kind, at, who, way, text, message_id, recording, seconds, transcription,
    transcript
FROM ticket_entries
"""
_FILES = "SELECT entry, name, file, media, size, id FROM ticket_files"

Condition = tuple[str, Sequence[object]]


def select(db: sqlite_utils.Database, where: str, values: Sequence[object]) -> list[Ticket]:
    """Return the tickets that a condition of SQL, and what follows it, mean."""
    rows = db.execute(f"{_TICKETS} WHERE {where}", values).fetchall()
    return [_to_ticket(row) for row in rows]


def chosen(db: sqlite_utils.Database, wanted: Filter) -> list[Ticket]:
    """Return the tickets that a filter means, the latest first."""
    conditions = [("number IS NOT NULL", ()), *_conditions(wanted)]
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, some in conditions for value in some]
    return select(db, f"{where} ORDER BY number DESC LIMIT ?", [*values, wanted.limit])


def entries(db: sqlite_utils.Database, ticket: int) -> list[Entry]:
    """Return what was said about a ticket, in order."""
    files: dict[int, list[Attachment]] = {}
    of_entries = "entry IN (SELECT id FROM ticket_entries WHERE ticket = ?) ORDER BY id"
    for entry, *file in db.execute(f"{_FILES} WHERE {of_entries}", [ticket]).fetchall():
        files.setdefault(entry, []).append(Attachment(*file))
    rows = db.execute(f"{_ENTRIES} WHERE ticket = ? ORDER BY id", [ticket]).fetchall()
    return [_to_entry(row, files.get(row[0], ())) for row in rows]


def changes(db: sqlite_utils.Database, ticket: int) -> list[Change]:
    """Return what was changed of a ticket, in order."""
    rows = db.execute(
        "SELECT at, who, field, before, after FROM ticket_changes WHERE ticket = ? ORDER BY id",
        [ticket],
    )
    return [Change(*row) for row in rows.fetchall()]


def stored(moment: datetime) -> str:
    """Return a moment as tickets keep it."""
    return times.stored(moment, "seconds")


def _conditions(wanted: Filter) -> Iterable[Condition]:
    yield from _among("status", wanted.statuses)
    yield from _among("importance", wanted.importances)
    yield from _among("way", wanted.ways)
    if wanted.assignee is not None:
        yield "assignee = ?", (wanted.assignee,)
    if wanted.manager is not None:
        yield "manager = ?", (wanted.manager,)
    if wanted.unmanaged:
        yield "manager IS NULL", ()
    if wanted.asker is not None:
        yield "kind = ? AND ref = ?", wanted.asker
    if wanted.since is not None:
        yield "created >= ?", (stored(wanted.since),)
    if wanted.until is not None:
        yield "created < ?", (stored(wanted.until),)
    if wanted.before is not None:
        yield "number < ?", (wanted.before,)
    if wanted.subject.strip():
        yield _found(search.query(wanted.subject, only=search.SUBJECT))
    if wanted.who.strip():
        yield _found(search.query(wanted.who, only=search.ASKER))
    if wanted.words.strip():
        yield _found(search.query(wanted.words, but="" if wanted.notes else search.NOTES))


def _among(column: str, wanted: Sequence[str]) -> Iterable[Condition]:
    if wanted:
        yield f"{column} IN ({', '.join('?' * len(wanted))})", wanted


def _found(asked: str) -> Condition:
    """Return the condition of a search; one for nothing but signs finds nothing."""
    if not asked:
        return "0", ()
    return "id IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?)", (asked,)


def _to_ticket(row: Sequence[object]) -> Ticket:
    values = dict(zip((*_OWN, *_ASKER, "words"), row, strict=True))
    asker = {name: values.pop(name) for name in _ASKER}
    asker["kind"] = AskerKind(str(asker["kind"]))
    values["number"] = values["number"] or 0
    values["status"] = Status(str(values["status"]))
    values["importance"] = Importance(str(values["importance"]))
    values["way"] = Way(str(values["way"]))
    return Ticket(asker=Asker(**asker), **values)  # type: ignore[arg-type]


def _to_entry(row: Sequence[object], files: Sequence[Attachment]) -> Entry:
    key, kind, at, who, way, text, message_id, recording, seconds, transcription, words = row
    voice = None
    if recording is not None:
        how = Transcription(str(transcription))
        voice = Voice(str(recording), float(str(seconds)), how, str(words))
    return Entry(
        id=int(str(key)),
        kind=Kind(str(kind)),
        at=str(at),
        who=str(who),
        way=str(way),
        text=str(text),
        message_id=str(message_id),
        voice=voice,
        files=tuple(files),
    )
