"""Who is recorded, and what is kept of their conversation, whatever becomes of it."""

import asyncio
from pathlib import Path

import pytest

from sipagent.errors import SetupError, SpeechError
from sipagent.exchange.model import Exchange
from sipagent.exchange.recording.policy import BY_KEY, Rule
from sipagent.exchange.values import Recorded
from sipagent.speech.clip import Clip
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import ANNAS, EWAS, FIRM, JANS, MAIN, House
from tests.exchange.recording.deck import MemoryDeck
from tests.exchange.test_calls import STRANGER, from_outside
from tests.exchange.test_put_through import ended, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

TALKS = Callee(after=2)
TOLD = "recording.told"
#: How the parties are called on the channels.
CALLER, ANNA, JAN, EWA = (
    STRANGER,
    "Anna Nowak <101>",
    "Jan Kowal <102>",
    "Ewa Lis <103>",
)


def firm(*, number: Recorded = "no", rights: tuple[str, ...] = (), **users: Recorded) -> Exchange:
    """The firm, with a main number, or users (by their first names), that are recorded."""
    people = tuple(
        one.model_copy(
            update={
                "recorded": users.get(one.name.split()[0].lower(), "no"),
                "rights": (*one.rights, *rights),
            }
        )
        for one in FIRM.users
    )
    numbers = tuple(
        one.model_copy(update={"recorded": number}) if one.number == MAIN else one
        for one in FIRM.numbers
    )
    return FIRM.model_copy(update={"users": people, "numbers": numbers})


def house_of(exchange: Exchange) -> House:
    return House({ANNAS: TALKS, JANS: TALKS, EWAS: Callee(after=9)}, exchange=exchange)


def kinds(call: FakeLeg) -> list[str]:
    return [event.kind for event in call.timeline if event.kind.startswith("recording")]


@simulated
async def test_both_are_told_before_the_first_word_is_recorded(tmp_path: Path) -> None:
    house = house_of(firm(number="announced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    (anna,) = (leg for leg in house.phones.legs if leg.called == "101")
    assert call.heard[-1] == anna.heard[-1] == TOLD
    assert not deck.tapes, "they are being told"
    assert not call.partners
    await asyncio.sleep(2)
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}"]
    ended(house, call)
    await taking
    await deck.over()
    assert deck.tapes[0].rule == Rule(f"number:{MAIN}", announced=True)
    assert kinds(call) == ["recording", "recording-end"]
    assert call.heard.count(TOLD) == 1


@pytest.mark.parametrize("who", ["anna", "jan"])
@simulated
async def test_a_user_is_recorded_who_calls_or_is_called(who: str, tmp_path: Path) -> None:
    house = house_of(firm(**{who: "unannounced"}))  # type: ignore[arg-type]
    deck, call = MemoryDeck(house), from_phone("101", "102")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    assert deck.tapes[0].pieces == [f"{ANNA} | {JAN}"], "who has called is on the left"
    ended(house)
    await taking
    await deck.over()
    assert TOLD not in call.heard


@simulated
async def test_who_is_not_to_be_recorded_is_not(tmp_path: Path) -> None:
    house = house_of(firm(ewa="announced"))
    deck, call = MemoryDeck(house), from_phone("101", "102")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    ended(house)
    await taking
    await deck.over()
    assert not deck.tapes
    assert not call.heard


@simulated
async def test_what_cannot_be_announced_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dumb(*_: object, **__: object) -> Clip:
        raise SpeechError("no voice, says the test")

    monkeypatch.setattr("tests.exchange.house.Voice.clip", dumb)
    house = house_of(firm(number="announced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    assert call.partners, "they talk all the same"
    ended(house, call)
    await taking
    await deck.over()
    assert not deck.tapes


@simulated
async def test_a_recording_that_cannot_be_made_ends_no_call(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house, SetupError("the disk is full, says the test")), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(600)
    assert call.partners
    ended(house, call)
    await taking
    await deck.over()
    assert kinds(call) == ["recording-failed"]


@simulated
async def test_a_blind_transfer_goes_on_in_the_same_recording(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    (anna,) = (leg for leg in house.phones.legs if leg.called == "101")
    assert anna.refers_to("102")
    await asyncio.sleep(4)
    ended(house, call)
    await taking
    await deck.over()
    (tape,) = deck.tapes
    assert tape.pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {JAN}"]


@pytest.mark.parametrize("first", [True, False])
@simulated
async def test_an_attended_transfer_keeps_every_piece(first: bool, tmp_path: Path) -> None:
    """An attended transfer keeps every piece of the recording, in whichever of the two calls the
    telephone asks for it.
    """
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.hold()
    consulting = from_phone("101", "102")
    asking = asyncio.create_task(house.walk(consulting, tmp_path))
    await asyncio.sleep(4)
    jan = next(leg for leg in house.phones.legs if leg.called == "102")
    assert consulting.partners == [jan]
    asks, other = (anna, consulting) if first else (consulting, anna)
    assert asks.refers_to("102", replaces=other.sip_id)
    await asyncio.sleep(4)
    assert call.partners == [jan]
    ended(house, call, consulting)
    await asyncio.gather(taking, asking)
    await deck.over()
    (tape,) = deck.tapes
    assert tape.pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {JAN}"]


@simulated
async def test_parked_and_fetched(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*2*70#")
    await asyncio.sleep(2)
    jan = from_phone("102", "*70")
    fetching = asyncio.create_task(house.walk(jan, tmp_path))
    await asyncio.sleep(2)
    call.hangs_up()
    await asyncio.gather(taking, fetching)
    await deck.over()
    (tape,) = deck.tapes
    assert tape.pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {JAN}"]


@simulated
async def test_picked_up_by_who_is_recorded(tmp_path: Path) -> None:
    house = house_of(firm(jan="unannounced"))
    house.phones.answer_as(ANNAS, Callee(after=None))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    jan = from_phone("102", "*8200")
    picking = asyncio.create_task(house.walk(jan, tmp_path))
    await asyncio.sleep(3)
    assert call.partners
    call.hangs_up()
    await asyncio.gather(taking, picking)
    await deck.over()
    (tape,) = deck.tapes
    assert tape.pieces == [f"{CALLER} | {JAN}"]


@simulated
async def test_who_asks_a_colleague_first_is_heard_and_the_caller_is_not(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*3102#")
    await asyncio.sleep(6)
    anna.presses("*")
    await asyncio.sleep(3)
    assert call.partners == [anna]
    anna.presses("*3102#")
    await asyncio.sleep(6)
    anna.hangs_up()
    await asyncio.sleep(3)
    ended(house, call)
    await taking
    await deck.over()
    (tape,) = deck.tapes
    talked = [piece for piece in tape.pieces if piece]
    assert talked == [
        f"{CALLER} | {ANNA}",
        f"{JAN} | {ANNA}",
        f"{CALLER} | {ANNA}",
        f"{JAN} | {ANNA}",
        f"{CALLER} | {JAN}",
    ]


@simulated
async def test_while_somebody_holds_nobody_is_heard(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.hold()
    await asyncio.sleep(1)
    anna.resumes()
    await asyncio.sleep(1)
    ended(house, call)
    await taking
    await deck.over()
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {ANNA}"]


# ---------------------------------------------------------------------------------------- keys


@simulated
async def test_a_pause_is_silence_until_the_agent_ends_it(tmp_path: Path) -> None:
    """Also through a hold meanwhile: what is silent for card data stays so."""
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*4")
    await asyncio.sleep(1)
    anna.hold()
    await asyncio.sleep(1)
    anna.resumes()
    await asyncio.sleep(10)
    assert deck.tapes[0].heard[-1][1] == "", "nobody is heard on either channel"
    anna.presses("*4")
    await asyncio.sleep(3)
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {ANNA}"]
    assert anna.heard == ["recording.paused", "recording.resumed"]
    assert call.pressed == "", "the code is heard by nobody"
    ended(house, call)
    await taking
    await deck.over()
    assert kinds(call)[1:3] == ["recording-paused", "recording-resumed"]
    assert ("paused", ANNA) in deck.tapes[0].notes
    assert not any(key.startswith("recording.") for key in call.heard)


@simulated
async def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house, longest_pause=60.0), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*4")
    await asyncio.sleep(55)
    assert deck.tapes[0].heard[-1][1] == ""
    await asyncio.sleep(10)
    assert deck.tapes[0].heard[-1][1] == f"{CALLER} | {ANNA}"
    ended(house, call)
    await taking
    await deck.over()
    assert ("resumed", "time") in deck.tapes[0].notes


@simulated
async def test_who_calls_from_outside_pauses_nothing(tmp_path: Path) -> None:
    """Their keys are their own: they go on to the one they talk to."""
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    call.presses("*4")
    await asyncio.sleep(1)
    assert anna.pressed == "*4"
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}"]
    ended(house, call)
    await taking
    await deck.over()


@simulated
async def test_who_may_begins_a_recording_by_a_key_and_ends_it(tmp_path: Path) -> None:
    house = house_of(firm(rights=("record",)))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*1")
    await asyncio.sleep(1)
    assert call.heard[-1] == anna.heard[-1] == TOLD
    assert not deck.tapes
    await asyncio.sleep(2)
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}"]
    anna.presses("*1")
    await asyncio.sleep(3)
    assert deck.tapes[0].closed
    assert anna.heard[-1] == "recording.stopped"
    anna.presses("*1")
    await asyncio.sleep(3)
    assert call.heard.count(TOLD) == 1, "they know it by now"
    ended(house, call)
    await taking
    await deck.over()
    assert [tape.rule for tape in deck.tapes] == [BY_KEY, BY_KEY]


@simulated
async def test_who_may_not_begins_none_and_what_the_exchange_wants_goes_on(tmp_path: Path) -> None:
    house = house_of(firm(number="unannounced"))
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    anna.presses("*1")
    await asyncio.sleep(4)
    assert call.pressed == "*1", "it means nothing, and goes on as it was typed"
    ended(house, call)
    await taking
    await deck.over()
    (tape,) = deck.tapes
    assert tape.rule.why == f"number:{MAIN}"
