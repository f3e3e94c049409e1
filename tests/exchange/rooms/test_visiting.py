"""People in a room, without a network: who is let in, who hears whom, what is said and pressed."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import LineNumber
from sipagent.exchange.reading import Stored
from sipagent.exchange.rooms.live import Guest
from sipagent.exchange.rooms.meeting import Leave, Lock
from sipagent.switching.member import Member
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.script import Press, Speak
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


#: A room with both PINs.
PINS = {"pin": "a hash", "moderator_pin": "another one"}


@simulated
async def test_who_types_the_pin_does_not_hear_who_comes(tmp_path: Path) -> None:
    """The join tone is not heard by who types the PIN."""
    hall = Hall(tmp_path, **PINS)
    anna = hall.phone("101", "4711#")
    await asyncio.sleep(SOON)
    typing = hall.phone("103")
    await asyncio.sleep(5)
    jan = hall.phone("102", "4711#")
    await asyncio.sleep(SOON)
    assert [path.stem for path in hall.mix.played] == ["joins"]
    assert typing not in [seat.leg for seat in hall.mix.seats]
    for leg in (anna, jan, typing):
        leg.hangs_up()
    await hall.empty()


@simulated
async def test_three_wrong_pins_let_nobody_in(tmp_path: Path) -> None:
    hall = Hall(tmp_path, **PINS)
    anna = hall.phone("101", "1#", "22#", "333#")
    await hall.empty()
    assert anna.heard[-1] == "rooms.pin-help"
    assert not any(
        event.details.get("digit") and not event.details.get("secret") for event in anna.timeline
    )


@simulated
async def test_a_pin_that_is_typed_into_the_greeting_is_nobodys_business(tmp_path: Path) -> None:
    hall = Hall(tmp_path, **PINS)
    anna = hall.phone("101", Press("4711#", during="rooms.welcome"))
    await asyncio.sleep(SOON)
    anna.presses("*2")
    await asyncio.sleep(SOON)
    anna.hangs_up()
    await hall.empty()
    keys = [event.details for event in anna.timeline if event.kind == "digit"]
    assert ["secret" in one for one in keys] == [True] * 5 + [False] * 2


@simulated
async def test_a_moderator_gets_in_where_it_is_full_mutes_all_and_removes_the_last(
    tmp_path: Path,
) -> None:
    """The moderator always gets in; who was removed stays out."""
    hall = Hall(tmp_path, people=2, **PINS)
    jan, ewa = hall.phone("102", "4711#"), hall.phone("103", "4711#")
    await asyncio.sleep(SOON)
    anna = hall.phone("101", "83920157#")
    await asyncio.sleep(SOON)
    assert hall.hears(anna) == ["102", "103"]
    anna.presses("*3")
    await asyncio.sleep(SOON)
    assert hall.hears(ewa) == ["101"]
    jan.presses("*1")
    await asyncio.sleep(SOON)
    assert jan.heard[-1] == "rooms.kept-muted"
    assert hall.hears(ewa) == ["101"], "only who leads lets them speak again"
    anna.presses("*5")
    await asyncio.sleep(SOON)
    assert ewa.heard[-1] == "rooms.removed"
    assert ewa.over
    again = hall.phone("103", "4711#")
    await asyncio.sleep(SOON)
    assert again.heard[-1] == "rooms.removed"
    jan.presses("*9*5")
    await asyncio.sleep(SOON)
    assert hall.hears(anna) == [], "who does not lead ends nothing; all are still silent"
    anna.presses("*3*9")
    await hall.empty()
    assert jan.heard[-1] == anna.heard[-1] == "rooms.ended"


@simulated
async def test_all_wait_for_the_moderator_with_music(tmp_path: Path) -> None:
    hall = Hall(tmp_path, wait=True, **PINS)
    jan, ewa = hall.phone("102", "4711#"), hall.phone("103", "4711#")
    await asyncio.sleep(SOON)
    assert jan.loops == ewa.loops == ["tone.music"]
    assert jan.heard[-1] == "rooms.wait"
    assert not hall.mix.seats
    anna = hall.phone("101", "83920157#")
    await asyncio.sleep(SOON)
    assert hall.hears(jan) == ["103", "101"]
    assert jan.loops == []
    for leg in (jan, ewa, anna):
        leg.hangs_up()
    await hall.empty()


@simulated
async def test_without_a_pin_for_guests_the_moderator_types_one_and_others_nothing(
    tmp_path: Path,
) -> None:
    hall = Hall(tmp_path, moderator_pin="a hash", count=False, tones=False)
    jan = hall.phone("102", "#")
    await asyncio.sleep(SOON)
    anna = hall.phone("101", "83920157#")
    await asyncio.sleep(SOON)
    assert "rooms.others" not in anna.heard
    assert not hall.mix.played
    anna.presses("*4")
    await asyncio.sleep(SOON)
    ewa = hall.phone("103", "#")
    await asyncio.sleep(SOON)
    assert ewa.heard[-1] == "rooms.locked"
    for leg in (jan, anna):
        leg.hangs_up()
    await hall.empty()


@simulated
async def test_names_are_said_by_who_comes_and_heard_by_who_is_there(tmp_path: Path) -> None:
    hall = Hall(tmp_path, names=True)
    anna = hall.phone("101", Speak(2.0))
    await asyncio.sleep(SOON)
    jan = hall.phone("102", Speak(2.0))
    await asyncio.sleep(SOON)
    tone, name = hall.mix.played
    assert tone.stem == "joins"
    assert name.is_relative_to("/proc"), "it stands on no disk"
    ewa = hall.phone("103", Speak(2.0))
    await asyncio.sleep(SOON)
    jan.hangs_up()
    await asyncio.sleep(SOON)
    assert [path.stem for path in hall.mix.played[4:]] == ["leaves", name.stem]
    for leg in (anna, ewa):
        leg.hangs_up()
    await hall.empty()
    assert not name.exists()


@simulated
async def test_who_hangs_up_anywhere_leaves_nothing(tmp_path: Path) -> None:
    """Whatever has just happened when the connection is lost."""
    for things in range(1, 12):
        hall = Hall(tmp_path, names=True, **PINS)
        jan = hall.phone("102", "4711#", Speak(1.0))
        await asyncio.sleep(SOON)
        anna = hall.phone("101", "4711#", Speak(1.0))
        anna.lost_after = things
        await asyncio.sleep(SOON)
        anna.hangs_up()
        jan.hangs_up()
        await hall.empty()


@simulated
async def test_a_stopped_line_ends_the_meeting(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)
    await hall.rooms.stop()
    await hall.empty()
    assert anna.heard[-1] == jan.heard[-1] == "rooms.trouble"


@simulated
async def test_a_recorded_room_says_so_and_hears_those_who_are_heard(tmp_path: Path) -> None:
    hall = Hall(tmp_path, record=True, **PINS)
    jan, anna = hall.phone("102", "4711#"), hall.phone("101", "83920157#")
    await asyncio.sleep(SOON)
    assert "rooms.is-recorded" in jan.heard
    (tape,) = hall.tapes
    assert (tape.why, tape.room) == ("room:Narada", "Narada")
    assert sorted(tape.heard) == ["101", "102"]
    anna.presses("*3")
    await asyncio.sleep(SOON)
    assert tape.heard == ["101"], "who is muted is not recorded"
    anna.presses("*6")
    await asyncio.sleep(SOON)
    assert tape.closed
    anna.presses("*6")
    await asyncio.sleep(SOON)
    again = hall.tapes[1]
    assert again.heard == ["101"]
    for leg in (anna, jan):
        leg.hangs_up()
    await hall.empty()
    assert again.closed


@simulated
async def test_a_room_is_locked_as_the_last_one_goes(tmp_path: Path) -> None:
    """What is asked in the moment of the end is done for nobody, and breaks nothing."""
    hall = Hall(tmp_path)
    anna = hall.phone("101")
    await asyncio.sleep(SOON)
    (live,) = hall.rooms.live.values()
    (who,) = live.guests
    live.tell(Leave(who))
    await live.done(Lock(True))
    anna.hangs_up()
    await hall.empty()


@simulated
async def test_who_is_sent_away_while_they_wait_for_an_answer_breaks_nothing(
    tmp_path: Path,
) -> None:
    hall = Hall(tmp_path, count=False)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)
    (live,) = hall.rooms.live.values()
    ewa = FakeLeg(id="103")
    talk = hall.talk(tmp_path)
    guest = Guest(Member(ewa, "Ewa Lis", ewa.caller), ewa, "103", talk.now(), talk)
    who = live.come(guest)
    guest.answer.cancel()
    await live.done(Leave(who))
    assert hall.hears(anna) == ["102"]
    for leg in (anna, jan):
        leg.hangs_up()
    await hall.empty()
