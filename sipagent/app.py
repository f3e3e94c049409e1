"""The daemon: builds the parts in order, lets calls through them, and stops them in reverse."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import structlog

import sipagent.infoline.steps  # noqa: F401  makes the infoline's steps known to scenarios
from sipagent import reloading, tasks
from sipagent.backoffice import BackOffice
from sipagent.config import Config, TrunkSection, load
from sipagent.errors import Fault, SipAgentError
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login
from sipagent.infoline.model import Owner
from sipagent.infoline.notices import Notices
from sipagent.infoline.pins import Pins
from sipagent.infoline.schema import infoline
from sipagent.messages.address import checked_sender
from sipagent.messages.templates import Templates
from sipagent.ops import limits, restore
from sipagent.ops.health import Health
from sipagent.ops.log import set_level
from sipagent.ops.metrics import Metrics
from sipagent.ops.systemd import Notifier
from sipagent.ops.web import Web
from sipagent.rate import Limit
from sipagent.records.recorder import CallRecord, CallStart, Recorder, concealed
from sipagent.records.schema import REFUSED
from sipagent.scenario import engine, loader
from sipagent.scenario.model import Scenario
from sipagent.scenario.prerender import Utterance, first_utterances, fixed_utterances
from sipagent.scenario.talk import Talk
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.speaker import Item, Narrator, Speaker
from sipagent.store.database import close, open_database, prove_writable
from sipagent.telephony.leg import Detail
from sipagent.telephony.outcome import RefusedCall
from sipagent.threads import FILES

#: Seconds after which a caller who came before the line was open may try again.
_OPENING_RETRY = 10
#: Seconds of patience that systemd is asked for while the line opens, and asked again.
_OPENING_PATIENCE = 90.0
#: Who ends the calls that are left when the daemon stops.
_SHUTDOWN = "shutdown"
#: Refused calls that get a record each; after so many at once, one a second does.
_REFUSALS = 200.0
#: Seconds in which those who are still there when the line closes are told so.
_FAREWELL = 12.0
#: Seconds that the far end gets to answer the last BYE before the record is closed without.
_LAST_ANSWER = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Programme:
    """What callers hear: replaced as a whole by a reload, kept by the calls that run on it."""

    #: By name; that of the line comes first.
    scenarios: dict[str, Scenario]
    catalogue: Catalogue
    #: By name.
    trunks: dict[str, TrunkSection]

    @classmethod
    def load(cls, config: Config) -> "Programme":
        """Read the scenarios of the line and of all trunks, and the prompts.

        Raises:
            ConfigError: every mistake, each with file and line.
        """
        catalogue = Catalogue.load(*config.paths.all_prompts)
        scenarios = {}
        for name, key in config.scenarios().items():
            path = loader.find(config.paths.all_scenarios, name, key)
            scenarios[name] = loader.load(path, catalogue)
        return cls(scenarios, catalogue, {trunk.name: trunk for trunk in config.trunk})

    def scenario_of(self, call: SipLeg | RefusedCall) -> Scenario:
        """Return what the callers of a number hear."""
        trunk = self.trunks.get(call.trunk)
        name = trunk and (trunk.numbers.get(call.called) or trunk.scenario)
        return self.scenarios[name] if name else next(iter(self.scenarios.values()))

    def narrator(self, scenario: Scenario, speaker: Speaker) -> Narrator:
        """Return who speaks to the callers of a scenario."""
        return speaker.narrator(scenario.voices, self.catalogue.recorded)

    def items(
        self, choice: Callable[[Scenario, Catalogue], list[Utterance]], speaker: Speaker
    ) -> list[Item]:
        """Return what all scenarios say, or the ``choice`` of it, each once."""
        found = (
            (self.narrator(scenario, speaker), *utterance)
            for scenario in self.scenarios.values()
            for utterance in choice(scenario, self.catalogue)
        )
        return list(dict.fromkeys(found))


class Journal:
    """A call's timeline: into its record, and at level debug into the log."""

    def __init__(self, record: CallRecord, call_id: str) -> None:
        self._record = record
        self._log = log.bind(call_id=call_id)

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event of ``kind`` that happens now."""
        self._record.note(kind, details)
        self._log.debug("timeline", kind=kind, **concealed(details))


class App:
    """One line that answers; ``async with app.running()`` opens it and closes it again."""

    def __init__(self, config: Config, manager: Notifier | None = None) -> None:
        self._config = config
        self._manager = manager or Notifier()
        self._programme = Programme.load(config)
        database = config.paths.database
        self._db = open_database(database, [infoline])
        # Logins are checked, and failures written, in threads: a transaction has to itself
        # the connection that it runs on.
        self._login_db = open_database(database, [infoline])
        self._pin_db = open_database(database, [infoline])
        self._health_db = open_database(database, [])
        self._pins = Pins(self._pin_db, config.login)
        self._login = Login(self._login_db, Directory(self._login_db), config.login)
        self._office = BackOffice(config)
        self._services: dict[type, object] = {
            Directory: Directory(self._db),
            Notices: Notices(self._db),
            Login: self._login,
            Pins: self._pins,
            **self._office.services,
        }
        self._recorder = Recorder(database)
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
        self.endpoint = Endpoint(
            config.sip,
            trunks=config.trunk,
            transfer=config.transfer,
            country=config.line.country,
            log_level=config.log.pjsip,
            on_call=self._take,
            on_refused=self._refused,
            on_message=self._recorder.trace.take if config.log.trace else None,
        )
        self._calls: dict[asyncio.Task[None], SipLeg] = {}
        #: Whoever sends bad offers without end gets no record of each.
        self._refusals = Limit(_REFUSALS)
        #: Why no call is taken now; empty where the line is open.
        self._closed = "opening"
        #: Whether the calls that are left are being ended.
        self._cutting = False
        #: Set once the callers that are left are to be told that the line closes.
        self._closing = asyncio.Event()
        health = Health(
            turn=self.endpoint.turn,
            hindrances=self._hindrances,
            calls=lambda: len(self._calls),
            outbox=self._office.outbox.counts,
            store=partial(prove_writable, self._health_db),
            trunks=self.endpoint.trunks,
            refused=self.endpoint.refused,
        )
        self._web = Web(config.http, self._metrics, health)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the line; on the way out end what is left of its calls.

        Raises:
            SipAgentError: the line cannot be opened, and why; nothing is left running.
        """
        async with contextlib.AsyncExitStack() as stack:
            # Nobody puts another database in the place of one that is still used.
            stack.enter_context(restore.running(self._config))
            dbs = (self._db, self._login_db, self._pin_db, self._health_db)
            stack.push_async_callback(close, *dbs)
            stack.callback(self._pins.close)
            self._check_limits()
            await self._recorder.start()
            stack.push_async_callback(self._recorder.stop)
            if lost := await self._recorder.recover():
                log.warning("calls of a run that died are closed", calls=lost)
            stack.push_async_callback(self._office.stop)
            await self._office.start()
            stack.push_async_callback(self._web.stop)
            self._web.start()
            stack.push_async_callback(self._speaker.close)
            async with self._manager.patient(_OPENING_PATIENCE):
                await self._start_voices()
                # The port is taken first, so that one that is not free is told at once; who
                # calls while the first words are being rendered is asked to call again.
                self.endpoint.draining = _OPENING_RETRY
                stack.push_async_callback(self.endpoint.stop)
                await self.endpoint.start()
                stack.push_async_callback(self._end_calls)
                await self._render(self._programme)
            self.endpoint.open()
            self._closed = ""
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

    async def reload(self, file: Path) -> None:
        """Take settings, scenarios, prompts and letters anew for the calls to come.

        Where anything is wrong, all stay as they are, and the log says why.
        """
        try:
            settings = reloading.merged(self._config, await FILES.run(load, file))
            config = settings.config
            checked_sender(config.mail.sender)
            programme = await FILES.run(Programme.load, config)
            templates = await FILES.run(Templates, config.paths.templates)
            await self._find_voices(programme)
            await self._render(programme)
            await self.endpoint.use(config.sip, config.trunk, config.transfer, config.line.country)
        except SipAgentError as error:
            log.error("reload refused; the line goes on as before", reason=str(error))
            return
        self._programme = programme
        self._use(config)
        self._office.use(config, templates)
        changed = list(settings.taken)
        log.info("reloaded", scenarios=list(programme.scenarios), changed=changed)
        if settings.waiting:
            log.warning("settings that wait until the line is restarted", keys=settings.waiting)

    async def drain(self) -> None:
        """Take no new calls, and return when the last one is over, or everybody left was told."""
        seconds = self._config.line.drain
        self._closed = "draining"
        await self.endpoint.drain(max(seconds, 1))
        log.info("draining", calls=len(self._calls), seconds=seconds)
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)
        if self._calls and seconds:
            self._closing.set()
            await asyncio.wait(self._calls, timeout=_FAREWELL)

    @property
    def config(self) -> Config:
        """The settings by which the line runs now."""
        return self._config

    def _use(self, config: Config) -> None:
        self._config = config
        self._pins.use(config.login)
        self._login.use(config.login)
        set_level(config.log)

    def _hindrances(self) -> list[str]:
        reasons = [f"the line is {self._closed}"] if self._closed else []
        if len(self._calls) >= self._config.sip.max_calls:
            reasons.append("the line is full (sip.max_calls)")
        if not (self._closed or self._speaker.ready):
            reasons.append("no voice: its processes do not run")
        return reasons

    def status(self) -> str:
        """Return in one line what goes on, for ``systemctl status``."""
        state = "line open" if self.endpoint.draining is None else "draining"
        return f"{state}, live calls: {len(self._calls)}"

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

    def _take(self, call: SipLeg) -> None:
        task = tasks.begin(self._handle(call), f"call-{call.id}")
        self._calls[task] = call
        task.add_done_callback(self._calls.pop)
        task.add_done_callback(self._speaker.attend())

    def _refused(self, call: RefusedCall) -> None:
        """Keep a record of a call that never became one."""
        self._metrics.call_over("agent", REFUSED)
        passed, dropped = self._refusals.pass_one()
        if dropped:
            log.warning("refused calls without a record: too many at once", count=dropped)
        if not passed:
            return
        start = _start_of(call, self._programme.scenario_of(call))
        self._recorder.refuse(start, call.code, call.reason)
        log.info(
            "call refused",
            call_id=call.id,
            sip_id=call.sip_id,
            caller=call.caller.number,
            called=call.called,
            trunk=call.trunk or None,
            code=call.code,
            reason=call.reason,
        )

    async def _handle(self, call: SipLeg) -> None:
        """Take one call from its INVITE to its record's last line."""
        programme = self._programme
        scenario = programme.scenario_of(call)
        record = await self._recorder.open(_start_of(call, scenario))
        call.timeline = Journal(record, call.id)
        log.info(
            "call",
            call_id=call.id,
            caller=call.caller.number,
            called=call.called,
            trunk=call.trunk or None,
        )
        talk = Talk(
            programme.catalogue,
            programme.narrator(scenario, self._speaker),
            scenario.languages,
            services=self._services,
            zone=self._config.line.zone,
        )
        result = None
        try:
            result = await engine.run(
                scenario,
                call,
                talk,
                longest=self._config.line.longest_call,
                closing=self._closing,
            )
        finally:
            await self._close(call, record, talk, result)

    async def _close(
        self, call: SipLeg, record: CallRecord, talk: Talk, result: engine.Result | None
    ) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWER):
                await call.wait_over()
        ended_by, code, reason = call.outcome or ("agent", 0, "")
        if call.refused:
            outcome = REFUSED
        elif (self._cutting or self._closing.is_set()) and ended_by != "caller":
            ended_by = outcome = _SHUTDOWN
        elif result is not None:
            outcome = result.ending.value
        else:  # hung up in the very moment in which the daemon stops
            outcome = engine.Ending.HUNG_UP.value
        owner = talk.facts.get(Owner)
        record.update(
            language=talk.language,
            owner=owner.login if owner else None,
            manager=owner.manager.id if owner else None,
        )
        quality = call.quality
        if quality is not None:
            record.measured(quality.mos, asdict(quality))
        await record.close(ended_by, outcome, code)
        self._metrics.call_over(
            ended_by,
            outcome,
            setup=call.setup,
            first_words=call.first_words,
            length=call.length,
            quality=quality,
        )
        log.info(
            "call over",
            call_id=call.id,
            ended_by=ended_by,
            outcome=outcome,
            code=code,
            reason=reason if call.refused else None,
        )

    async def _end_calls(self) -> None:
        """Hang up the calls that are still there, and let them write their records."""
        self._cutting = True
        calls = dict(self._calls)
        for task, call in calls.items():
            with contextlib.suppress(Fault):
                await call.hangup(_SHUTDOWN)
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


def _start_of(call: SipLeg | RefusedCall, scenario: Scenario) -> CallStart:
    """Return what a call's record begins with."""
    return CallStart(
        id=call.id,
        sip_id=call.sip_id,
        caller=call.caller.number,
        asserted=call.caller.asserted,
        called=call.called,
        scenario=scenario.name,
        trunk=call.trunk,
        verstat=call.caller.verstat,
    )
