"""Tickets that are old: their recordings, their words, and they themselves with their files."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.config import Config
from sipagent.expiry import Expiring, in_batches, with_files
from sipagent.store.data import Data
from sipagent.store.database import writing
from sipagent.tickets import rows, search
from sipagent.tickets.attachments import stands_as
from sipagent.tickets.dictated import Spoken, spoken
from sipagent.tickets.model import Ticket
from sipagent.tickets.tickets import Tickets

_OLD_WORDS = "FROM ticket_entries WHERE transcript <> '' AND at < ?"


def expiring(config: Config) -> list[Expiring]:
    """Return what is deleted of tickets after the days of ``[retention]``."""
    days, recordings = config.retention, config.paths.recordings
    whole = partial(_tickets, recordings, config.paths.attachments)
    return [
        Expiring("recordings", "spoken requests", days.recordings, partial(_spoken, recordings)),
        Expiring("transcripts", "transcripts of them", days.transcripts, _transcripts),
        Expiring("tickets", "requests", days.tickets, whole),
    ]


def forget_words(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete the transcripts of what was spoken before a moment; return how many.

    So many at the most; without a limit they are only counted.
    """
    before = rows.stored(moment)
    if limit is None:
        return int(db.execute(f"SELECT count(*) {_OLD_WORDS}", [before]).fetchone()[0])
    with writing(db):
        found = db.execute(f"SELECT id, ticket {_OLD_WORDS} LIMIT ?", [before, limit]).fetchall()
        for entry, _ in found:
            db.execute("UPDATE ticket_entries SET transcript = '' WHERE id = ?", [entry])
        for ticket in {ticket for _, ticket in found}:
            search.index(db, ticket)
    return len(found)


def _spoken(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[Spoken]:
        old = "recording <> '' AND at < ? AND entries.id > ? AND number NOT NULL"
        return spoken(db, f"{old} ORDER BY entries.id LIMIT ?", [rows.stored(moment), after, limit])

    def files(one: Spoken) -> tuple[int, list[Path]]:
        return one.entry, [folder / one.voice.recording]

    def forgotten(db: sqlite_utils.Database, one: Spoken) -> None:
        db.execute("UPDATE ticket_entries SET recording = '' WHERE id = ?", [one.entry])

    return with_files(data, dry_run, older, files, forgotten)


def _transcripts(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(forget_words, data, moment, dry_run)


def _tickets(
    recordings: Path, attachments: Path, data: Data, moment: datetime, dry_run: bool
) -> Iterator[int]:
    """Delete tickets to which nothing was added since a moment, open ones as well.

    Those whose letter has not left the house are not among them.
    """

    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[tuple[Ticket, list[Path]]]:
        found = rows.select(
            db,
            "updated < ? AND number > ? AND id NOT IN "
            "(SELECT ticket FROM ticket_entries WHERE transcription = 'waiting') "
            "ORDER BY number LIMIT ?",
            [rows.stored(moment), after, limit],
        )
        return [(one, _files(db, one.id)) for one in found]

    def _files(db: sqlite_utils.Database, ticket: int) -> list[Path]:
        found: list[Path] = []
        for entry in rows.entries(db, ticket):
            if entry.voice and entry.voice.recording:
                found.append(recordings / entry.voice.recording)
            for file in entry.files:
                found += [attachments / name for name in stands_as(file.file)]
        return found

    def files(one: tuple[Ticket, list[Path]]) -> tuple[int, list[Path]]:
        ticket, paths = one
        return ticket.number, paths

    def forgotten(db: sqlite_utils.Database, one: tuple[Ticket, list[Path]]) -> None:
        Tickets(db).delete(one[0].id)

    return with_files(data, dry_run, older, files, forgotten)
