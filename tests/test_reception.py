"""Calls that somebody takes who fails at it: their callers are not left in silence."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from sipagent import reception as receptions
from sipagent.config import Config
from sipagent.control.control import done
from sipagent.domain import Domain, Handler, Incoming, LineClosed
from sipagent.domains import composed
from sipagent.errors import DataError
from sipagent.records.history import History
from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.scenario.engine import Ending, Result
from sipagent.scenario.programme import Programme
from sipagent.scenario.talk import Talk
from sipagent.sip.leg import SipLeg
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller
from tests.sip.test_leg import StubLeg
from tests.test_toy_domain import reception, settings

pytestmark = pytest.mark.unit
__all__ = ["settings"]


class Broken(Domain):
    """Cannot say whether a call is for it."""

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        raise OSError("no room on the disk")


@dataclass
class Careless(Domain):
    """Takes all calls itself: answers, and goes."""

    name: str = "careless"
    languages: Sequence[str] = ("pl",)
    voices: Mapping[str, str] = field(default_factory=dict)

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        return self

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        await call.answer()
        return Result(Ending.DONE, "")


async def test_where_a_domain_fails_the_scenario_of_the_number_takes_the_call(
    settings: Config,
) -> None:
    domains = composed(Broken())
    programme = domains.programme(settings)
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, domains, Recorder(store))
        assert desk.handler_of(FakeLeg(), programme).name == "infolinia"


class Behind(Careless):
    """Takes calls once it has caught up, or has tried to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.known, self._error = False, error

    async def catch_up(self) -> None:
        self.known = True
        if self._error:
            raise self._error

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        return self if self.known else None


@pytest.mark.parametrize("error", [None, OSError("the disk fails")])
async def test_a_call_waits_until_the_domains_know_what_has_changed(
    settings: Config, error: Exception | None
) -> None:
    """Where they cannot know, they go by what they knew."""
    call = SipLeg(cast(Any, StubLeg()), Caller("+48600100200"), "infolinia", "sip-id")
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(Behind(error)), Recorder(store))
        desk.take(call)
        await desk.drain(10)
        row = await store.read(lambda db: History(db).call(call.id))
    assert row.scenario == "careless"


async def test_a_call_that_its_handler_has_left_is_ended(settings: Config) -> None:
    stub = StubLeg()
    call = SipLeg(cast(Any, stub), Caller("+48600100200"), "infolinia", "sip-id")
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(Careless()), Recorder(store))
        desk.take(call)
        await desk.drain(10)
        assert desk.count == 0
        assert call.over
        row = await store.read(lambda db: History(db).call(call.id))
    assert (row.scenario, row.ended_by, row.outcome) == ("careless", "agent", "done")


class Deaf(StubLeg):
    """Its far end never answers BYE."""

    def end(self, cause: object = None) -> None:
        self.told = True


async def test_the_line_that_closes_ends_the_record_of_a_call_that_is_nearly_over(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receptions, "_LAST_ANSWER", 0.2)
    stub = Deaf()
    call = SipLeg(cast(Any, stub), Caller("+48600100200"), "infolinia", "sip-id")
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(Careless()), Recorder(store))
        desk.take(call)
        while not hasattr(stub, "told"):
            await asyncio.sleep(0.01)
        await desk.close()
        await store.written()
        row = await store.read(lambda db: History(db).call(call.id))
    assert (row.ended_by, row.outcome) == ("shutdown", "shutdown")


async def test_a_call_of_the_lines_own_has_a_record_like_any_other(settings: Config) -> None:
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(), Recorder(store))
        await desk.originate(Careless(), Caller("+48600100200"), "+48221000300")
        assert desk.count == 0
        (row,) = await store.read(lambda db: History(db).calls())
    assert (row.caller, row.called, row.scenario) == ("+48600100200", "+48221000300", "careless")
    assert row.answered
    assert (row.ended_by, row.outcome) == ("agent", "done")


async def test_a_line_that_closes_makes_no_calls(settings: Config) -> None:
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(), Recorder(store))
        await desk.drain(0)
        with pytest.raises(LineClosed):
            desk.originate(Careless(), Caller("+48600100200"), "+48221000300")


@dataclass
class Lasting(Careless):
    """Goes on for a while, whatever becomes of the leg."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        await call.answer()
        self.begun.set()
        await asyncio.sleep(60)
        return Result(Ending.DONE, "")


async def test_a_call_that_goes_on_without_its_leg_is_cut_off_by_command(settings: Config) -> None:
    handler = Lasting()
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(), Recorder(store))
        task = desk.originate(handler, Caller("+48600100200"), "+48221000300")
        await handler.begun.wait()
        (call,) = await store.read(lambda db: History(db).calls())
        answer = await done(desk.controls, "calls.hangup", {"call": call.id[:5]})
        await asyncio.wait((task,))
        row = await store.read(lambda db: History(db).call(call.id))
    assert answer == {"id": call.id}
    assert (row.ended_by, row.outcome) == ("agent", "hung-up")


async def test_no_call_begins_like_that(settings: Config) -> None:
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, composed(), Recorder(store))
        with pytest.raises(DataError, match="no call that goes on begins with '019'"):
            await done(desk.controls, "calls.hangup", {"call": "019"})
