"""Deleting what was kept long enough: recordings, transcripts, call records, sent messages."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlite_utils
import structlog

from sipagent.config import Config
from sipagent.errors import SipAgentError
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.tickets import Tickets, tickets
from sipagent.records.history import delete_calls, delete_messages
from sipagent.records.schema import records
from sipagent.store.database import open_database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was deleted, or would be."""

    recordings: int = 0
    transcripts: int = 0
    calls: int = 0
    messages: int = 0
    #: SIP messages of calls.
    traces: int = 0


def run(config: Config, now: datetime, *, dry_run: bool = False) -> Deleted:
    """Delete what is older than ``[retention]`` says, and log how much; for use in a thread.

    Raises:
        SetupError, DataError: something cannot be deleted; the rest is tried the next time.
    """
    days = config.retention
    with closing(open_database(config.paths.database, [tickets, messages, records])) as db:
        deleted = Deleted(
            recordings=_recordings(
                db, config.paths.recordings, _before(now, days.recordings), dry_run
            ),
            transcripts=_transcripts(db, _before(now, days.transcripts), dry_run),
            calls=_calls(db, _before(now, days.calls), dry_run),
            messages=_messages(db, config, _before(now, days.messages), dry_run),
            traces=_traces(db, _before(now, days.traces), _before(now, days.calls), dry_run),
        )
    log.info("retention", dry_run=dry_run, **asdict(deleted))
    return deleted


class Retention:
    """Runs the clean-up once a day at the local time of ``retention.at``."""

    def __init__(
        self, config: Config, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._config = config
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wait."""
        self._task = asyncio.create_task(self._daily(), name="retention")

    async def stop(self) -> None:
        """End; what is being deleted is deleted."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def next_run(self, now: datetime) -> datetime:
        """Return when the next clean-up begins."""
        local = now.astimezone(ZoneInfo(self._config.line.timezone))
        at = time.fromisoformat(self._config.retention.at)
        today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        return today if today > local else today + timedelta(days=1)

    async def _daily(self) -> None:
        while True:
            now = self._clock()
            # In steps of an hour at the most: the clock may be set meanwhile.
            wait = (self.next_run(now) - now).total_seconds()
            await asyncio.sleep(min(wait, 3600.0))
            if wait > 3600.0:
                continue
            try:
                await asyncio.to_thread(run, self._config, self._clock())
            except SipAgentError as error:
                log.error("retention failed; will try again tomorrow", reason=str(error))
            except Exception:
                log.exception("retention failed; will try again tomorrow")


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None


def _recordings(
    db: sqlite_utils.Database, directory: Path, moment: datetime | None, dry_run: bool
) -> int:
    if moment is None:
        return 0
    kept = Tickets(db)
    old = kept.recorded_before(moment)
    if not dry_run:
        for ticket in old:
            (directory / ticket.request.recording).unlink(missing_ok=True)
            kept.forget_recording(ticket.id)
    return len(old)


def _transcripts(db: sqlite_utils.Database, moment: datetime | None, dry_run: bool) -> int:
    return Tickets(db).forget_words(moment, dry_run=dry_run) if moment else 0


def _calls(db: sqlite_utils.Database, moment: datetime | None, dry_run: bool) -> int:
    return delete_calls(db, moment, dry_run=dry_run) if moment else 0


def _traces(
    db: sqlite_utils.Database, own: datetime | None, calls: datetime | None, dry_run: bool
) -> int:
    """A trace goes after its own days, and never outlives the record of its call."""
    moments = [moment for moment in (own, calls) if moment is not None]
    return delete_messages(db, max(moments), dry_run=dry_run) if moments else 0


def _messages(
    db: sqlite_utils.Database, config: Config, moment: datetime | None, dry_run: bool
) -> int:
    if moment is None:
        return 0
    return Outbox(db, config.paths.outbox, config.mail).delete_before(moment, dry_run=dry_run)
