"""Sends what is due in the outbox, in the background."""

import asyncio
import contextlib

import structlog

from sipagent.errors import SipAgentError
from sipagent.messages.delivery import Delivery, Never, NotNow
from sipagent.messages.outbox import Entry, Outbox

#: Seconds between two looks at the outbox: other programs may have put something there.
_LOOK = 2.0

log = structlog.get_logger(__name__)


class Sender:
    """Sends messages one by one; a server that is not there is asked again, message by message.

    Args:
        outbox: what is to be sent.
        delivery: how.
        sender: the address that errors go to (RFC 5321, section 3.3).
    """

    def __init__(self, outbox: Outbox, delivery: Delivery, sender: str) -> None:
        self._outbox = outbox
        self._delivery = delivery
        self._sender = sender
        self._news = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, with what an earlier run has left."""
        left = await asyncio.to_thread(self._outbox.sweep)
        if left:
            log.warning("files of messages that were never promised are deleted", count=left)
        self._sending = asyncio.create_task(self._send(), name="sender")

    async def stop(self) -> None:
        """End; a message that is just being sent is finished first."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
            self._sending = None

    def wake(self) -> None:
        """Say that there is something to send."""
        self._news.set()

    async def _send(self) -> None:
        while True:
            try:
                await asyncio.shield(asyncio.to_thread(self.round))
            except SipAgentError as error:
                log.error("outbox cannot be read; will try again", reason=str(error))
            except Exception:
                log.exception("outbox not sent; will try again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._news.wait()
            self._news.clear()

    def round(self) -> int:
        """Send everything that is due, in this thread; return how many messages have gone.

        A server that is not there is not bothered with the rest of them: each round is one try,
        and the message that was tried has to wait.
        """
        sent = 0
        while due := self._outbox.due():
            for entry in due:
                try:
                    sent += self._one(entry)
                except NotNow:
                    return sent
        return sent

    def _one(self, entry: Entry) -> bool:
        """Send a message; return whether it has gone."""
        try:
            self._delivery.deliver(entry, self._outbox.content(entry), self._sender)
        except NotNow as problem:
            self._outbox.failed(entry, str(problem))
            if problem.server:
                raise
            return False
        except (Never, SipAgentError) as problem:
            self._outbox.refused(entry, str(problem))
            return False
        self._outbox.sent(entry)
        return True
