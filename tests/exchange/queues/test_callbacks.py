"""Callers who keep their place and are called back: asked, dialled, tried again, over a restart."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sipagent.exchange.model import Exchange
from sipagent.exchange.queues.calling_back import Recall
from sipagent.exchange.queues.events import Doing
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.script import Press
from tests.exchange.house import ANNAS
from tests.exchange.queues.work import ANNA, Work, caller, firm
from tests.simulated import simulated

pytestmark = pytest.mark.unit

NUMBER = "+48600700700"
RINGS = Callee(after=None)


def service(**fields: Any) -> Exchange:
    return firm(callback_key="1", members=(str(ANNA),), misses=0, **fields)


async def until(seconds: float) -> None:
    await asyncio.sleep(seconds - asyncio.get_running_loop().time())


async def asks(work: Work, folder: Path, *keys: str) -> FakeLeg:
    """Let somebody call who presses the key for a callback and then others."""
    call = caller(NUMBER, script=["1", *keys])
    await work.walk(call, folder)
    return call


def rows(work: Work) -> list[tuple[Any, ...]]:
    return work.rows("SELECT outcome, callback_of, number FROM queue_calls ORDER BY id")


@simulated
async def test_a_caller_is_called_back_once_a_member_has_answered(tmp_path: Path) -> None:
    """A callback keeps its arrival time, dials only with a member reserved."""
    work = Work({ANNAS: RINGS, NUMBER: Callee(after=4, talks=30)}, there=service())
    async with work.begun(tmp_path):
        line = await work.open(tmp_path)
        call = await asks(work, tmp_path, "1")
        assert call.heard[-2:] == ["queue.callback-confirm", "queue.callback-kept"]
        assert rows(work) == [("callback", None, NUMBER), (None, 1, NUMBER)]
        work.phones.answer_as(ANNAS, Callee(after=3))
        while not line.calls or rows(work)[1][0] is None or not line.calls[-1].over:
            await asyncio.sleep(1)
            dialled = [leg.called for leg in work.phones.legs]
            anna = next((leg for leg in work.phones.legs if leg.answered), None)
            assert NUMBER not in dialled or anna is not None, "not before somebody has answered"
        assert anna is not None
        assert anna.heard == ["queue.whisper-callback"]
        assert rows(work)[1] == ("answered", 1, NUMBER)
        ((waited, talked, first, second),) = work.rows(
            "SELECT b.waited, b.talked, a.arrived_at, b.arrived_at "
            "FROM queue_calls AS a JOIN queue_calls AS b ON b.callback_of = a.id"
        )
        assert round(talked) == 30
        assert waited > 7
        assert work.rows("SELECT * FROM queue_callbacks") == []
        apart = datetime.fromisoformat(second) - datetime.fromisoformat(first)
        assert abs(apart) < timedelta(minutes=1)


@simulated
async def test_another_number_is_confirmed_and_a_dear_one_is_not_called(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS}, there=service())
    async with work.begun(tmp_path):
        await work.open(tmp_path)
        call = await asks(work, tmp_path, "2", "112#", "00491234567#", "221234567#", "1")
        assert call.heard.count("queue.callback-wrong-number") == 2
        assert rows(work)[1] == (None, 1, "+48221234567")


@simulated
async def test_who_gives_no_number_waits_on(tmp_path: Path) -> None:
    work = Work({ANNAS: Callee(after=60, talks=5)}, there=service(ring=180))
    async with work.begun(tmp_path):
        await work.open(tmp_path)
        await asks(work, tmp_path, "*")
        assert rows(work) == [("answered", None, NUMBER)]


@simulated
async def test_who_is_answered_while_they_ask_is_not_called_back(tmp_path: Path) -> None:
    work = Work({ANNAS: Callee(after=3, talks=5)}, there=service())
    async with work.begun(tmp_path):
        await work.open(tmp_path)
        call = caller(NUMBER, script=[Press("1")])
        await work.walk(call, tmp_path)
        assert rows(work) == [("answered", None, NUMBER)]
        assert work.rows("SELECT * FROM queue_callbacks") == []


@simulated
async def test_who_is_not_reached_is_tried_again_and_given_up_at_last(tmp_path: Path) -> None:
    there = service(callback_tries=2, callback_minutes=10)
    work = Work({ANNAS: Callee(after=60), NUMBER: Callee(code=486)}, there=there)
    async with work.begun(tmp_path):
        line = await work.open(tmp_path)
        await asks(work, tmp_path, "1")
        work.phones.answer_as(ANNAS, Callee(after=1))
        await until(300)
        assert [leg.called for leg in work.phones.legs].count(NUMBER) == 1
        assert work.rows("SELECT tried FROM queue_callbacks") == [(1,)]
        await until(1000)
        assert [leg.called for leg in work.phones.legs].count(NUMBER) == 2
        assert rows(work)[1] == ("abandoned", 1, NUMBER)
        assert work.rows("SELECT * FROM queue_callbacks") == []
        assert all(leg.over for leg in line.calls)
        assert not work.phones.left


@simulated
async def test_a_callback_survives_a_restart_with_its_place(tmp_path: Path) -> None:
    there = service()
    async with Work({ANNAS: RINGS}, there=there).begun(tmp_path) as work:
        await work.open(tmp_path)
        await asks(work, tmp_path, "1")
    callees = {ANNAS: Callee(after=3), NUMBER: Callee(after=4, talks=30)}
    async with Work(callees, there=there).begun(tmp_path) as again:
        assert rows(again) == [("callback", None, NUMBER), (None, 1, NUMBER)]
        line = await again.open(tmp_path)
        while not line.calls or not line.calls[-1].over:
            await asyncio.sleep(1)
        assert rows(again)[1] == ("answered", 1, NUMBER)


@simulated
async def test_a_callback_that_is_broken_off_as_the_member_gets_it_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was told that they have the caller, and never meets them, does not talk for ever."""
    decided = Recall.decided
    broken: list[bool] = []

    def once(self: Recall, *, won: bool) -> None:
        decided(self, won=won)
        if not broken:
            broken.append(self.task.cancel())

    monkeypatch.setattr(Recall, "decided", once)
    work = Work({ANNAS: RINGS, NUMBER: Callee(after=4, talks=30)}, there=service(wrap_up=0))
    async with work.begun(tmp_path):
        line = await work.open(tmp_path)
        await asks(work, tmp_path, "1")
        work.phones.answer_as(ANNAS, Callee(after=3))
        await until(200)
        assert rows(work)[1][0] == "answered"
        assert [call.over for call in line.calls] == [True] * len(line.calls)
        assert work.dispatcher.machine.agents[ANNA].doing is Doing.IDLE
        assert not work.phones.left
    assert broken == [True]
