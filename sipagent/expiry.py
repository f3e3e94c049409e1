"""Kinds of what is deleted when it is old; each goes a batch at a time, so that others write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from sipagent.store.data import Data

#: Rows that are deleted together: nobody waits for the database longer than that takes.
BATCH = 500

#: Deletes so many that are older at the most, and returns how many; None: counts them all.
Delete = Callable[[sqlite_utils.Database, datetime, int | None], int]


@dataclass(frozen=True, slots=True)
class Expiring:
    """Something that is kept for some days.

    Args:
        kind: its name in the log.
        what: its name for people, in the plural.
        days: how long it is kept; 0 is for ever.
        delete: deletes what is older than a moment a batch at a time, and yields after each how
            much that was; where told so (``dry_run``), it only counts.
    """

    kind: str
    what: str
    days: int
    delete: Callable[[Data, datetime, bool], Iterator[int]]


def in_batches(delete: Delete, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    """Delete what is older than a moment; yield after each batch how much that was."""
    if dry_run:
        yield data.read(lambda db: delete(db, moment, None))
        return
    while count := data.write(lambda db: delete(db, moment, BATCH)):
        yield count
