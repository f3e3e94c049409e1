"""What goes on behind the calls: messages, requests, transcription, and deleting what is old."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from sipagent.config import Config
from sipagent.infoline.desk import Desk
from sipagent.infoline.requests import Requests
from sipagent.infoline.statements import Statements
from sipagent.infoline.tickets import Ticket
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.delivery import delivery_of
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.sender import Sender
from sipagent.messages.templates import Templates
from sipagent.retention import Retention
from sipagent.speech.tones import Tones
from sipagent.speech.transcriber import Transcriber
from sipagent.store.store import Store
from sipagent.threads import STORE

log = structlog.get_logger(__name__)


class BackOffice:
    """Builds the parts in order, starts them, and stops them in reverse.

    Raises:
        SetupError, DataError: the database or the cache cannot be used.
        ConfigError: a template of letters is wrong.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._loop = asyncio.get_running_loop()
        self._stack = contextlib.AsyncExitStack()
        self._letters = Letters(Templates([TEXTS], config.paths.templates))
        self.outbox = Outbox(store.blocking, config.paths.outbox, config.mail)
        delivery = delivery_of(config.mail, config.paths.maildir)
        self._sender = Sender(self.outbox, delivery, config.mail.sender)
        self._transcriber = Transcriber(config.transcription, config.paths.models)
        self._desk = Desk(
            store,
            self.outbox,
            self._letter,
            self._transcriber.transcribe if config.transcription.enabled else None,
            config.paths.recordings,
        )
        self._requests = Requests(
            store.blocking, config.paths.recordings, self._soon(self._desk.wake)
        )
        statements = Statements(store.blocking, self.outbox, self._letters)
        self.services: Mapping[type, object] = {
            Requests: self._requests,
            Statements: statements,
            Tones: Tones(config.paths.cache / "tones"),
        }
        self._retention = Retention(config, store.blocking)

    async def start(self) -> None:
        """Begin, with what an earlier run has left."""
        if not self._config.mail.server:
            directory = str(self._config.paths.maildir)
            log.warning("no mail.server: messages are kept, not sent", directory=directory)
        recovered = await STORE.run(self._requests.recover)
        if recovered:
            log.warning("requests of a run that died are tickets now", count=recovered)
        for part in (self._sender, self._desk, self._retention):
            await part.start()
            self._stack.push_async_callback(part.stop)

    def use(self, config: Config, templates: Templates) -> None:
        """Take other settings, and write letters from other templates, from now on.

        Raises:
            ConfigError: ``mail.sender`` is no address; nothing has changed then.
        """
        if config.mail != self._config.mail:
            self._sender.use(delivery_of(config.mail, config.paths.maildir), config.mail.sender)
            self.outbox.use(config.mail)
        self._config = config
        self._letters.use(templates)
        self._retention.use(config)

    async def stop(self) -> None:
        """End; what is not done is done after the next start."""
        await self._transcriber.close()
        await self._stack.aclose()

    def _letter(self, ticket: Ticket, recording: Path) -> Message:
        return self._letters.request(ticket, recording, self._config.line.zone)

    def _soon(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Return a call that may come from any thread."""

        def soon() -> None:
            self._loop.call_soon_threadsafe(wake)

        return soon
