"""People in a room, without a network: who is let in, who hears whom, what is said and pressed."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import LineNumber
from sipagent.exchange.reading import Stored
from tests.exchange.rooms.visits import SOON, Hall
from tests.simulated import simulated

pytestmark = pytest.mark.unit

STRANGER = "+48600700700"


@simulated
async def test_three_hear_each_other_and_who_comes_is_told_how_many_are_there(
    tmp_path: Path,
) -> None:
    hall = Hall(tmp_path)
    anna = hall.phone("101")
    await asyncio.sleep(SOON)
    assert anna.loops == ["tone.music"], "who is alone hears music"
    assert "Na razie nie ma tu nikogo innego." in anna.words
    jan = hall.phone("102")
    await asyncio.sleep(SOON)
    assert anna.loops == jan.loops == []
    assert "Zastaną Państwo w pokoju jedną osobę." in jan.words
    ewa = hall.phone("103")
    await asyncio.sleep(SOON)
    assert "You will find two people in the room." in ewa.words
    assert hall.hears(anna) == ["102", "103"]
    assert hall.hears(jan) == ["101", "103"]
    assert [path.stem for path in hall.mix.played] == ["joins", "joins"]
    jan.hangs_up()
    await asyncio.sleep(SOON)
    assert hall.hears(anna) == ["103"]
    assert hall.mix.played[-1].stem == "leaves"
    ewa.hangs_up()
    await asyncio.sleep(SOON)
    assert anna.loops == ["tone.music"]
    anna.hangs_up()
    await hall.empty()
    kinds = [event.details for event in jan.timeline if event.kind == "room"]
    assert kinds == [{"room": "Narada", "others": 1, "moderator": False}]


@simulated
async def test_a_key_mutes_and_another_says_how_many_are_there(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)
    anna.presses("17*1")
    await asyncio.sleep(SOON)
    assert hall.hears(jan) == []
    assert hall.hears(anna) == ["102"]
    assert anna.heard[-1] == "rooms.muted"
    anna.presses("*1")
    await asyncio.sleep(SOON)
    assert hall.hears(jan) == ["101"]
    assert anna.heard[-1] == "rooms.heard"
    anna.presses("*2")
    await asyncio.sleep(SOON)
    assert "Rozmowa łączy Państwa i jeszcze jedną osobę." in anna.words
    for leg in (anna, jan):
        leg.hangs_up()
    await hall.empty()


@simulated
async def test_the_sixteenth_hears_that_it_is_full(tmp_path: Path) -> None:
    """The 16th hears "full" (here the third of two)."""
    hall = Hall(tmp_path, people=2)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)
    ewa = hall.phone("103")
    await asyncio.sleep(SOON)
    assert ewa.heard[-1] == "rooms.full"
    assert ewa.over
    anna.hangs_up()
    await asyncio.sleep(SOON)
    ewa = hall.phone("103")
    await asyncio.sleep(SOON)
    assert hall.hears(ewa) == ["102"]
    for leg in (jan, ewa):
        leg.hangs_up()
    await hall.empty()


@simulated
async def test_without_a_pin_nobody_comes_in_from_outside(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    number = LineNumber(number="+48221000299", leads_to="room:Narada")
    there = hall.exchange.model_copy(update={"numbers": (number,)})
    hall.snapshot = Snapshot.of(Stored(there))
    caller = hall.outside(STRANGER, called="+48221000299")
    await hall.empty()
    assert caller.heard == ["rooms.welcome", "rooms.closed-outside"]
