"""Takes calls, and makes the line's own: each by whoever it is for, to its record's last line."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol

import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.control.calls import OneCall, only
from sipagent.control.control import Control, Controls
from sipagent.domain import Domain, Handler, Incoming, LineClosed
from sipagent.errors import CallError, Fault
from sipagent.ops.metrics import Metrics
from sipagent.rate import Limit
from sipagent.records.recorder import CallRecord, CallStart, Recorder, concealed
from sipagent.records.schema import REFUSED
from sipagent.scenario.engine import Ending, Result
from sipagent.scenario.programme import Programme
from sipagent.scenario.talk import Speaker as Voice
from sipagent.scenario.talk import Talk
from sipagent.sip.leg import SipLeg, new_id
from sipagent.speech.recordings import Recordings
from sipagent.telephony.leg import Detail, Leg
from sipagent.telephony.outcome import RefusedCall
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller

#: Who ends the calls that are left when the daemon stops.
_SHUTDOWN = "shutdown"
#: Why a leg is ended that somebody asks to end, as the timeline tells it.
_BY_COMMAND = "by-command"
#: Refused calls that get a record each; after so many at once, one a second does.
_REFUSALS = 200.0
#: Seconds in which those who are still there when the line closes are told so.
_FAREWELL = 12.0
#: Seconds that the far end gets to answer the last BYE before the record is closed without.
_LAST_ANSWER = 5.0

log = structlog.get_logger(__name__)


class Voices(Protocol):
    """Who speaks to callers; ``speech.speaker.Speaker`` fits."""

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> Voice:
        """Return who reads with other voices than the usual ones, where they differ."""

    def attend(self) -> Callable[[object], None]:
        """Be there for a caller; what is returned is to be called when he has gone."""


class Journal:
    """A call's timeline: into its record, and at level debug into the log."""

    def __init__(self, record: CallRecord, call_id: str) -> None:
        self._record = record
        self._log = log.bind(call_id=call_id)

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event of ``kind`` that happens now."""
        self._record.note(kind, details)
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            self._log.debug("timeline", kind=kind, **concealed(details))


class Reception:
    """Routes calls, has them handled, and writes down how they went.

    Args:
        config: the settings.
        domain: all domains.
        programme: what callers hear.
        services: what steps work with, by class.
        voices: who speaks.
        recorder: takes the records.
        metrics: counts.
    """

    def __init__(
        self,
        config: Config,
        domain: Domain,
        programme: Programme,
        services: Mapping[type, object],
        *,
        voices: Voices,
        recorder: Recorder,
        metrics: Metrics,
    ) -> None:
        self._config = config
        self._domain = domain
        self._programme = programme
        self._services = dict(services)
        self._voices = voices
        self._recorder = recorder
        self._metrics = metrics
        self._calls: dict[asyncio.Task[None], SipLeg | OwnLeg] = {}
        #: Whoever sends bad offers without end gets no record of each.
        self._refusals = Limit(_REFUSALS)
        #: Whether calls are made.
        self._open = True
        #: Whether the calls that are left are being ended.
        self._cutting = False
        #: Set once the callers that are left are to be told that the line closes.
        self._closing = asyncio.Event()
        #: What commands may ask of the calls that go on.
        self.controls: Controls = {"calls.hangup": Control(OneCall, self._hang_up)}

    @property
    def count(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    def use(self, config: Config, programme: Programme) -> None:
        """Take other settings and scenarios for the calls to come."""
        self._config = config
        self._programme = programme

    def provide(self, service: object) -> None:
        """Give the steps of the calls to come another service, in place of one of its class."""
        self._services[type(service)] = service

    def take(self, call: SipLeg) -> None:
        """Handle a call that comes in, in a task of its own."""
        self._begin(call, self._route(call))

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        """Begin a call of the line's own (see ``domain.Originating``)."""
        if not self._open:
            raise LineClosed("the line is being closed, and makes no calls any more")
        call = OwnLeg(new_id(), caller)
        start = replace(_start_of(call, handler), called=called)
        return self._begin(call, self._handle(call, handler, start))

    def _begin(
        self, call: SipLeg | OwnLeg, work: Coroutine[Any, Any, None]
    ) -> "asyncio.Task[None]":
        task = tasks.begin(work, f"call-{call.id}")
        self._calls[task] = call
        task.add_done_callback(self._calls.pop)
        task.add_done_callback(self._voices.attend())
        return task

    def refused(self, call: RefusedCall) -> None:
        """Keep a record of a call that never became one."""
        self._metrics.call_over("agent", REFUSED)
        passed, dropped = self._refusals.pass_one()
        if dropped:
            log.warning("refused calls without a record: too many at once", count=dropped)
        if not passed:
            return
        handler = self.handler_of(call, self._programme)
        self._recorder.refuse(_start_of(call, handler), call.code, call.reason)
        log.info(
            "call refused",
            call_id=call.id,
            sip_id=call.sip_id,
            caller=_number_of(call),
            called=call.called,
            trunk=call.trunk or None,
            code=call.code,
            reason=call.reason,
        )

    async def drain(self, seconds: float) -> None:
        """Return when the last call is over, or everybody who is left was told to go."""
        self._open = False
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)
        if self._calls and seconds:
            self._closing.set()
            await asyncio.wait(self._calls, timeout=_FAREWELL)

    async def close(self) -> None:
        """Hang up the calls that are still there, and let them write their records."""
        self._open, self._cutting = False, True
        calls = dict(self._calls)
        for task, call in calls.items():
            with contextlib.suppress(CallError, Fault):
                await call.hangup(_SHUTDOWN)
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _hang_up(self, wish: OneCall) -> object:
        """End a call; one that goes on without its own leg, as where others talk on, is cut off."""
        calls = {call.id: (task, call) for task, call in self._calls.items()}
        task, call = calls[only(wish.call, calls)]
        there = isinstance(call, SipLeg) and not call.over
        with contextlib.suppress(CallError, Fault):
            await call.hangup(_BY_COMMAND)
        await asyncio.wait((task,), timeout=_LAST_ANSWER if there else 0)
        task.cancel()
        return {"id": call.id}

    def handler_of(self, call: Incoming, programme: Programme) -> Handler:
        """Return who takes a call: a domain, or the scenario that the settings name.

        The scenario takes it, too, where a domain fails: nobody is left in silence.
        """
        taken = None
        try:
            taken = self._domain.route(call, programme)
        except Exception:
            log.exception("no domain can say who takes a call", called=call.called)
        return taken or programme.walk_of(call.trunk, call.called)

    async def handle(
        self, call: Leg, handler: Handler, programme: Programme, record: CallRecord
    ) -> Result:
        """Have a call handled, and label its record with what it was about."""
        talk = Talk(
            programme.catalogue,
            self._voices.narrator(handler.voices, programme.catalogue.recorded),
            handler.languages,
            services=self._services,
            zone=self._config.line.zone,
        )
        try:
            return await handler.run(
                call, talk, longest=self._config.line.longest_call, closing=self._closing
            )
        finally:
            record.update(language=talk.language)
            for name, value in self._domain.labels(talk.facts).items():
                record.label(name, value)

    async def _catch_up(self) -> None:
        """Have the domains know what has been changed by now; else they go by what they know."""
        try:
            await self._domain.catch_up()
        except Exception:
            log.exception("what has been changed cannot be read")

    async def _route(self, call: SipLeg) -> None:
        """Take one call from its INVITE, by whoever it is for now."""
        await self._catch_up()
        handler = self.handler_of(call, self._programme)
        await self._handle(call, handler, _start_of(call, handler))

    async def _handle(self, call: SipLeg | OwnLeg, handler: Handler, start: CallStart) -> None:
        """Take one call from its beginning to its record's last line."""
        programme = self._programme
        record = await self._recorder.open(start)
        call.timeline = Journal(record, call.id)
        log.info(
            "call",
            call_id=call.id,
            caller=start.caller,
            called=start.called,
            trunk=call.trunk or None,
        )
        result = None
        try:
            result = await self.handle(call, handler, programme, record)
        finally:
            await tasks.to_the_end(self._close(call, record, result), f"close-{call.id}")

    async def _close(
        self, call: SipLeg | OwnLeg, record: CallRecord, result: Result | None
    ) -> None:
        """End a call, whatever its handler has done or failed to do, and its record."""
        with contextlib.suppress(CallError, Fault):
            await call.hangup("failed" if result is None else "normal")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWER):
                await call.wait_over()
        by, code, reason = call.outcome or ("agent", 0, "")
        ended_by: str = by
        if call.refused:
            outcome = REFUSED
        elif (self._cutting or self._closing.is_set()) and ended_by != "caller":
            ended_by = outcome = _SHUTDOWN
        elif result is not None:
            outcome = result.ending.value
        else:  # hung up in the very moment in which the daemon stops
            outcome = Ending.HUNG_UP.value
        quality = call.quality
        if quality is not None:
            record.measured(quality.mos, vars(quality))
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


def _number_of(call: Incoming) -> str | None:
    """Return the number that a record knows the caller by; an internal one of a phone."""
    return call.caller.number or call.caller.extension or None


def _start_of(call: SipLeg | OwnLeg | RefusedCall, handler: Handler) -> CallStart:
    """Return what a call's record begins with."""
    return CallStart(
        id=call.id,
        sip_id=call.sip_id,
        caller=_number_of(call),
        asserted=call.caller.asserted,
        called=call.called,
        scenario=handler.name,
        trunk=call.trunk,
        verstat=call.caller.verstat,
    )
