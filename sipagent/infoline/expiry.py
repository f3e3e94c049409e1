"""Requests that are old: their recordings, their words, and they themselves."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.config import Config
from sipagent.expiry import Expiring, in_batches, with_files
from sipagent.infoline.tickets import Ticket, Tickets
from sipagent.store.data import Data


def expiring(config: Config) -> list[Expiring]:
    """Return what is deleted of requests after the days of ``[retention]``."""
    days, folder = config.retention, config.paths.recordings
    return [
        Expiring("recordings", "dictated requests", days.recordings, partial(_recordings, folder)),
        Expiring("transcripts", "transcripts of them", days.transcripts, _transcripts),
        Expiring("tickets", "requests", days.tickets, partial(_tickets, folder)),
    ]


def _recordings(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return _one_by_one(
        folder, data, dry_run, Tickets.recorded_before, moment, Tickets.forget_recording
    )


def _transcripts(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(_forget_words, data, moment, dry_run)


def _forget_words(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return Tickets(db).forget_words(moment, limit)


def _tickets(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return _one_by_one(folder, data, dry_run, Tickets.untouched_since, moment, Tickets.delete)


def _one_by_one(
    folder: Path,
    data: Data,
    dry_run: bool,
    old: Callable[[Tickets, datetime, int, int], list[Ticket]],
    moment: datetime,
    forget: Callable[[Tickets, int], None],
) -> Iterator[int]:
    """Delete recordings, and then what refers to them."""

    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[Ticket]:
        return old(Tickets(db), moment, after, limit)

    def file(ticket: Ticket) -> tuple[int, Path | None]:
        name = ticket.request.recording
        return ticket.number or 0, folder / name if name else None

    def forgotten(db: sqlite_utils.Database, ticket: Ticket) -> None:
        forget(Tickets(db), ticket.id)

    return with_files(data, dry_run, older, file, forgotten)
