"""Reading and writing for who may wait: a thread of the daemon, or a command."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlite_utils

from sipagent.store.database import explained, file_of, writing

Result = TypeVar("Result")


class Data(Protocol):
    """A database as whatever works in a thread sees it; the event loop has ``Store`` itself.

    Both raise what ``store.database.explained`` does.
    """

    def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        """Return what a function reads; writers are not waited for."""

    def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        """Have a function write in a transaction, and return what it does once that is committed.

        What is ``durable`` is on the disk then, even if the power goes the moment after.
        """


class Single:
    """One connection, such as that of a command; threads take turns."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db
        self._turn = threading.RLock()

    def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        """Return what a function reads."""
        with self._turn, explained(file_of(self._db)):
            return work(self._db)

    def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        """Have a function write in a transaction."""
        with self._turn:
            if not self._db.conn.in_transaction:
                self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with writing(self._db):
                return work(self._db)
