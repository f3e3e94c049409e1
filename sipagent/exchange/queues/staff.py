"""Queues at work: the dispatcher, and what it needs of the line."""

import structlog

from sipagent import tasks
from sipagent.domain import House, Staff
from sipagent.exchange.directory import Directory
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.changing import Members
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.journal import Journal
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Ref

log = structlog.get_logger(__name__)


class QueuesStaff(Staff):
    """Lets callers wait, from the start of the line to its end."""

    def __init__(self, house: House, directory: Directory, board: Switchboard) -> None:
        self._members = Members(house.store, directory)
        self._journal = Journal(house.store)
        self.dispatcher = Dispatcher(board, lambda: directory.now, self._journal, self._pause)
        directory.subscribe(lambda before: self.dispatcher.changed())
        self.services = {Dispatcher: self.dispatcher, Members: self._members}
        board.queueing = self.dispatcher.waiting
        self._lasting: tasks.Lasting | None = None

    async def start(self) -> None:
        """Begin where an earlier run has ended."""
        self.dispatcher.begin(await self._journal.open())
        self._lasting = tasks.last(self.dispatcher.run, "queues")

    async def stop(self) -> None:
        """Ring nobody any more."""
        lasting, self._lasting = self._lasting, None
        if lasting is not None:
            await lasting.stop()
            await self.dispatcher.stop()

    async def _pause(self, member: Ref, queue: Queue) -> None:
        """Let a member who misses calls take none, and tell whoever looks after the queue."""
        log.warning("a member misses calls, and is paused", member=str(member), queue=queue.name)
        await self._members.change(lambda db: logins.pause(db, str(member), logins.MISSED_CALLS))
