"""A thread that writes to the database while calls go on, and never makes one wait for long."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import sqlite_utils

from sipagent.errors import SipAgentError
from sipagent.store.database import Migrations, explained, open_database, writing
from sipagent.threads import STORE

Value = str | int | float | None

#: Seconds between two transactions that nobody waits for: what gathers meanwhile goes into one.
_BREATH = 0.05
#: Seconds that somebody waits for a slow disk; what was to be written is written later.
_LONGEST_WAIT = 2.0
#: Milliseconds that a transaction waits for another writer before it counts as refused.
_BUSY = 250
#: Seconds between two tries to write while the disk is full or the database locked.
_RETRY = 0.5
#: Seconds that ``stop`` keeps on trying.
_LAST_TRIES = 5.0
#: Seconds between two warnings about the same trouble.
_SILENCE = 30.0
#: Writes kept in memory while the disk refuses them (some 60 MB); then the droppable ones go.
_MOST_WAITING = 100_000

_log = logging.getLogger(__name__)


class Statement(NamedTuple):
    """One write; ``droppable`` ones are given up where memory would run full of them."""

    sql: str
    values: tuple[Value, ...]
    droppable: bool = False


class Writer:
    """Writes statements in the order in which they came.

    Whatever has gathered while one transaction was written goes into the next. Where the
    database refuses them (locked, disk full), statements wait in memory until it takes them, and
    ``written`` does not wait at all. A statement that can never be written is left out.
    """

    def __init__(self, database: Path, migrations: Sequence[Migrations]) -> None:
        self._database = database
        self._migrations = migrations
        self._db: sqlite_utils.Database | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        # All below is read and changed only by who holds ``_changed``.
        self._queue: deque[Statement] = deque()
        self._waiters: list[asyncio.Future[None]] = []
        self._in_hand = 0
        self._dropped = 0
        self._idle = False
        self._stuck = False
        self._give_up: float | None = None
        # Only the thread knows these.
        self._refused = 0
        self._warned = 0.0

    async def start(self) -> None:
        """Open the database and start the thread.

        Raises:
            SetupError, DataError: the database cannot be opened.
        """
        self._db = await STORE.run(open_database, self._database, self._migrations)
        self._db.conn.execute(f"PRAGMA busy_timeout = {_BUSY}")
        self._give_up = None
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what is left, and end the thread; safe to call twice."""
        if self._thread is None or self._db is None:
            return
        with self._changed:
            self._give_up = time.monotonic() + _LAST_TRIES
            self._changed.notify()
        await STORE.run(self._thread.join)
        self._thread = None
        self._db.close()

    def write(self, sql: str, values: Sequence[Value], *, droppable: bool = False) -> None:
        """Have a statement run soon, after those before it; never waits for the disk."""
        statement = Statement(sql, tuple(map(_storable, values)), droppable)
        with self._changed:
            if droppable and len(self._queue) + self._in_hand >= _MOST_WAITING:
                self._dropped += 1
                return
            self._queue.append(statement)
            if self._idle:
                self._changed.notify()

    async def written(self) -> None:
        """Return once everything so far is committed, or at once while the disk refuses it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._changed:
            if self._stuck:
                return
            self._waiters.append(future)
            self._changed.notify()
        await asyncio.wait((future,), timeout=_LONGEST_WAIT)

    # In the thread

    def _run(self) -> None:
        while True:
            try:
                self._write_on()
                return
            # No call would be recorded from here on, and nothing would say so.
            except Exception:
                _log.exception("the thread of call records has failed, and goes on")
                time.sleep(_RETRY)

    def _write_on(self) -> None:
        while True:
            batch, waiters, give_up = self._take()
            refusal = self._commit(batch)
            if refusal and (give_up is None or time.monotonic() < give_up):
                self._give_back(batch, waiters, refusal)
                continue
            self._done(waiters, len(batch), refusal)
            if give_up is not None:
                return

    def _take(self) -> tuple[deque[Statement], list[asyncio.Future[None]], float | None]:
        """Wait for something to do, and take all there is."""
        with self._changed:
            self._changed.wait_for(self._urgent, timeout=_RETRY if self._stuck else _BREATH)
            self._idle = True
            self._changed.wait_for(lambda: self._queue or self._urgent())
            self._idle = False
            batch, self._queue = self._queue, deque()
            waiters, self._waiters = self._waiters, []
            self._in_hand = len(batch)
            return batch, waiters, self._give_up

    def _urgent(self) -> bool:
        stopping = self._give_up is not None
        return bool(self._waiters or stopping) and not (self._stuck and not stopping)

    def _commit(self, batch: deque[Statement]) -> Exception | None:
        """Write a batch; return why the database does not take it."""
        if not batch or self._db is None:
            return None
        try:
            with writing(self._db):
                for statement in batch:
                    self._execute(self._db, statement)
        # Whatever it is, the thread must live on: there may be no other chance to write.
        except Exception as refusal:
            return refusal
        return None

    def _execute(self, db: sqlite_utils.Database, statement: Statement) -> None:
        try:
            with explained(self._database):
                db.conn.execute(statement.sql, statement.values)
        except SipAgentError:
            raise
        # One call's mistake, whatever it is, must not keep the others from being recorded.
        except Exception as error:
            _log.error("left out, cannot be stored: %s: %s", statement.sql, error)

    def _give_back(
        self,
        batch: deque[Statement],
        waiters: list[asyncio.Future[None]],
        refusal: Exception,
    ) -> None:
        """Keep a batch for the next try, and let those go who wait for it."""
        with self._changed:
            batch.extend(self._queue)
            self._queue = batch
            self._in_hand = 0
            self._stuck = True
            waiters.extend(self._waiters)
            self._waiters = []
            stopping = self._give_up is not None
        _release(waiters)
        now = time.monotonic()
        if not self._refused or now - self._warned > _SILENCE:
            self._warned = now
            _log.warning("%d lines wait in memory: %s", len(batch), _reason(refusal))
        self._refused += 1
        if stopping:
            time.sleep(_RETRY / 5)

    def _done(
        self, waiters: list[asyncio.Future[None]], count: int, refusal: Exception | None
    ) -> None:
        with self._changed:
            self._in_hand = 0
            self._stuck = False
            dropped, self._dropped = self._dropped, 0
        _release(waiters)
        if refusal:
            _log.error("%d lines are lost: %s", count, _reason(refusal))
        elif self._refused or dropped:
            _log.warning("written again; waiting lines %d, lost %d", count, dropped)
        self._refused = 0


def _reason(refusal: Exception) -> str:
    # The sentence of a refusal is meant for a person at a command; here its cause says enough.
    return str(refusal.__cause__ or refusal)


def _storable(value: Value) -> Value:
    """Return a value as SQLite takes it: what a SIP peer sends need not be valid UTF-8."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    return value


def _release(waiters: Sequence[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        # Its loop may be closed by now: nobody waits any more.
        with contextlib.suppress(RuntimeError):
            waiter.get_loop().call_soon_threadsafe(_finish, waiter)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
