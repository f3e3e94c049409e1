"""Deleting what was kept long enough, a little at a time: calls go on, and callers write, too."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

import sqlite_utils
import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.errors import SetupError, SipAgentError
from sipagent.infoline.tickets import Ticket, Tickets
from sipagent.messages.outbox import Outbox
from sipagent.records.history import delete_calls, delete_messages
from sipagent.store.data import Data
from sipagent.threads import STORE

#: Rows that are deleted together: nobody waits for the database longer than that takes.
_BATCH = 500
#: Shortest pause in seconds in which others write.
_PAUSE = 0.02

#: Deletes so many that are older at the most, and returns how many; None: counts them all.
Delete = Callable[[datetime, int | None], int]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was deleted, or would be."""

    recordings: int = 0
    transcripts: int = 0
    tickets: int = 0
    calls: int = 0
    messages: int = 0
    #: SIP messages of calls.
    traces: int = 0


class Kept(SetupError):
    """Something could not be deleted; everything else was."""

    def __init__(self, deleted: Deleted, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.deleted = deleted


async def run(data: Data, config: Config, now: datetime, *, dry_run: bool = False) -> Deleted:
    """Delete what is older than ``[retention]`` says, and log how much.

    Raises:
        Kept: why some things are there still; they are tried the next time.
    """
    counts: dict[str, int] = {}
    reasons: list[str] = []
    for kind, batches in _kinds(data, config, now, dry_run).items():
        counts[kind] = 0
        try:
            async for count in _with_pauses(batches):
                counts[kind] += count
        # Whatever it is, the other kinds must not be kept for ever.
        except Exception as error:
            known = isinstance(error, SipAgentError)
            log.error("not deleted", kind=kind, reason=str(error), exc_info=not known)
            reasons.append(f"{kind}: {error}")
    log.info("retention", dry_run=dry_run, **counts)
    deleted = Deleted(**counts)
    if reasons:
        raise Kept(deleted, reasons)
    return deleted


class Retention:
    """Runs the clean-up once a day at the local time of ``retention.at``."""

    def __init__(
        self,
        config: Config,
        data: Data,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._data = data
        self._clock = clock
        self._changed = asyncio.Event()
        self._task: tasks.Lasting | None = None

    def use(self, config: Config) -> None:
        """Take other settings."""
        self._config = config
        self._changed.set()

    async def start(self) -> None:
        """Begin to wait."""
        self._task = tasks.last(self._daily, "retention")

    async def stop(self) -> None:
        """End; the batch that is being deleted is deleted."""
        if self._task is not None:
            await self._task.stop()
            self._task = None

    def next_run(self, now: datetime) -> datetime:
        """Return when the next clean-up begins."""
        local = self._config.line.local(now)
        at = time.fromisoformat(self._config.retention.at)
        today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        return today if today > local else today + timedelta(days=1)

    async def _daily(self) -> None:
        while True:
            now = self._clock()
            # In steps of an hour at the most: the clock may be set meanwhile.
            wait = (self.next_run(now) - now).total_seconds()
            self._changed.clear()
            try:
                async with asyncio.timeout(min(wait, 3600.0)):
                    await self._changed.wait()
            except TimeoutError:
                if wait <= 3600.0:
                    await run(self._data, self._config, self._clock())


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None


def _kinds(data: Data, config: Config, now: datetime, dry_run: bool) -> dict[str, Iterator[int]]:
    """Return for each kind what deletes a batch at a time, and yields how much that was."""
    days = config.retention
    outbox = Outbox(data, config.paths.outbox, config.mail)
    one_by_one = partial(_one_by_one, data, config.paths.recordings, dry_run)
    in_batches = partial(_in_batches, data, dry_run)
    # A trace goes after its own days, and never outlives the record of its call.
    of_traces = min((one for one in (days.traces, days.calls) if one), default=0)
    return {
        "recordings": one_by_one(
            Tickets.recorded_before, _before(now, days.recordings), Tickets.forget_recording
        ),
        "transcripts": in_batches(_forget_words, _before(now, days.transcripts)),
        "tickets": one_by_one(Tickets.untouched_since, _before(now, days.tickets), Tickets.delete),
        "calls": in_batches(delete_calls, _before(now, days.calls)),
        "messages": _batches(outbox.delete_before, dry_run, _before(now, days.messages)),
        "traces": in_batches(delete_messages, _before(now, of_traces)),
    }


async def _with_pauses(batches: Iterator[int]) -> AsyncIterator[int]:
    """Yield what the batches yield; after each, others may write for as long as it took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while (count := await STORE.run(next, batches, None)) is not None:
        yield count
        await asyncio.sleep(max(_PAUSE, clock() - began))
        began = clock()


def _in_batches(
    data: Data,
    dry_run: bool,
    delete: Callable[[sqlite_utils.Database, datetime, int | None], int],
    moment: datetime | None,
) -> Iterator[int]:
    def one(moment: datetime, limit: int | None) -> int:
        access = data.read if limit is None else data.write
        return access(lambda db: delete(db, moment, limit))

    return _batches(one, dry_run, moment)


def _batches(delete: Delete, dry_run: bool, moment: datetime | None) -> Iterator[int]:
    if moment is None:
        return
    if dry_run:
        yield delete(moment, None)
        return
    while count := delete(moment, _BATCH):
        yield count


def _forget_words(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return Tickets(db).forget_words(moment, limit)


def _one_by_one(
    data: Data,
    directory: Path,
    dry_run: bool,
    old: Callable[[Tickets, datetime, int, int], list[Ticket]],
    moment: datetime | None,
    forget: Callable[[Tickets, int], None],
) -> Iterator[int]:
    """Delete recordings, and then what refers to them; one that cannot be deleted stays whole.

    Raises:
        SetupError: some are there still.
    """
    stuck: list[str] = []
    last = 0
    if moment is None:
        return

    def older(after: int, db: sqlite_utils.Database) -> list[Ticket]:
        return old(Tickets(db), moment, after, _BATCH)

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
                data.write(partial(_forget, forget, ticket.id))
            yield 1
    if stuck:
        raise SetupError(f"{len(stuck)} of them stay, such as: {stuck[0]}")


def _forget(forget: Callable[[Tickets, int], None], ticket: int, db: sqlite_utils.Database) -> None:
    forget(Tickets(db), ticket)
