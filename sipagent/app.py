"""The daemon: builds the parts in order, lets calls through them, and stops them in reverse."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import structlog

from sipagent import reloading
from sipagent.backoffice import BackOffice
from sipagent.config import Config
from sipagent.config_sources import load
from sipagent.control.control import Control, Nothing
from sipagent.control.server import ControlSocket
from sipagent.domain import Domains
from sipagent.domains import composed
from sipagent.errors import SipAgentError
from sipagent.messages.address import checked_sender
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.ops import limits, restore
from sipagent.ops.health import Health
from sipagent.ops.log import set_level
from sipagent.ops.metrics import Metrics
from sipagent.ops.systemd import Notifier
from sipagent.ops.web import Web, routes
from sipagent.reception import Reception
from sipagent.records.farewells import StoredFarewells, farewells
from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.scenario.prerender import first_utterances, fixed_utterances
from sipagent.scenario.programme import Programme
from sipagent.sip.endpoint import Endpoint
from sipagent.speech.speaker import Item, Speaker
from sipagent.store.database import prove_writable
from sipagent.store.store import Store
from sipagent.switching.transfer import Transfers
from sipagent.telephony.network import Network
from sipagent.texts import webhook
from sipagent.threads import FILES
from sipagent.webhooks.schema import webhooks

#: Seconds after which a caller who came before the line was open may try again.
_OPENING_RETRY = 10
#: Seconds of patience that systemd is asked for while the line opens, and asked again.
_OPENING_PATIENCE = 90.0

log = structlog.get_logger(__name__)


class App:
    """One line that answers; ``async with app.running()`` opens it and closes it again."""

    def __init__(
        self,
        config: Config,
        manager: Notifier | None = None,
        domains: Domains | None = None,
        file: Path | None = None,
    ) -> None:
        self._config = config
        #: Where the settings are read anew from.
        self._file = file
        self._reloading = asyncio.Lock()
        self._manager = manager or Notifier()
        self._domains = domains or composed()
        self._programme = self._domains.programme(config)
        rooms = (*self._domains.migrations, messages, records, farewells, webhooks)
        self._store = Store(config.paths.database, rooms)
        self._recorder = Recorder(self._store)
        self._metrics = Metrics()
        self._speaker = Speaker(
            config.voices,
            config.paths.voices,
            config.paths.cache,
            workers=config.speech.workers,
            timeout=config.speech.timeout,
            cache_megabytes=config.speech.cache_megabytes,
            waited=self._metrics.spoken,
        )
        self._office = BackOffice(config, self._domains, self._store, self._speaker)
        self._reception = Reception(
            config,
            self._domains,
            self._programme,
            self._office.services,
            voices=self._speaker,
            recorder=self._recorder,
            metrics=self._metrics,
        )
        self.endpoint = Endpoint(
            config.sip,
            trunks=config.trunk,
            transfer=config.transfer,
            country=config.line.country,
            log_level=config.log.pjsip,
            on_call=self._reception.take,
            on_refused=self._reception.refused,
            on_message=self._recorder.trace.take if config.log.trace else None,
            login=config.login,
            handsets=self._office.handsets,
            farewells=StoredFarewells(self._store),
            known=self._domains.knows,
        )
        #: Why no call is taken now; empty where the line is open.
        self._closed = "opening"
        health = Health(
            turn=self.endpoint.turn,
            hindrances=self._hindrances,
            calls=lambda: self._reception.count,
            outbox=self._office.outbox.counts,
            store=partial(self._store.write, prove_writable),
            trunks=self.endpoint.trunks,
            refused=self.endpoint.refused,
            phones=self.endpoint.registrations.count,
            phones_refused=self.endpoint.registrations.refused,
            lamps=self.endpoint.registrations.subscriptions,
        )
        self._web = Web(config.http, partial(routes, self._metrics, health))
        self._webhook = self._texts_come_in()
        controls = {
            **self._office.controls,
            **self._reception.controls,
            "line.status": Control(Nothing, lambda _: health.status()),
            "line.reload": Control(Nothing, lambda _: self._take_anew()),
        }
        self._control = ControlSocket(config.paths.control, controls)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the line; on the way out end what is left of its calls.

        Raises:
            SipAgentError: the line cannot be opened, and why; nothing is left running.
        """
        async with contextlib.AsyncExitStack() as stack:
            # Nobody puts another database in the place of one that is still used.
            stack.enter_context(restore.running(self._config))
            stack.push_async_callback(self._store.close)
            self._check_limits()
            if lost := await self._recorder.recover():
                log.warning("calls of a run that died are closed", calls=lost)
            stack.push_async_callback(self._office.stop)
            await self._office.start()
            stack.push_async_callback(self._web.stop)
            self._web.start()
            stack.push_async_callback(self._webhook.stop)
            self._webhook.start()
            stack.push_async_callback(self._control.stop)
            await self._control.start()
            stack.push_async_callback(self._speaker.close)
            async with self._manager.patient(_OPENING_PATIENCE):
                await self._start_voices()
                # The port is taken first, so that one that is not free is told at once; who
                # calls while the first words are being rendered is asked to call again.
                self.endpoint.draining = _OPENING_RETRY
                stack.push_async_callback(self.endpoint.stop)
                await self.endpoint.start()
                self._put_through(self._config)
                stack.push_async_callback(self._reception.close)
                await self._render(self._programme)
            self.endpoint.open()
            self._closed = ""
            self._office.opened(self._reception)
            log.info(
                "line open",
                address=self._config.sip.address,
                port=self.endpoint.port,
                tls_port=self.endpoint.tls_port if "tls" in self._config.sip.transports else None,
                transports=list(self._config.sip.transports),
                scenarios=list(self._programme.scenarios),
            )
            yield
        log.info("line closed")

    async def reload(self) -> None:
        """Take settings, scenarios, prompts and letters anew for the calls to come.

        Where anything is wrong, all stay as they are, and the log says why.
        """
        with contextlib.suppress(SipAgentError):
            await self._take_anew()

    async def _take_anew(self) -> None:
        """Reload, one after the other.

        Raises:
            SipAgentError: something is wrong; the line goes on as before.
        """
        async with self._reloading:
            try:
                settings = reloading.merged(self._config, await FILES.run(load, self._file))
                await self._take(settings.config)
            except SipAgentError as error:
                log.error("reload refused; the line goes on as before", reason=str(error))
                raise
        changed = list(settings.taken)
        log.info("reloaded", scenarios=list(self._programme.scenarios), changed=changed)
        if settings.waiting:
            log.warning("settings that wait until the line is restarted", keys=settings.waiting)

    async def _take(self, config: Config) -> None:
        checked_sender(config.mail.sender)
        programme = await FILES.run(self._domains.programme, config)
        templates = await FILES.run(Templates, self._domains.texts, config.paths.templates)
        await self._find_voices(programme)
        await self._render(programme)
        await self.endpoint.use(
            config.sip, config.trunk, config.transfer, config.line.country, config.login
        )
        self._config = config
        self._programme = programme
        self._reception.use(config, programme)
        self._office.use(config, templates)
        self._put_through(config)
        set_level(config.log)

    async def drain(self) -> None:
        """Take no new calls, and return when the last one is over, or everybody left was told."""
        seconds = self._config.line.drain
        self._closed = "draining"
        await self.endpoint.drain(max(seconds, 1))
        log.info("draining", calls=self._reception.count, seconds=seconds)
        await self._reception.drain(seconds)

    @property
    def config(self) -> Config:
        """The settings by which the line runs now."""
        return self._config

    def _put_through(self, config: Config) -> None:
        """Let the calls to come be put through as the settings say now."""
        methods = {trunk.name: trunk.transfer for trunk in config.trunk if trunk.transfer}
        self._reception.provide(Transfers(self.endpoint.phones, config.transfer, methods))
        contacts, mixes = self.endpoint.registrations.contacts, self.endpoint.mixes
        headsets = self.endpoint.headsets
        self._reception.provide(Network(self.endpoint.phones, contacts, mixes, headsets))

    def _texts_come_in(self) -> Web:
        """Return where gateways bring texts: apart from metrics, for others may reach it."""
        settings = self._config.texts.webhook
        secret = (settings.password() if settings.enabled else None) or ""
        reads = webhook.Webhook(secret, settings.window, self._config.line.country)
        return Web(
            settings,
            partial(webhook.routes, reads, self._office.texts.inbox.put),
            "texts",
            "texts.webhook",
        )

    def _hindrances(self) -> list[str]:
        reasons = [f"the line is {self._closed}"] if self._closed else []
        if self._reception.count >= self._config.sip.max_calls:
            reasons.append("the line is full (sip.max_calls)")
        if not (self._closed or self._speaker.ready):
            reasons.append("no voice: its processes do not run")
        return reasons

    def status(self) -> str:
        """Return in one line what goes on, for ``systemctl status``."""
        state = "line open" if self.endpoint.draining is None else "draining"
        return f"{state}, live calls: {self._reception.count}"

    async def _start_voices(self) -> None:
        """Load the voices; where the first words are there, behind the line that opens meanwhile.

        Clips are known by the voice's files, so that they are proof that it can be loaded.
        """
        await self._speaker.open()
        await self._find_voices(self._programme)
        if self._first_words(self._programme):
            await self._speaker.start()
        else:
            self._speaker.start_behind()

    def _check_limits(self) -> None:
        calls = self._config.sip.max_calls
        limit = limits.raise_descriptors(calls)
        if not limits.enough_descriptors(calls, limit):
            log.warning(
                "too few open files are allowed for sip.max_calls", limit=limit, calls=calls
            )

    async def _render(self, programme: Programme) -> None:
        """Render the first words; the other fixed prompts follow behind the calls."""
        if missing := self._first_words(programme):
            log.info("rendering the first words", count=len(missing))
            await self._speaker.render_all(missing)
        await self._speaker.render_behind(programme.items(fixed_utterances, self._speaker))

    def _first_words(self, programme: Programme) -> list[Item]:
        """Return what is missing of what callers hear first."""
        wanted = programme.items(first_utterances, self._speaker)
        return [one for one in wanted if self._speaker.kept(*one) is None]

    async def _find_voices(self, programme: Programme) -> None:
        for scenario in programme.scenarios.values():
            await self._speaker.find(scenario.voices)
