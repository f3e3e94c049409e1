"""Threads for what blocks, apart by what it waits for, so that no kind of work waits for another.

The threads that asyncio keeps for everybody look host names up, too: with a silent DNS server
they are all taken, and a login waits for them. See ``docs/decisions/018-owned-work.md``.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from sipagent import cores
from sipagent.errors import SipAgentError

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Overloaded(SipAgentError):
    """More work of a kind waits than can ever be done in time."""

    code = "overloaded"


class Threads:
    """A few threads for one kind of work; each is started when it is first needed.

    They end with the program, whatever they wait for: nobody waits for a DNS server that is
    silent. Who promises that something is on the disk waits for the work itself.

    Args:
        name: of the work, and of its threads.
        count: threads at the most.
        waiting: work that may wait for a thread.
    """

    def __init__(self, name: str, count: int, waiting: int) -> None:
        self.name = name
        self._count = count
        self._waiting = waiting
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        # Both are read and changed only by who holds the lock.
        self._open: set[Future[Any]] = set()
        self._threads: list[threading.Thread] = []

    async def run(
        self, work: Callable[Params, Result], *args: Params.args, **named: Params.kwargs
    ) -> Result:
        """Return what ``work`` returns in a thread.

        Who is cancelled goes at once. Work that still waits for a thread is dropped then; work
        that has begun goes on behind.

        Raises:
            Overloaded: too much waits already.
        """
        return await asyncio.wrap_future(self.begin(work, *args, **named))

    def begin(
        self, work: Callable[Params, Result], *args: Params.args, **named: Params.kwargs
    ) -> Future[Result]:
        """Have ``work`` done in a thread; nobody has to wait for it.

        Raises:
            Overloaded: too much waits already.
        """
        job: Future[Result] = Future()
        with self._lock:
            if len(self._open) >= self._count + self._waiting:
                raise Overloaded(f"{self.name}: {self._waiting} wait already; try again later")
            self._open.add(job)
            if len(self._threads) < min(len(self._open), self._count):
                self._start_thread()
        job.add_done_callback(self._done)
        self._queue.put((job, partial(contextvars.copy_context().run, work, *args, **named)))
        return job

    async def settled(self, seconds: float) -> bool:
        """Return once nothing that was asked so far goes on any more; False: the time is up."""
        with self._lock:
            jobs = list(self._open)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*map(asyncio.wrap_future, jobs), return_exceptions=True)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """End the threads once they have done what waits; nothing may be given to them then."""
        with self._lock:
            threads, self._threads = self._threads, []
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join()

    def _start_thread(self) -> None:
        name = f"{self.name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _done(self, job: Future[Any]) -> None:
        with self._lock:
            self._open.discard(job)

    def _work(self) -> None:
        cores.roam()
        while (item := self._queue.get()) is not None:
            job, work = item
            if job.set_running_or_notify_cancel():
                try:
                    result = work()
                except BaseException as error:  # handed to whoever waits for it
                    job.set_exception(error)
                else:
                    job.set_result(result)
            del item, job, work


#: Host names that the line itself looks up: its carriers, and whom it calls.
NAMES = Threads("names", 4, 100)
#: Host names that somebody else makes the line look up, whoever sends an INVITE.
STRANGERS = Threads("strangers", 4, 32)
#: The database: reading, and waiting for its writer. Those who wait cost a stack each, and while
#: an import is committing they must not keep those waiting who only read.
STORE = Threads("store", 32, 2000)
#: Files, and what takes the processor's time: recordings, voices, PDFs.
FILES = Threads("files", 4, 2000)
#: PINs: argon2 takes memory, and so one at a time, whoever they are for.
PINS = Threads("pins", 1, 1000)
#: Mail, texts and webhooks: servers that take minutes, a thread for each medium.
MAIL = Threads("mail", 3, 10)
#: Mailboxes that requests come from: servers that take minutes, and nothing waits for them.
INBOX = Threads("inbox", 1, 10)
