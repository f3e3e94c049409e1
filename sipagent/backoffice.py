"""What goes on behind the calls: messages, the domains' own work, and deleting what is old."""

import contextlib
from collections.abc import Mapping

import structlog

from sipagent.config import Config
from sipagent.domain import Domain, House, Originating, Voices
from sipagent.messages.delivery import delivery_of
from sipagent.messages.outbox import Outbox
from sipagent.messages.sender import Sender
from sipagent.messages.templates import Templates
from sipagent.retention import Retention
from sipagent.speech.tones import Tones
from sipagent.speech.transcriber import Transcriber
from sipagent.store.store import Store
from sipagent.texts.gateway import Gateway
from sipagent.texts.incoming import Inbox
from sipagent.texts.messages import TextMessages
from sipagent.texts.outgoing import TextBox
from sipagent.webhooks.announcer import Announcer
from sipagent.webhooks.calls import CALLS
from sipagent.webhooks.outgoing import Teller, WebhookBox

log = structlog.get_logger(__name__)


class BackOffice:
    """Builds the parts in order, starts them, and stops them in reverse.

    Args:
        config: the settings.
        domain: all domains.
        store: with their migrations, ``messages`` and ``webhooks``.
        voices: who speaks; None: nobody.

    Raises:
        SetupError: the cache cannot be used.
        ConfigError: a template of letters is wrong.
    """

    def __init__(
        self, config: Config, domain: Domain, store: Store, voices: Voices | None = None
    ) -> None:
        self._config = config
        self._stack = contextlib.AsyncExitStack()
        templates = Templates(domain.texts, config.paths.templates)
        self.outbox = Outbox(store.blocking, config.paths.outbox, config.mail)
        delivery = delivery_of(config.mail, config.paths.maildir)
        self._sender = Sender(self.outbox, delivery, config.mail.sender)
        box = TextBox(store.blocking, config.paths.outbox, config.texts)
        self.texts = TextMessages(box, Inbox(store), config.texts)
        self._text_sender = Sender(box, Gateway(config.texts), config.texts.sender)
        self._programs = WebhookBox(store.blocking, config.paths.outbox, config.webhooks)
        self._data = store.blocking
        self._teller = Sender(self._programs, Teller(self._data, config.webhooks), "")
        happenings = (*CALLS, *domain.happenings)
        self._announcer = Announcer(self._data, self._programs, happenings)
        transcriber = Transcriber(config.transcription, config.paths.models)
        # After whoever uses it: a request that is being written down is no failed one.
        self._stack.push_async_callback(transcriber.close)
        transcribe = transcriber.transcribe if config.transcription.enabled else None
        house = House(config, store, self.outbox, self.texts, templates, transcribe, voices)
        self._staff = domain.open(house)
        self._stack.push_async_callback(self._staff.stop)
        #: The phones that may register; None: there are none.
        self.handsets = self._staff.handsets
        #: What can be asked of the running line.
        self.controls = self._staff.controls
        self._tones = Tones(config.paths.cache / "tones")
        self._tones.use(config.exchange.music)
        #: What steps work with, by class.
        self.services: Mapping[type, object] = {**self._staff.services, Tones: self._tones}
        self._retention = Retention(config, domain, store.blocking)

    async def learn(self) -> None:
        """Know what steps have to know, and begin nothing: for a walk in a terminal."""
        await self._staff.learn()

    async def start(self) -> None:
        """Begin, with what an earlier run has left."""
        if not self._config.mail.server:
            directory = str(self._config.paths.maildir)
            log.warning("no mail.server: messages are kept, not sent", directory=directory)
        self._stack.push_async_callback(self._sender.stop)
        await self._sender.start()
        self._stack.push_async_callback(self._text_sender.stop)
        await self._text_sender.start()
        self._stack.push_async_callback(self._teller.stop)
        await self._teller.start()
        self._stack.push_async_callback(self._announcer.stop)
        self._announcer.start()
        await self._staff.start()
        self._stack.push_async_callback(self._retention.stop)
        await self._retention.start()

    def opened(self, line: Originating) -> None:
        """Let calls of the line's own be made."""
        self._staff.opened(line)

    def use(self, config: Config, templates: Templates) -> None:
        """Take other settings, and write letters from other templates, from now on.

        Raises:
            ConfigError: ``mail.sender`` is no address; nothing has changed then.
        """
        if config.mail != self._config.mail:
            self._sender.use(delivery_of(config.mail, config.paths.maildir), config.mail.sender)
            self.outbox.use(config.mail)
        if config.texts != self._config.texts:
            self._text_sender.use(Gateway(config.texts), config.texts.sender)
            self.texts.use(config.texts)
        if config.webhooks != self._config.webhooks:
            self._teller.use(Teller(self._data, config.webhooks), "")
            self._programs.use(config.webhooks)
        if config.exchange.music != self._config.exchange.music:
            self._tones.use(config.exchange.music)
        self._config = config
        self._staff.use(config, templates)
        self._retention.use(config)

    async def stop(self) -> None:
        """End; what is not done is done after the next start."""
        await self._stack.aclose()
