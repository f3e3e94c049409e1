"""Deleting what was kept long enough, a little at a time: calls go on, and callers write, too."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial

import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.domain import Domain
from sipagent.errors import SetupError, SipAgentError
from sipagent.expiry import BATCH, Expiring, in_batches
from sipagent.messages.outbox import Outbox
from sipagent.records.history import delete_calls, delete_messages
from sipagent.store.data import Data
from sipagent.threads import STORE

#: Shortest pause in seconds in which others write.
_PAUSE = 0.02

log = structlog.get_logger(__name__)


#: How much of each kind was deleted, or would be.
Deleted = dict[str, int]


class Kept(SetupError):
    """Something could not be deleted; everything else was."""

    def __init__(self, deleted: Deleted, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.deleted = deleted


async def run(
    data: Data, config: Config, domain: Domain, now: datetime, *, dry_run: bool = False
) -> Deleted:
    """Delete what is older than ``[retention]`` says, and log how much.

    Args:
        data: the database.
        config: the settings.
        domain: all domains.
        now: the time, with its offset.
        dry_run: whether things are only counted.

    Raises:
        Kept: why some things are there still; they are tried the next time.
    """
    counts: Deleted = {}
    reasons: list[str] = []
    for one in expiring(config, domain):
        counts[one.kind] = 0
        if not one.days:
            continue
        try:
            batches = one.delete(data, now - timedelta(days=one.days), dry_run)
            async for count in _with_pauses(batches):
                counts[one.kind] += count
        # Whatever it is, the other kinds must not be kept for ever.
        except Exception as error:
            known = isinstance(error, SipAgentError)
            log.error("not deleted", kind=one.kind, reason=str(error), exc_info=not known)
            reasons.append(f"{one.kind}: {error}")
    log.info("retention", dry_run=dry_run, **counts)
    if reasons:
        raise Kept(counts, reasons)
    return counts


class Retention:
    """Runs the clean-up once a day at the local time of ``retention.at``."""

    def __init__(
        self,
        config: Config,
        domain: Domain,
        data: Data,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._domain = domain
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
                    await run(self._data, self._config, self._domain, self._clock())


def expiring(config: Config, domain: Domain) -> list[Expiring]:
    """Return all that is deleted when it is old."""
    days = config.retention
    # A trace goes after its own days, and never outlives the record of its call.
    of_traces = min((one for one in (days.traces, days.calls) if one), default=0)
    return [
        *domain.expiring(config),
        Expiring("calls", "call records", days.calls, _calls),
        Expiring("messages", "sent messages", days.messages, partial(_messages, config)),
        Expiring("traces", "SIP messages", of_traces, _traces),
    ]


def _calls(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_calls, data, moment, dry_run)


def _messages(config: Config, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    outbox = Outbox(data, config.paths.outbox, config.mail)
    if dry_run:
        yield outbox.delete_before(moment, None)
        return
    while count := outbox.delete_before(moment, BATCH):
        yield count


def _traces(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_messages, data, moment, dry_run)


async def _with_pauses(batches: Iterator[int]) -> AsyncIterator[int]:
    """Yield what the batches yield; after each, others may write for as long as it took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while (count := await STORE.run(next, batches, None)) is not None:
        yield count
        await asyncio.sleep(max(_PAUSE, clock() - began))
        began = clock()
