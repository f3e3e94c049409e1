"""The database of the daemon: one thread that writes, and beside it connections that read."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import sqlite_utils

from sipagent.store.data import Data
from sipagent.store.database import (
    BUSY_SECONDS,
    Migrations,
    explained,
    open_database,
    open_reader,
)
from sipagent.store.writer import Value, Writer
from sipagent.threads import FILES, INBOX, MAIL, PINS, STORE

Result = TypeVar("Result")


class Store:
    """A database that is open; ``async with`` closes it again.

    Nobody who reads waits for who writes: the file has a write-ahead log.

    Args:
        path: its file, made where it is missing.
        migrations: of all who use it.

    Raises:
        SetupError, DataError: it cannot be opened.
    """

    def __init__(self, path: Path, migrations: Sequence[Migrations]) -> None:
        self._writer = Writer(open_database(path, migrations))
        self._readers = _Readers(path)
        #: For look-ups in the event loop, which take less than to hand them to a thread.
        self.view = open_reader(path)
        #: The same database for who works in a thread.
        self.blocking: Data = _Blocking(self._writer, self._readers)

    async def __aenter__(self) -> "Store":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Write what is left, and close all connections; safe to call twice.

        Who was cancelled while a thread worked for it has left that thread behind: SQLite would
        not survive that a connection is closed under it.
        """
        kinds = (FILES, INBOX, MAIL, PINS, STORE)
        settled = [await kind.settled(2 * BUSY_SECONDS) for kind in kinds]
        await STORE.run(self._writer.close)
        if all(settled):  # else the end of the program closes them
            self._readers.close()
            self.view.close()

    async def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        """Have a function write in a transaction; return what it does once that is committed.

        It runs in the thread that writes, and must be short: everybody else waits for it. Who is
        cancelled goes at once; a function whose turn has not come is not called then.

        Args:
            work: gets a connection within a transaction; what it fails with is raised here, and
                nothing of it is kept.
            durable: it is on the disk even if the power goes the moment after.

        Raises:
            DataError: somebody else keeps the database for longer than ``BUSY_SECONDS``, or it is
                damaged.
            SetupError: the disk is full or read-only, or the file was deleted.
        """
        return await asyncio.wrap_future(self._writer.submit(work, durable=durable))

    async def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        """Return what a function reads, in a thread; it reads all before it returns.

        Raises:
            DataError, SetupError: as ``write``.
        """
        return await STORE.run(self._readers.read, work)

    def post(self, sql: str, values: Sequence[Value], *, droppable: bool = False) -> None:
        """Have a statement run soon, in its order; it waits in memory while the disk refuses it.

        Args:
            sql: one statement.
            values: of its parameters.
            droppable: given up where memory would run full of them.
        """
        self._writer.post(sql, values, droppable=droppable)

    async def written(self) -> None:
        """Return once all posts so far are committed, or at once while the disk refuses them."""
        await self._writer.written()


class _Readers:
    """Connections that read, as many as are needed at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        #: Those that nobody reads with just now.
        self._idle: list[sqlite_utils.Database] = []

    def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        with self._lock:
            db = self._idle.pop() if self._idle else None
        db = db or open_reader(self._path)
        try:
            with explained(self._path):
                return work(db)
        finally:
            with self._lock:
                self._idle.append(db)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()


class _Blocking:
    """A store for who works in a thread."""

    def __init__(self, writer: Writer, readers: _Readers) -> None:
        self._writer = writer
        self.read = readers.read

    def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        return self._writer.submit(work, durable=durable).result()
