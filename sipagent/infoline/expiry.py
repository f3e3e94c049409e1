"""Requests that are old: their recordings, their words, and they themselves."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.expiry import BATCH, Expiring, in_batches
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
    directory: Path,
    data: Data,
    dry_run: bool,
    old: Callable[[Tickets, datetime, int, int], list[Ticket]],
    moment: datetime,
    forget: Callable[[Tickets, int], None],
) -> Iterator[int]:
    """Delete recordings, and then what refers to them; one that cannot be deleted stays whole.

    Raises:
        SetupError: some are there still.
    """
    stuck: list[str] = []
    last = 0

    def older(after: int, db: sqlite_utils.Database) -> list[Ticket]:
        return old(Tickets(db), moment, after, BATCH)

    def forgotten(ticket: int, db: sqlite_utils.Database) -> None:
        forget(Tickets(db), ticket)

    while batch := data.read(partial(older, last)):
        for ticket in batch:
            last = ticket.number or last
            path = directory / ticket.request.recording
            try:
                if not dry_run and ticket.request.recording:
                    path.unlink(missing_ok=True)
            except OSError as error:
                stuck.append(f"{path} cannot be deleted: {error.strerror}")
                continue
            if not dry_run:
                data.write(partial(forgotten, ticket.id))
            yield 1
    if stuck:
        raise SetupError(f"{len(stuck)} of them stay, such as: {stuck[0]}")
