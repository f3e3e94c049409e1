"""Attachments that nothing names: of forms that were never sent, and of tickets that are gone."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

import sqlite_utils

from sipagent.config import Config
from sipagent.expiry import Expiring
from sipagent.store.data import Data
from sipagent.tickets.attachments import Attachments

#: Days for which a file may be on its way to a row.
_DAYS = 1


#: Returns the files that something names, by their names in ``paths.attachments``.
Naming = Callable[[sqlite_utils.Database], set[str]]


def strays(config: Config, *others: Naming) -> Expiring:
    """Return the files that are swept up, with the clean-up of each day.

    Args:
        config: the settings.
        others: what names files besides tickets.
    """
    delete = partial(_strays, Attachments.of(config), (_named, *others))
    return Expiring("attachments", "attachments of nothing", _DAYS, delete)


def _strays(
    kept: Attachments, named: Iterable[Naming], data: Data, moment: datetime, dry_run: bool
) -> Iterator[int]:
    known = set[str]().union(*map(data.read, named))
    found = kept.strays(known, time.time() - moment.timestamp())
    if not dry_run:
        kept.drop(found)
    yield len(found)


def _named(db: sqlite_utils.Database) -> set[str]:
    return {file for (file,) in db.execute("SELECT file FROM ticket_files").fetchall()}
