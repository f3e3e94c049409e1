"""Kinds of what is deleted when it is old; each goes a batch at a time, so that others write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlite_utils

from sipagent.errors import SetupError
from sipagent.store.data import Data

Item = TypeVar("Item")

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


def with_files(
    data: Data,
    dry_run: bool,
    older: Callable[[sqlite_utils.Database, int, int], Sequence[Item]],
    files: Callable[[Item], tuple[int, Sequence[Path]]],
    forget: Callable[[sqlite_utils.Database, Item], None],
) -> Iterator[int]:
    """Delete files, and then the rows that name them; yield 1 for each row.

    A row of which a file cannot be deleted stays as it is.

    Args:
        data: the database.
        dry_run: whether things are only counted.
        older: returns so many that are old at the most, in order, those after a number.
        files: returns the number of one, and its files.
        forget: deletes the row.

    Raises:
        SetupError: some are there still.
    """
    stuck: list[str] = []
    last = 0
    while batch := data.read(partial(_after, older, last)):
        for item in batch:
            last, paths = files(item)
            try:
                for path in () if dry_run else paths:
                    path.unlink(missing_ok=True)
            except OSError as error:
                stuck.append(f"{error.filename} cannot be deleted: {error.strerror}")
                continue
            if not dry_run:
                data.write(partial(_forgotten, forget, item))
            yield 1
    if stuck:
        raise SetupError(f"{len(stuck)} of them stay, such as: {stuck[0]}")


def _after(
    older: Callable[[sqlite_utils.Database, int, int], Sequence[Item]],
    last: int,
    db: sqlite_utils.Database,
) -> Sequence[Item]:
    return older(db, last, BATCH)


def _forgotten(
    forget: Callable[[sqlite_utils.Database, Item], None], item: Item, db: sqlite_utils.Database
) -> None:
    forget(db, item)


def in_batches(delete: Delete, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    """Delete what is older than a moment; yield after each batch how much that was."""
    if dry_run:
        yield data.read(lambda db: delete(db, moment, None))
        return
    while count := data.write(lambda db: delete(db, moment, BATCH)):
        yield count
