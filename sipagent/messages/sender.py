"""Sends what is due in the outbox, in the background."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog

from sipagent import tasks
from sipagent.errors import DataError, SipAgentError
from sipagent.messages.delivery import Delivery
from sipagent.messages.queue import Entry, Queue
from sipagent.messages.refusal import Never, NotNow
from sipagent.threads import MAIL, STORE

#: Seconds between two looks at the outbox: other programs may have put something there.
_LOOK = 2.0
#: Seconds until the outbox is read again after that has failed.
_AGAIN = 30.0
#: Seconds that a message which is just being sent gets to finish when the daemon stops.
_GRACE = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Pause:
    """A time in which the server is left alone."""

    since: datetime
    until: datetime


class _Way(NamedTuple):
    """How messages leave, and whom they are from."""

    delivery: Delivery
    sender: str


class Sender:
    """Sends messages one by one.

    A server that is not there is left alone for a while, twice as long each time; meanwhile only
    what an operator asks for is tried (``sipagent outbox retry``).

    Args:
        outbox: what is to be sent.
        delivery: how.
        sender: whom they are from: the address that errors go to (RFC 5321, section 3.3), or the
            number of texts.

    Raises:
        ConfigError: ``sender`` is no address.
    """

    def __init__(self, outbox: Queue[Any], delivery: Delivery, sender: str) -> None:
        self._outbox = outbox
        self._wanted = _Way(delivery, self._outbox.checked(sender))
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sending: tasks.Lasting | None = None
        self._stopping = threading.Event()
        # Only the thread that runs ``round`` changes these.
        self._way = self._wanted
        self._faults = 0
        self._pause: _Pause | None = None
        self._unrecorded: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begin, with what an earlier run has left.

        Raises:
            SipAgentError: the outbox cannot be read.
        """
        left = await STORE.run(self._outbox.sweep)
        if left:
            log.warning("files of messages that were never promised are deleted", count=left)
        self._stopping.clear()
        self._loop = asyncio.get_running_loop()
        self._outbox.on_put(self.wake)
        self._sending = tasks.last(self._send, self._outbox.sender)

    async def stop(self) -> None:
        """End; a message that is just being sent gets a few seconds, and waits if it needs more.

        Safe to call twice.
        """
        if self._sending is None:
            return
        self._stopping.set()
        self._news.set()
        if not await self._sending.ended(_GRACE):
            self._way.delivery.abort()
            await self._sending.ended()
        self._sending = self._loop = None

    def use(self, delivery: Delivery, sender: str) -> None:
        """Send another way from the next messages on, whatever faults the one before had.

        Raises:
            ConfigError: ``sender`` is no address; nothing has changed then.
        """
        self._wanted = _Way(delivery, self._outbox.checked(sender))
        self.wake()

    def wake(self) -> None:
        """Say that there is something to send; from any thread."""
        loop = self._loop
        # Between the check and the call the loop may close: the next start sends it.
        with contextlib.suppress(RuntimeError):
            if loop is not None:
                loop.call_soon_threadsafe(self._news.set)

    async def _send(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            wait = _LOOK
            try:
                await MAIL.run(self.round)
            except SipAgentError as error:
                log.error("outbox cannot be used; will try again", reason=str(error))
                wait = _AGAIN
            # Whatever it is, the messages to come must not wait for a restart.
            except Exception:
                log.exception("outbox cannot be used; will try again")
                wait = _AGAIN
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0 if self._stopping.is_set() else wait):
                    await self._news.wait()

    def round(self) -> int:
        """Send everything that is due, in this thread; return how many messages have gone.

        Raises:
            SipAgentError: the outbox cannot be read or written.
        """
        sent = 0
        self._record()
        while due := self._due():
            for entry in due:
                if self._stopping.is_set():
                    return sent
                problem = self._one(entry)
                sent += problem is None
                if isinstance(problem, NotNow) and problem.server:
                    self._leave_alone(problem)
                    break
                self._faults, self._pause = 0, None
        return sent

    def _due(self) -> list[Entry]:
        if self._way is not (wanted := self._wanted):
            self._way, self._faults, self._pause = wanted, 0, None
        pause = self._pause
        # A clock that was set back does not make the pause longer.
        if pause and pause.since <= self._outbox.now() < pause.until:
            return self._outbox.due(asked_after=pause.since)
        return self._outbox.due()

    def _leave_alone(self, problem: NotNow) -> None:
        """Have everybody wait for the server."""
        now, wait = self._outbox.now(), self._outbox.wait_after(self._faults)
        self._faults += 1
        self._pause = _Pause(now, now + wait)
        log.error(
            f"{self._outbox.server} fault",
            seconds=round(wait.total_seconds()),
            why=str(problem),
        )
        self._outbox.hold(str(problem))

    def _one(self, entry: Entry) -> Exception | None:
        """Try one message, note what became of it, and return what was in its way."""
        problem: Exception | None = None
        place = ""
        try:
            content = self._outbox.content(entry)
            place = self._way.delivery.deliver(entry, content, self._way.sender)
        except (NotNow, Never, SipAgentError) as error:
            problem = error
        # One message that the program cannot cope with must not keep the others from leaving.
        except Exception as error:
            log.exception("a message cannot be sent", message=entry.id)
            problem = error
        self._unrecorded.append(self._outcome(entry, problem, place))
        try:
            self._record()
        finally:
            self._way.delivery.rest()
        return problem

    def _outcome(self, entry: Entry, problem: Exception | None, place: str) -> Callable[[], None]:
        if problem is None:
            return partial(self._outbox.sent, entry, place)
        why = str(problem) or type(problem).__name__
        if isinstance(problem, Never | DataError):
            return partial(self._outbox.refused, entry, why)
        return partial(self._outbox.failed, entry, why)

    def _record(self) -> None:
        """Write down what became of messages; nothing is sent while that cannot be done.

        Without this a full disk would have the same message sent again and again.
        """
        while self._unrecorded:
            self._unrecorded[0]()
            self._unrecorded.pop(0)
