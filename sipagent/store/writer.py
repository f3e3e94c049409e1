"""The one thread that writes to the database: short transactions, in the order of the asking."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlite_utils

from sipagent import cores
from sipagent.errors import SetupError, SipAgentError
from sipagent.store.database import BUSY_SECONDS, explained, file_of, is_busy, writing

Result = TypeVar("Result")
Value = str | int | float | None

#: Seconds between two transactions that nobody waits for: what gathers meanwhile goes into one.
_BREATH = 0.05
#: Seconds that ``written`` waits for a slow disk; what was to be written is written later.
_LONGEST_WAIT = 2.0
#: Milliseconds that a transaction waits for another program before it counts as refused.
_BUSY = 250
#: Seconds between two tries to write while the disk is full or the database locked.
_RETRY = 0.5
#: Seconds that ``close`` keeps on trying.
_LAST_TRIES = 5.0
#: Seconds between two warnings about the same trouble.
_SILENCE = 30.0
#: Statements kept in memory while the disk refuses them (some 60 MB); then droppable ones go.
_MOST_WAITING = 100_000

_log = logging.getLogger(__name__)


class Statement(NamedTuple):
    """A write that nobody waits for; ``droppable`` ones are given up where memory runs full."""

    sql: str
    values: tuple[Value, ...]
    droppable: bool = False


@dataclass(eq=False, slots=True)
class Job:
    """A write that somebody waits for.

    ``durable`` ones are on the disk when they are done, even if the power goes the moment after.
    """

    work: Callable[[sqlite_utils.Database], Any]
    durable: bool
    future: "Future[Any]" = field(default_factory=Future)
    asked: float = field(default_factory=time.monotonic)

    @property
    def late(self) -> bool:
        """Whether somebody else has kept the database from it for too long."""
        return time.monotonic() - self.asked > BUSY_SECONDS


Batch = deque[Statement | Job]


class Writer:
    """Writes what it is given, in the order in which it came, from one thread.

    Whatever has gathered while one transaction was written goes into the next, each job behind a
    savepoint of its own: one that fails takes nothing of the others with it. Where the database
    refuses a transaction, jobs are told why; statements wait in memory until it takes them, and
    ``written`` does not wait at all. A statement that can never be written is left out.

    Args:
        db: a connection that nobody else uses from here on.
    """

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db
        self._path: Path = file_of(db)
        db.conn.execute(f"PRAGMA busy_timeout = {_BUSY}")
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._changed = threading.Condition()
        # All below is read and changed only by who holds ``_changed``.
        self._queue: Batch = deque()
        self._waiters: list[asyncio.Future[None]] = []
        #: Jobs among the queue.
        self._jobs = 0
        self._in_hand = 0
        self._dropped = 0
        self._idle = False
        #: Whether statements were refused the last time, and not only because somebody else writes.
        self._stuck = self._refusing = False
        self._closed = False
        self._give_up: float | None = None
        # Only the thread knows these.
        self._durable: bool | None = None
        self._refused = 0
        self._warned = 0.0
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end the thread; safe to call twice. It blocks."""
        with self._changed:
            self._closed = True
            self._give_up = self._give_up or time.monotonic() + _LAST_TRIES
            self._changed.notify()
        self._thread.join()
        self._db.close()

    def submit(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> "Future[Result]":
        """Have a function write in a transaction; the future has what came of it.

        It is called once, and must be short: everybody else waits for it. One that is cancelled
        before its turn is not called.

        Raises:
            SetupError: the line is being stopped, and nothing is written any more.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a job waits for another one: both have to be one")
        job = Job(work, durable)
        with self._changed:
            if self._closed:
                raise SetupError("the line is being stopped; nothing is written any more")
            self._queue.append(job)
            self._jobs += 1
            self._changed.notify()
        return job.future

    def post(self, sql: str, values: Sequence[Value], *, droppable: bool = False) -> None:
        """Have a statement run soon, after what came before it; never waits for the disk."""
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
            if self._stuck or self._closed:
                return
            self._waiters.append(future)
            self._changed.notify()
        await asyncio.wait((future,), timeout=_LONGEST_WAIT)

    # In the thread

    def _run(self) -> None:
        cores.stay()
        while True:
            try:
                self._write_on()
                return
            # Nothing would be written from here on, and nobody would say so.
            except Exception:
                _log.exception("the thread that writes has failed, and goes on")
                time.sleep(_RETRY)

    def _write_on(self) -> None:
        while True:
            batch, waiters, give_up = self._take()
            refusal = self._commit(batch)
            if refusal and (give_up is None or time.monotonic() < give_up):
                self._give_back(batch, waiters, refusal)
                continue
            self._done(batch, waiters, refusal)
            if give_up is not None:
                return

    def _take(self) -> tuple[Batch, list[asyncio.Future[None]], float | None]:
        """Wait for something to do, and take all there is."""
        with self._changed:
            self._changed.wait_for(self._urgent, timeout=_RETRY if self._stuck else _BREATH)
            self._idle = True
            self._changed.wait_for(lambda: self._queue or self._urgent())
            self._idle = False
            batch, self._queue = self._queue, deque()
            waiters, self._waiters = self._waiters, []
            self._in_hand, self._jobs = len(batch), 0
            return batch, waiters, self._give_up

    def _urgent(self) -> bool:
        if self._give_up is not None:
            return True
        # A database that somebody else keeps is asked for again at once: asking is waiting.
        return bool((self._waiters and not self._stuck) or (self._jobs and not self._refusing))

    def _commit(self, batch: Batch) -> Exception | None:
        """Write a batch, and tell its jobs what came of them; return why it was refused."""
        if not batch:
            return None
        outcomes: list[Callable[[], None]] = []
        try:
            durable = any(isinstance(one, Job) and one.durable for one in batch)
            if durable is not self._durable:
                self._db.conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            with writing(self._db):
                for one in batch:
                    if isinstance(one, Statement):
                        self._execute(one)
                    elif one.future.set_running_or_notify_cancel():
                        outcomes.append(self._outcome(one))
        # Whatever it is, the thread must live on: there may be no other chance to write.
        except Exception as refusal:
            for job in _jobs_of(batch):
                if job.future.running() or not is_busy(refusal) or job.late:
                    _refuse(job, refusal)
            return refusal
        for tell in outcomes:
            tell()
        return None

    def _execute(self, statement: Statement) -> None:
        try:
            self._db.conn.execute(statement.sql, statement.values)
        except Exception as error:
            self._leave_out(statement, error)

    def _leave_out(self, statement: Statement, error: Exception) -> None:
        """Go on without a statement, unless the database is what refuses it."""
        try:
            with explained(self._path):
                raise error
        except SipAgentError:
            raise
        # One call's mistake, whatever it is, must not keep the others from being recorded.
        except Exception:
            _log.error("left out, cannot be stored: %s: %s", statement.sql, error)

    def _outcome(self, job: Job) -> Callable[[], None]:
        """Do a job; return what tells of it once it is committed. One that fails leaves nothing."""
        try:
            with explained(self._path), self._db.atomic():
                return partial(job.future.set_result, job.work(self._db))
        except BaseException as error:  # handed to whoever waits for it
            if not self._db.conn.in_transaction:
                raise  # SQLite has undone all of the transaction: the disk is full, or fails
            return partial(job.future.set_exception, error)

    def _give_back(
        self, batch: Batch, waiters: list[asyncio.Future[None]], refusal: Exception
    ) -> None:
        """Keep for the next try what still waits, and let those go who need not."""
        with self._changed:
            left = deque(
                one for one in batch if isinstance(one, Statement) or not one.future.done()
            )
            statements = sum(isinstance(one, Statement) for one in left)
            self._jobs += len(left) - statements
            left.extend(self._queue)
            self._queue = left
            self._in_hand = 0
            self._stuck = bool(statements)
            self._refusing = self._stuck and not is_busy(refusal)
            if self._stuck:
                waiters.extend(self._waiters)
                self._waiters = []
            stopping = self._give_up is not None
        _release(waiters)
        now = time.monotonic()
        if statements and (not self._refused or now - self._warned > _SILENCE):
            self._warned = now
            _log.warning("%d lines wait in memory: %s", statements, _reason(refusal))
        self._refused += bool(statements)
        if stopping:
            time.sleep(_RETRY / 5)

    def _done(
        self, batch: Batch, waiters: list[asyncio.Future[None]], refusal: Exception | None
    ) -> None:
        with self._changed:
            self._in_hand = 0
            self._stuck = self._refusing = False
            dropped, self._dropped = self._dropped, 0
        _release(waiters)
        jobs = list(_jobs_of(batch))
        if refusal:
            for job in jobs:
                _refuse(job, refusal)
            _log.error("%d lines are lost: %s", len(batch) - len(jobs), _reason(refusal))
        elif self._refused or dropped:
            waited = len(batch) - len(jobs)
            _log.warning("written again; waiting lines %d, lost %d", waited, dropped)
        self._refused = 0


def _jobs_of(batch: Batch) -> Iterator[Job]:
    return (one for one in batch if isinstance(one, Job))


def _refuse(job: Job, refusal: Exception) -> None:
    """Tell who waits for a job, if anybody does, that the database has not taken it."""
    future = job.future
    if not future.done() and (future.running() or future.set_running_or_notify_cancel()):
        future.set_exception(refusal)


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
