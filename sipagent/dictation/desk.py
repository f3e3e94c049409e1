"""A desk has recordings transcribed and mails them, one by one, whatever goes wrong on the way."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import sqlite_utils
import structlog

from sipagent import tasks
from sipagent.domain import Transcribe
from sipagent.errors import DataError, SipAgentError
from sipagent.messages.message import Message
from sipagent.store.store import Store
from sipagent.threads import MAIL, STORE

#: Seconds until what could not be handled is tried again.
_AGAIN = 30.0

log = structlog.get_logger(__name__)


class Transcription(StrEnum):
    """What became of the words of a recording."""

    WAITING = "waiting"
    DONE = "done"
    #: There was no word in it.
    NOTHING = "nothing"
    OFF = "off"
    FAILED = "failed"


Item = TypeVar("Item")


class Work(Protocol[Item]):
    """What comes to a desk: rows of a kind, each with a recording."""

    @property
    def what(self) -> str:
        """What one is called, for the log."""

    def waiting(self, db: sqlite_utils.Database) -> Sequence[Item]:
        """Return what is not handled yet, in the order in which it is to be."""

    def known_as(self, item: Item) -> Mapping[str, object]:
        """Return what the log knows it by."""

    def recording(self, item: Item) -> tuple[Path, str] | None:
        """Return the file and its language; None: there is nothing to be written down."""

    def letter(self, item: Item, how: Transcription, text: str) -> Message | None:
        """Return the letter that it becomes; None where there is nobody to write to.

        Called in a thread.
        """

    def handled(self, db: sqlite_utils.Database, item: Item, how: Transcription, text: str) -> None:
        """Write down that it is handled, and what was said."""


class Post(Protocol):
    """Sends letters; ``Outbox`` does."""

    def put(self, *messages: Message) -> list[int]:
        """Make messages durable."""


class Desk(Generic[Item]):
    """Handles what waits, one by one in its order, as long as there is anything.

    It is marked only after its letter is in the outbox: a crash in between may send it again, but
    never lose it.

    Args:
        store: with what waits.
        post: where letters go.
        work: what comes here.
        transcribe: None where transcription is off.
        name: of its task.
    """

    def __init__(
        self,
        store: Store,
        post: Post,
        work: Work[Item],
        transcribe: Transcribe | None,
        name: str = "desk",
    ) -> None:
        self._store = store
        self._post = post
        self._work = work
        self._transcribe = transcribe
        self._name = name
        self._news = asyncio.Event()
        self._working: tasks.Lasting | None = None

    async def start(self) -> None:
        """Begin, with what an earlier run has left."""
        self._working = tasks.last(self._go_on, self._name)

    async def stop(self) -> None:
        """End; what is not done is done after the next start."""
        if self._working is not None:
            await self._working.stop()
            self._working = None

    def wake(self) -> None:
        """Say that something new waits."""
        self._news.set()

    async def _go_on(self) -> None:
        self._news.set()  # there may be what an earlier run, or try, has left
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                waiting = await self._store.read(self._work.waiting)
            except SipAgentError as error:
                log.error(f"{self._work.what}s cannot be read; will try again", reason=str(error))
                waiting, done = [], False
            else:
                done = all([await self._tried(item) for item in waiting])
            if not done:
                await asyncio.sleep(_AGAIN)
            if waiting or not done:
                self._news.set()

    async def _tried(self, item: Item) -> bool:
        """Handle one; return whether it is done, so that it keeps no other one waiting."""
        try:
            await self._handle(item)
        except SipAgentError as error:
            log.error(f"{self._work.what} waits", **self._work.known_as(item), reason=str(error))
            return False
        except Exception:
            log.exception(f"{self._work.what} waits", **self._work.known_as(item))
            return False
        return True

    async def _handle(self, item: Item) -> None:
        how, text = await self._words(item)
        mailed = await self._mail(item, how, text)
        await self._store.write(lambda db: self._work.handled(db, item, how, text), durable=True)
        known = self._work.known_as(item)
        log.info(self._work.what, **known, transcription=how.value, mailed=mailed)

    async def _mail(self, item: Item, how: Transcription, text: str) -> bool:
        """Put the letter into the outbox; return whether there is anybody to write to."""
        message = await MAIL.run(self._work.letter, item, how, text)
        if message is None:
            return False
        try:
            await STORE.run(self._post.put, message)
        except DataError as error:  # the address is none: another try would not help
            known = self._work.known_as(item)
            log.error(f"a {self._work.what} goes to nobody", **known, reason=str(error))
            return False
        return True

    async def _words(self, item: Item) -> tuple[Transcription, str]:
        found = self._work.recording(item)
        if found is None:
            return Transcription.NOTHING, ""
        if self._transcribe is None:
            return Transcription.OFF, ""
        try:
            words = await self._transcribe(*found)
        except SipAgentError as error:
            known = self._work.known_as(item)
            log.warning("transcription failed", **known, reason=str(error))
            return Transcription.FAILED, ""
        return (Transcription.DONE if words.text else Transcription.NOTHING), words.text
