"""Attachments that no ticket names: of forms that were never sent, and of tickets that are gone."""

import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import sqlite_utils

from sipagent.config import Config
from sipagent.expiry import Expiring
from sipagent.store.data import Data
from sipagent.tickets.attachments import Attachments

#: Days for which a file may be on its way to a row.
_DAYS = 1


def strays(config: Config) -> Expiring:
    """Return the files that are swept up, with the clean-up of each day."""
    delete = partial(_strays, Attachments.of(config))
    return Expiring("attachments", "attachments of nothing", _DAYS, delete)


def _strays(kept: Attachments, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    known = data.read(_named)
    found = kept.strays(known, time.time() - moment.timestamp())
    if not dry_run:
        kept.drop(found)
    yield len(found)


def _named(db: sqlite_utils.Database) -> set[str]:
    return {file for (file,) in db.execute("SELECT file FROM ticket_files").fetchall()}
