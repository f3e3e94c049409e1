"""Whoever wants to know of conversations of the exchange is asked when one begins."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.led import Led
from sipagent.scenario.talk import Talk
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.leg import Leg
from tests.exchange.house import ANNAS, House
from tests.exchange.test_calls import from_outside
from tests.simulated import simulated
from tests.switching.test_attending import Heard

pytestmark = pytest.mark.unit


@simulated
async def test_they_know_whose_conversation_it_is_and_who_talks(tmp_path: Path) -> None:
    house, call, heard = House({ANNAS: Callee(after=2, talks=9)}), from_outside(), Heard()
    asked: list[tuple[str, str]] = []

    def attend(record: Leg, talk: Talk) -> Heard:
        asked.append((record.id, talk.facts[Led].group))
        return heard

    house.board.attendance.subscribe(attend)
    await house.take(call, tmp_path)
    assert asked == [(call.id, "Biuro")]
    assert heard.told[0] == f"joined {call.caller.number} Anna Nowak <101>"
    assert heard.told[1:] == ["parted", "over"]


@simulated
async def test_one_who_fails_keeps_nobody_from_talking(tmp_path: Path) -> None:
    house, call, heard = House({ANNAS: Callee(after=2, talks=9)}), from_outside(), Heard()

    def fail(record: Leg, talk: Talk) -> Heard:
        raise ValueError("a fault, says the test")

    for attends in (fail, lambda record, talk: None, lambda record, talk: heard):
        house.board.attendance.subscribe(attends)
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(5)
    assert call.partners == house.phones.legs[:1]
    await taking
    assert heard.told[-1] == "over"
