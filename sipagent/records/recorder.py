"""Writing call records while calls go on: never in their way, and nothing lost by a crash."""

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlite_utils

from sipagent.errors import SipAgentError
from sipagent.records.schema import records
from sipagent.store.database import explained, open_database, writing

Detail = str | int | float | bool | None
Statement = tuple[str, tuple[Detail, ...]]

#: Seconds that a call waits for its row; a database that is busy for longer must not keep the
#: caller waiting: the row is written as soon as it can be.
_LONGEST_WAIT = 2.0
#: Seconds between two tries to write while the disk is full or the database locked.
_RETRY = 0.5
#: Writes kept in memory while the disk refuses them; beyond that events are dropped, never rows.
_MOST_WAITING = 200_000
_HIDDEN = "•"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallStart:
    """What is known when an INVITE comes in."""

    id: str
    sip_id: str
    caller: str | None
    asserted: bool
    called: str
    scenario: str


class CallRecord:
    """The record of one call; takes its timeline."""

    def __init__(self, writer: "Recorder", start: CallStart) -> None:
        self._writer = writer
        self._id = start.id
        self._began = time.monotonic()
        self._started = datetime.now(UTC)
        self._seq = 0

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event that happens now; a key pressed in secret is stored as a dot."""
        shown = dict(details)
        if shown.pop("secret", False) and "digit" in shown:
            shown["digit"] = _HIDDEN
        at = round((time.monotonic() - self._began) * 1000)
        self._seq += 1
        written = json.dumps(shown, ensure_ascii=False)
        row = (self._id, self._seq, at, kind, written)
        self._writer.write("INSERT INTO call_events VALUES (?, ?, ?, ?, ?)", row, droppable=True)
        if kind == "answer":
            self.update(answered=_text(self._now()))

    def update(self, **fields: Detail) -> None:
        """Set columns of the call's row, such as ``owner`` or ``language``."""
        names = ", ".join(f"{name} = ?" for name in fields)
        self._writer.write(f"UPDATE calls SET {names} WHERE id = ?", (*fields.values(), self._id))

    async def close(self, ended_by: str, outcome: str, sip_code: int) -> None:
        """Write how the call ended, and return once that is on disk (or the disk is stuck)."""
        self.update(ended=_text(self._now()), ended_by=ended_by, outcome=outcome, sip_code=sip_code)
        await self._writer.written()

    def _now(self) -> datetime:
        """Return the time by the clock that cannot jump."""
        return self._started + timedelta(seconds=time.monotonic() - self._began)


class Recorder:
    """Writes the records of all calls from a thread of its own.

    Whatever has gathered while one transaction was written goes into the next, so that a
    thousand calls cost little more than one.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._db: sqlite_utils.Database | None = None
        self._queue: deque[tuple[Statement, bool]] = deque()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._lock = threading.Condition()
        self._stopping = False
        self._dropped = 0
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Open the database and start the thread.

        Raises:
            SetupError, DataError: the database cannot be opened.
        """
        self._db = await asyncio.to_thread(open_database, self._database, [records])
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what is left, and end the thread; safe to call twice."""
        if self._thread is None:
            return
        with self._lock:
            self._stopping = True
            self._lock.notify()
        await asyncio.to_thread(self._thread.join)
        self._thread = None
        if self._db is not None:
            self._db.close()

    async def recover(self) -> int:
        """Close the rows of calls that a crash cut off; return how many there were."""
        return await asyncio.to_thread(self._recover)

    async def open(self, start: CallStart) -> CallRecord:
        """Return the record of a new call once its row is on disk."""
        record = CallRecord(self, start)
        row = {**asdict(start), "asserted": int(start.asserted), "started": _text(record._started)}
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self.write(f"INSERT INTO calls ({names}) VALUES ({marks})", tuple(row.values()))
        await self.written()
        return record

    def write(self, sql: str, values: tuple[Detail, ...], *, droppable: bool = False) -> None:
        """Have a statement run soon, after those before it."""
        with self._lock:
            if droppable and len(self._queue) >= _MOST_WAITING:
                self._dropped += 1
                return
            self._queue.append(((sql, values), droppable))
            self._lock.notify()

    async def written(self) -> None:
        """Return once everything so far is on disk, or the disk has been stuck for too long."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiters.append(future)
            self._lock.notify()
        await asyncio.wait((future,), timeout=_LONGEST_WAIT)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._queue or self._waiters or self._stopping)
                batch, self._queue = self._queue, deque()
                waiters, self._waiters = self._waiters, deque()
                stopping = self._stopping
            if not self._write_batch([statement for statement, _ in batch], stopping):
                with self._lock:
                    batch.extend(self._queue)
                    self._queue = batch
                    waiters.extend(self._waiters)
                    self._waiters = waiters
                if not stopping:
                    time.sleep(_RETRY)
                    continue
            for waiter in waiters:
                waiter.get_loop().call_soon_threadsafe(_release, waiter)
            if stopping:
                return

    def _write_batch(self, batch: list[Statement], last_try: bool) -> bool:
        if not batch or self._db is None:
            return True
        try:
            with explained(self._database), writing(self._db):
                for sql, values in batch:
                    self._db.execute(sql, values)
        except (SipAgentError, sqlite3.Error) as error:
            _log.log(
                logging.ERROR if last_try else logging.WARNING,
                "call records cannot be written (%d wait): %s",
                len(batch),
                error,
            )
            return False
        return True

    def _recover(self) -> int:
        if self._db is None:
            return 0
        with writing(self._db):
            lost = self._db.execute("SELECT id, started FROM calls WHERE ended IS NULL").fetchall()
            for call, started in lost:
                (last,) = self._db.execute(
                    "SELECT coalesce(max(at_ms), 0) FROM call_events WHERE call = ?", (call,)
                ).fetchone()
                ended = datetime.fromisoformat(started) + timedelta(milliseconds=last)
                self._db.execute(
                    "UPDATE calls SET ended = ?, ended_by = 'crash', outcome = '' WHERE id = ?",
                    (_text(ended), call),
                )
        return len(lost)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
