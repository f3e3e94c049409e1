"""Who is recorded, and what is kept of their conversation, whatever becomes of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import SetupError, SpeechError
from sipagent.exchange.about import belongs
from sipagent.exchange.model import Exchange
from sipagent.exchange.recording.following import Following
from sipagent.exchange.recording.policy import BY_KEY, Rule
from sipagent.exchange.values import Recorded
from sipagent.speech.clip import Clip
from sipagent.switching.codes import PAUSE_RECORDING
from sipagent.switching.member import Member
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.party import Caller
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


@contextlib.asynccontextmanager
async def talking(
    tmp_path: Path, exchange: Exchange, *, after: float = 3, **settings: Any
) -> AsyncIterator[tuple[House, MemoryDeck, FakeLeg, FakeLeg]]:
    """Let somebody from outside call, and Anna answer; when the block begins, they talk.

    Everybody hangs up after it, and all is kept then.
    """
    house = house_of(exchange)
    deck, call = MemoryDeck(house, **settings), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(after)
    yield house, deck, call, next(leg for leg in house.phones.legs if leg.called == "101")
    ended(house, call)
    await taking
    await deck.over()


def kinds(call: FakeLeg) -> list[str]:
    return [event.kind for event in call.timeline if event.kind.startswith("recording")]


@simulated
async def test_both_are_told_before_the_first_word_is_recorded(tmp_path: Path) -> None:
    async with talking(tmp_path, firm(number="announced")) as (_, deck, call, anna):
        assert call.heard[-1] == anna.heard[-1] == TOLD
        assert not deck.tapes, "they are being told"
        assert not call.partners
        await asyncio.sleep(2)
        assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}"]
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
    async with talking(tmp_path, firm(number="announced")) as (_, deck, call, _):
        assert call.partners, "they talk all the same"
    assert not deck.tapes


@simulated
async def test_a_recording_that_cannot_be_made_ends_no_call(tmp_path: Path) -> None:
    async with talking(
        tmp_path,
        firm(number="unannounced"),
        error=SetupError("the disk is full, says the test"),
        after=600,
    ) as (_, _, call, _):
        assert call.partners
    assert kinds(call) == ["recording-failed"]


@simulated
async def test_a_blind_transfer_goes_on_in_the_same_recording(tmp_path: Path) -> None:
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, _, anna):
        assert anna.refers_to("102")
        await asyncio.sleep(4)
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
async def test_who_comes_later_and_is_not_of_the_house_is_told_first(tmp_path: Path) -> None:
    house = house_of(firm(anna="announced"))
    house.phones.answer_as("+48600900900", TALKS)
    deck, call = MemoryDeck(house), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(6)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    assert anna.refers_to("600900900")
    await asyncio.sleep(3)
    other = house.phones.legs[-1]
    assert call.partners == [other]
    (tape,) = deck.tapes
    assert other.heard == [TOLD]
    assert tape.pieces == [f"{CALLER} | {ANNA}"], "they are being told"
    await asyncio.sleep(3)
    assert tape.pieces[-1].startswith(f"{CALLER} | +48600900900")
    ended(house, call)
    await taking
    await deck.over()
    assert call.heard.count(TOLD) == 1


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
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, call, anna):
        anna.presses("*3102#")
        await asyncio.sleep(6)
        anna.presses("*")
        await asyncio.sleep(3)
        assert call.partners == [anna]
        anna.presses("*3102#")
        await asyncio.sleep(6)
        anna.hangs_up()
        await asyncio.sleep(3)
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
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, _, anna):
        anna.hold()
        await asyncio.sleep(1)
        anna.resumes()
        await asyncio.sleep(1)
    assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}", "", f"{CALLER} | {ANNA}"]


# ---------------------------------------------------------------------------------------- keys


@simulated
async def test_a_pause_is_silence_until_the_agent_ends_it(tmp_path: Path) -> None:
    """Also through a hold meanwhile: what is silent for card data stays so."""
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, call, anna):
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
    assert kinds(call)[1:3] == ["recording-paused", "recording-resumed"]
    assert ("paused", ANNA) in deck.tapes[0].notes
    assert not any(key.startswith("recording.") for key in call.heard)


@simulated
async def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    async with talking(tmp_path, firm(number="unannounced"), longest_pause=60.0) as (
        _,
        deck,
        _,
        anna,
    ):
        anna.presses("*4")
        await asyncio.sleep(55)
        assert deck.tapes[0].heard[-1][1] == ""
        await asyncio.sleep(10)
        assert deck.tapes[0].heard[-1][1] == f"{CALLER} | {ANNA}"
    assert ("resumed", "time") in deck.tapes[0].notes


@simulated
async def test_who_calls_from_outside_pauses_nothing(tmp_path: Path) -> None:
    """Their keys are their own: they go on to the one they talk to."""
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, call, anna):
        call.presses("*4")
        await asyncio.sleep(1)
        assert anna.pressed == "*4"
        assert deck.tapes[0].pieces == [f"{CALLER} | {ANNA}"]


@simulated
async def test_who_may_begins_a_recording_by_a_key_and_ends_it(tmp_path: Path) -> None:
    async with talking(tmp_path, firm(rights=("record",))) as (_, deck, call, anna):
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
    assert [tape.rule for tape in deck.tapes] == [BY_KEY, BY_KEY]


@simulated
async def test_who_may_not_begins_none_and_what_the_exchange_wants_goes_on(tmp_path: Path) -> None:
    async with talking(tmp_path, firm(number="unannounced")) as (_, deck, call, anna):
        anna.presses("*1")
        await asyncio.sleep(4)
        assert call.pressed == "*1", "it means nothing, and goes on as it was typed"
    (tape,) = deck.tapes
    assert tape.rule.why == f"number:{MAIN}"


# ------------------------------------------------------------------------------ what may happen


@dataclass
class Scene:
    """A conversation that is recorded from its first word on, and what should be heard of it."""

    following: Following
    deck: MemoryDeck
    people: list[Member]
    talking: tuple[Member, ...] = ()
    holds: bool = False
    paused: bool = False

    async def does(self, what: str, first: int, second: int) -> None:
        """Let something happen that may happen now."""
        if what == "joined" and first != second:
            self._parts()
            self.talking, self.holds = (self.people[first], self.people[second]), False
            self.following.joined(self.talking)
        elif what == "parted":
            self._parts()
        elif what == "held" and self.talking:
            self.holds = not self.holds
            self.following.held(self.talking[:1] if self.holds else ())
        elif what == "typed" and self.talking and not self.holds:
            agent = next((one for one in self.talking if PAUSE_RECORDING in one.commands), None)
            if agent is not None:
                agent.commands[PAUSE_RECORDING]()
                self.paused = not self.paused
        elif what == "later":
            await asyncio.sleep(100)
            self.paused = False
        await asyncio.sleep(1)
        self._check()

    def _parts(self) -> None:
        if self.talking:
            self.following.parted()
        self.talking = ()

    def _check(self) -> None:
        now = self.deck.tapes[0].heard[-1][1] if self.deck.tapes else ""
        if not self.talking or self.holds or self.paused:
            assert now == ""
            return
        left, right = now.split(" | ")
        assert {left, right} == {one.name for one in self.talking}
        strangers = [one for one in self.talking if not one.user]
        if len(strangers) == 1 and len(self.deck.tapes[0].pieces) == 1:
            assert left == strangers[0].name


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["joined", "joined", "parted", "held", "typed", "later"]),
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        max_size=25,
    )
)
def test_whatever_happens_just_those_are_heard_who_talk(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, int, int]]
) -> None:
    """Nobody while somebody holds, waits, or tells card data; two voices never on one channel."""

    @simulated
    async def told() -> None:
        house = House(exchange=firm(number="unannounced"))
        talk = house.talk(tmp_path_factory.getbasetemp())
        belongs(talk.facts, number=MAIN)
        deck, call = MemoryDeck(house, longest_pause=60.0), from_outside()
        names = [("Ewa Lis", "Ewa Lis"), ("Jan Kowal", "Jan Kowal"), ("+48600", ""), ("+49", "")]
        legs = [FakeLeg(id=name, sleep=asyncio.sleep) for name, _ in names]
        people = [
            Member(leg, name, Caller(None), user, types=bool(user))
            for leg, (name, user) in zip(legs, names, strict=True)
        ]
        scene = Scene(deck.attends(call, talk), deck, people)
        for what, first, second in story:
            await scene.does(what, first, second)
        scene.following.over()
        await deck.over()

    told()
