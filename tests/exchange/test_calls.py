"""Calls to and from the people of a firm, without a network: who rings, who hears what."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.leads import handler_of
from sipagent.exchange.led import Led
from sipagent.scenario.engine import Ending
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.outcome import ELSEWHERE
from sipagent.telephony.party import Caller
from sipagent.telephony.phones import Origin
from tests.exchange.house import ANNAS, EWAS, JANS, MAIN, House
from tests.simulated import simulated

pytestmark = pytest.mark.unit

STRANGER = "+48600700700"
RINGS = Callee(after=None)


def from_outside(called: str = MAIN) -> FakeLeg:
    return FakeLeg(caller=Caller(STRANGER), called=called, trunk="carrier", sleep=asyncio.sleep)


def from_phone(extension: str, called: str) -> FakeLeg:
    caller = Caller(None, asserted=True, extension=extension)
    return FakeLeg(caller=caller, called=called, sleep=asyncio.sleep)


def code_of(call: FakeLeg) -> int:
    assert call.outcome is not None
    return call.outcome.code


@simulated
async def test_a_number_leads_to_a_group_and_the_first_to_answer_has_the_call(
    tmp_path: Path,
) -> None:
    house = House({ANNAS: Callee(after=5, talks=60), EWAS: RINGS})
    call = from_outside()
    result = await house.take(call, tmp_path)
    anna, ewa = house.phones.legs
    assert result.ending is Ending.DONE
    assert (anna.cause, ewa.cause) == (None, ELSEWHERE)
    assert call.rung
    assert not call.transcript, "the own telephone rings for the caller"
    answers = [event.kind for event in call.timeline if event.kind in {"answer", "joined"}]
    assert answers == ["answer", "joined"]
    assert asyncio.get_running_loop().time() >= 65
    assert house.phones.origins == [Origin(STRANGER, called=MAIN)] * 2
    assert house.facts[Led] == Led(called="Anna Nowak", group="Biuro")


@simulated
async def test_it_is_not_answered_before_somebody_takes_it(tmp_path: Path) -> None:
    house, call = House({ANNAS: Callee(after=5, talks=9), EWAS: RINGS}), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(4)
    assert call.rung
    assert not call.answered
    assert house.board.busy() == frozenset()
    await asyncio.sleep(2)
    assert call.answered
    assert house.board.busy() == {"Anna Nowak"}
    await taking


@pytest.mark.parametrize(
    ("callee", "told"),
    [
        (Callee(code=486), "busy"),
        (RINGS, "no-answer"),
        (Callee(code=603), "refused"),
        (Callee(code=404), "unreachable"),
    ],
)
@simulated
async def test_who_calls_from_outside_is_told_in_words(
    callee: Callee, told: str, tmp_path: Path
) -> None:
    house, call = House({ANNAS: callee, EWAS: callee}), from_outside()
    await house.take(call, tmp_path)
    assert call.heard == [f"exchange.{told}"]
    assert "Przepraszam" in call.words
    assert "[en]I am sorry" in call.words
    assert house.facts[Led] == Led(group="Biuro")


@pytest.mark.parametrize(
    ("callee", "code"),
    [(Callee(code=486), 486), (RINGS, 480), (Callee(code=603), 603), (Callee(code=404), 480)],
)
@simulated
async def test_a_phone_of_the_house_is_told_by_a_code(
    callee: Callee, code: int, tmp_path: Path
) -> None:
    house, call = House({EWAS: callee}), from_phone("101", "103")
    await house.take(call, tmp_path)
    assert code_of(call) == code
    assert not call.answered
    assert not call.transcript


@simulated
async def test_two_phones_talk_and_both_are_busy_meanwhile(tmp_path: Path) -> None:
    house, call = House({EWAS: Callee(after=2, talks=30)}), from_phone("101", "103")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(1)
    assert house.board.busy() == {"Anna Nowak"}
    await asyncio.sleep(2)
    assert call.partners == [house.phones.legs[0]]
    assert house.board.busy() == {"Anna Nowak", "Ewa Lis"}
    await taking
    assert house.phones.origins == [Origin("101", name="Anna Nowak")]
    assert house.facts[Led] == Led("Anna Nowak", "Ewa Lis")


@simulated
async def test_who_is_in_a_call_is_passed_over(tmp_path: Path) -> None:
    """A member's private call makes it busy for groups."""
    house, call = House({EWAS: Callee(after=2, talks=5)}), from_outside()
    with house.board.engaged("Anna Nowak"):
        handler = handler_of(call, house.programme, house.board)
        assert handler is not None
        await handler.run(call, house.talk(tmp_path), longest=600.0, closing=asyncio.Event())
    assert [leg.called for leg in house.phones.legs] == ["103"]


@simulated
async def test_where_all_are_in_calls_the_caller_is_told_at_once(tmp_path: Path) -> None:
    house, call = House(), from_phone("101", "101")
    await house.take(call, tmp_path)
    assert code_of(call) == 486
    assert asyncio.get_running_loop().time() == 0
    assert not house.phones.legs


@simulated
async def test_where_nothing_is_registered_the_caller_is_told_at_once(tmp_path: Path) -> None:
    house, call = House(contacts={}), from_outside()
    await house.take(call, tmp_path)
    assert call.heard == ["exchange.unreachable"]
    assert not house.phones.legs


@simulated
async def test_the_voicemail_of_a_mobile_takes_no_call(tmp_path: Path) -> None:
    house = House({"+48600100101": Callee(after=3), JANS: RINGS})
    call = from_outside("+48221000202")
    await house.take(call, tmp_path)
    mobile = house.phones.legs[1]
    assert mobile.heard == ["exchange.confirm"]
    assert call.heard == ["exchange.no-answer"]


@simulated
async def test_a_mobile_takes_the_call_with_1(tmp_path: Path) -> None:
    house = House({"+48600100101": Callee(after=3, talks=20, script=["1"]), JANS: RINGS})
    call = from_outside("+48221000202")
    await house.take(call, tmp_path)
    phone, mobile = house.phones.legs
    assert phone.cause == ELSEWHERE
    assert mobile.heard == ["exchange.confirm"]
    assert house.phones.origins[1] == Origin(STRANGER, MAIN, "+48221000202")
    assert house.facts[Led] == Led(called="Jan Kowal")


@pytest.mark.parametrize(
    ("extension", "dialled", "number", "shown"),
    [
        ("101", "600900900", "+48600900900", "+48221000201"),
        ("102", "+48600900900", "+48600900900", MAIN),
        ("101", "112", "112", "+48221000201"),
        ("103", "999", "999", MAIN),
    ],
)
@simulated
async def test_phones_call_out_with_their_number_or_the_main_one(
    extension: str, dialled: str, number: str, shown: str, tmp_path: Path
) -> None:
    house = House({number: Callee(after=2, talks=10)})
    call = from_phone(extension, dialled)
    await house.take(call, tmp_path)
    assert [leg.called for leg in house.phones.legs] == [number]
    assert house.phones.origins == [Origin(shown)]
    assert call.answered


@pytest.mark.parametrize(
    ("dialled", "number", "hidden"),
    [
        ("*31*600900900", "+48600900900", True),
        ("#31#600900900", "+48600900900", True),
        ("*31*112", "112", False),
        ("600900900", "+48600900900", False),
    ],
)
@simulated
async def test_a_number_is_shown_to_nobody_where_that_is_asked(
    dialled: str, number: str, hidden: bool, tmp_path: Path
) -> None:
    house = House({number: Callee(after=2, talks=10)})
    await house.take(from_phone("102", dialled), tmp_path)
    assert [leg.called for leg in house.phones.legs] == [number]
    assert house.phones.origins == [Origin(MAIN, hidden=hidden)]


@simulated
async def test_rights_count_also_for_who_hides(tmp_path: Path) -> None:
    house, call = House(), from_phone("103", "*31*600900900")
    await house.take(call, tmp_path)
    assert call.heard == ["exchange.not-allowed"]


@pytest.mark.parametrize(
    ("extension", "dialled", "told"),
    [
        ("101", "+4930123456", "Przepraszam, z tego telefonu nie można dzwonić pod ten numer."),
        ("101", "701234567", "Przepraszam, z tego telefonu nie można dzwonić pod ten numer."),
        ("103", "600900900", "I am sorry, this phone may not call that number."),
    ],
)
@simulated
async def test_a_call_that_is_refused_hears_why(
    extension: str, dialled: str, told: str, tmp_path: Path
) -> None:
    house, call = House(), from_phone(extension, dialled)
    await house.take(call, tmp_path)
    assert call.words == told
    assert not house.phones.legs


@simulated
async def test_a_number_that_nobody_has(tmp_path: Path) -> None:
    house, call = House(), from_phone("101", "105")
    await house.take(call, tmp_path)
    assert code_of(call) == 404


@simulated
async def test_an_outside_number_gets_its_keys_and_its_text_before_the_caller(
    tmp_path: Path,
) -> None:
    house = House({"+48221000300": Callee(after=2, talks=30)})
    call = from_phone("103", "*022#")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(2.5)
    assert house.phones.legs[0].pressed == "1"
    assert not call.partners
    await asyncio.sleep(1)
    assert house.phones.legs[0].pressed == "12"
    assert not call.partners
    await asyncio.sleep(2.5)
    assert house.phones.legs[0].words == "Klient firmy."
    assert call.partners == house.phones.legs
    await taking


@simulated
async def test_whose_call_it_was_is_known_whoever_hangs_up(tmp_path: Path) -> None:
    house, call = House({ANNAS: Callee(after=3), EWAS: RINGS}), from_outside()
    asyncio.get_running_loop().call_later(9, call.hangs_up)
    await house.take(call, tmp_path)
    assert house.facts[Led] == Led(called="Anna Nowak", group="Biuro")


@simulated
async def test_who_takes_the_call_and_leaves_before_the_caller_is_there(tmp_path: Path) -> None:
    house = House({"+48221000300": Callee(after=2, talks=0.5)})
    call = from_phone("103", "*022#")
    result = await house.take(call, tmp_path)
    assert result.ending is Ending.DONE
    assert code_of(call) == 480
    assert [e.details["reach"] for e in call.timeline if e.kind == "reached"] == ["no-answer"]


@simulated
async def test_the_others_ring_on_where_who_has_taken_the_call_is_gone(tmp_path: Path) -> None:
    """The winner hangs up before the caller is joined: the others still ring, the caller keeps the
    place."""
    house = House({ANNAS: Callee(after=3, talks=0), EWAS: Callee(after=8, talks=20)})
    call = from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(2)
    house.phones.answer_as(ANNAS, RINGS)
    await asyncio.sleep(10)
    assert call.partners == [leg for leg in house.phones.left if leg.called == "103"]
    await taking
    assert house.facts[Led] == Led(called="Ewa Lis", group="Biuro")


@pytest.mark.parametrize("after", [0, 1, 4])
@simulated
async def test_a_caller_who_leaves_leaves_nobody_ringing(after: float, tmp_path: Path) -> None:
    house, call = House({ANNAS: Callee(after=3), EWAS: RINGS}), from_outside()
    asyncio.get_running_loop().call_later(after, call.hangs_up)
    result = await house.take(call, tmp_path)
    assert result.ending is Ending.HUNG_UP
    assert all(leg.over for leg in house.phones.legs)


@simulated
async def test_when_the_line_closes_a_call_that_rings_is_told_so(tmp_path: Path) -> None:
    house, call = House({ANNAS: RINGS, EWAS: RINGS}), from_outside()
    handler = handler_of(call, house.programme, house.board)
    assert handler is not None
    closing = asyncio.Event()
    asyncio.get_running_loop().call_later(3, closing.set)
    result = await handler.run(call, house.talk(tmp_path), longest=600.0, closing=closing)
    assert result.ending is Ending.SHUTDOWN
    assert call.heard == ["line.closing"]
    assert not house.phones.left


@pytest.mark.parametrize(
    "call",
    [
        from_outside("+48221000299"),
        FakeLeg(called=MAIN),
        from_phone("101", "infolinia"),
        from_phone("999", "101"),
    ],
)
def test_what_the_exchange_says_nothing_of_is_left_to_others(call: FakeLeg) -> None:
    house = House()
    assert handler_of(call, house.programme, house.board) is None
