"""Queues at work: the dispatcher, and what it needs of the line."""

import asyncio
from datetime import UTC, datetime

import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.domain import House, Originating, Staff
from sipagent.exchange.directory import Directory
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.controls import controls
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.journal import Journal
from sipagent.exchange.queues.letters import letter
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Ref
from sipagent.messages.templates import Templates
from sipagent.threads import FILES

log = structlog.get_logger(__name__)


class QueuesStaff(Staff):
    """Lets callers wait, from the start of the line to its end."""

    def __init__(self, house: House, directory: Directory, board: Switchboard) -> None:
        self._config = house.config
        self._templates = house.templates
        self._outbox = house.outbox
        self._directory = directory
        self._journal = Journal(house.store)
        self.dispatcher = Dispatcher(
            board, lambda: directory.now, house.store, self._journal, self._pause
        )
        directory.subscribe(lambda before: self.dispatcher.changed())
        self.services = {Dispatcher: self.dispatcher}
        self.controls = controls(self.dispatcher, lambda: directory.now)
        board.queueing = self.dispatcher.waiting
        self._lasting: tasks.Lasting | None = None
        self._opening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin where an earlier run has ended."""
        self.dispatcher.begin(await self._journal.open())
        self._lasting = tasks.last(self.dispatcher.run, "queues")

    def opened(self, line: Originating) -> None:
        """Call back those who were left by an earlier run, and others from now on."""
        self._opening = tasks.begin(self.dispatcher.callbacks.opened(line), "callbacks")

    async def stop(self) -> None:
        """Ring nobody any more."""
        if self._opening is not None:
            await tasks.cancelled(self._opening)
        lasting, self._lasting = self._lasting, None
        if lasting is not None:
            await lasting.stop()
            await self.dispatcher.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Write letters as other settings say."""
        self._config = config
        self._templates = templates

    async def _pause(self, member: Ref, queue: Queue) -> None:
        """Let a member who misses calls take none, and tell whoever looks after the queue."""
        log.warning("a member misses calls, and is paused", member=str(member), queue=queue.name)
        await self._directory.change(lambda db: logins.pause(db, str(member), logins.MISSED_CALLS))
        if queue.email:
            zone, now = self._config.line.zone, datetime.now(UTC)
            told = letter(self._templates, queue, member, now, zone)
            await FILES.run(self._outbox.put, told)
