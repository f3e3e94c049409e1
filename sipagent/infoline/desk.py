"""The desk that requests come to: has them transcribed, and mails them to the administration."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import structlog

from sipagent import tasks
from sipagent.domain import Transcribe
from sipagent.errors import DataError, SipAgentError
from sipagent.infoline.tickets import Ticket, Tickets, Transcription
from sipagent.messages.message import Message
from sipagent.store.store import Store
from sipagent.threads import MAIL, STORE

#: Seconds until a request that could not be handled is tried again.
_AGAIN = 30.0

log = structlog.get_logger(__name__)


#: Writes the letter to the administration; the recording is attached if it is there.
Letter = Callable[[Ticket, Path], Message]


class Post(Protocol):
    """Sends letters; ``Outbox`` does."""

    def put(self, *messages: Message) -> list[int]:
        """Make messages durable."""


class Desk:
    """Handles requests one by one, in the order of their numbers, as long as there are any.

    A request is marked only after its letter is in the outbox: a crash in between may send it
    again, but never lose it.

    Args:
        store: the requests, with the migrations ``tickets``.
        post: where letters go.
        letter: writes them.
        transcribe: None where transcription is off.
        recordings: the directory of the recordings.
    """

    def __init__(
        self,
        store: Store,
        post: Post,
        letter: Letter,
        transcribe: Transcribe | None,
        recordings: Path,
    ) -> None:
        self._store = store
        self._post = post
        self._letter = letter
        self._transcribe = transcribe
        self._recordings = recordings
        self._news = asyncio.Event()
        self._working: tasks.Lasting | None = None

    async def start(self) -> None:
        """Begin, with what an earlier run has left."""
        self._working = tasks.last(self._work, "desk")

    async def stop(self) -> None:
        """End; what is not done is done after the next start."""
        if self._working is not None:
            await self._working.stop()
            self._working = None

    def wake(self) -> None:
        """Say that there is a new request."""
        self._news.set()

    async def _work(self) -> None:
        self._news.set()  # there may be what an earlier run, or try, has left
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                waiting = await self._store.read(lambda db: Tickets(db).waiting())
            except SipAgentError as error:
                log.error("requests cannot be read; will try again", reason=str(error))
                waiting, done = [], False
            else:
                done = all([await self._tried(ticket) for ticket in waiting])
            if not done:
                await asyncio.sleep(_AGAIN)
            if waiting or not done:
                self._news.set()

    async def _tried(self, ticket: Ticket) -> bool:
        """Handle a request; return whether it is done, so that it keeps no other one waiting."""
        try:
            await self._handle(ticket)
        except SipAgentError as error:
            log.error("request waits", ticket=ticket.number, reason=str(error))
            return False
        except Exception:
            log.exception("request waits", ticket=ticket.number)
            return False
        return True

    async def _handle(self, ticket: Ticket) -> None:
        how, text = await self._words(ticket)
        ticket = replace(ticket, transcription=how, transcript=text)
        mailed = await self._mail(ticket)
        await self._store.write(
            lambda db: Tickets(db).transcribed(ticket.id, how, text), durable=True
        )
        log.info("request", ticket=ticket.number, transcription=how.value, mailed=mailed)

    async def _mail(self, ticket: Ticket) -> bool:
        """Put the letter into the outbox; return whether there is anybody to write to."""
        if not ticket.request.email:
            log.warning(
                "a request goes to nobody: the manager has no e-mail address; see "
                "sipagent managers edit",
                ticket=ticket.number,
                manager=ticket.request.manager,
            )
            return False
        path = self._recordings / ticket.request.recording
        message = await MAIL.run(self._letter, ticket, path)
        try:
            await STORE.run(self._post.put, message)
        except DataError as error:  # the address is none: another try would not help
            log.error("a request goes to nobody", ticket=ticket.number, reason=str(error))
            return False
        return True

    async def _words(self, ticket: Ticket) -> tuple[Transcription, str]:
        if self._transcribe is None:
            return Transcription.OFF, ""
        path = self._recordings / ticket.request.recording
        try:
            words = await self._transcribe(path, ticket.request.language)
        except SipAgentError as error:
            log.warning("transcription failed", ticket=ticket.number, reason=str(error))
            return Transcription.FAILED, ""
        return (Transcription.DONE if words.text else Transcription.NOTHING), words.text
