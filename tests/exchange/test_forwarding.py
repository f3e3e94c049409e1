"""Calls that are forwarded, kept away, or follow somebody to the mobile, without a network."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.exchange.leads import handler_of
from sipagent.exchange.led import Led
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.values import Kind, Ref
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.outcome import ELSEWHERE
from sipagent.telephony.phones import Origin
from tests.exchange.house import ANNAS, EWAS, FIRM, JANS, MAIN, House
from tests.exchange.test_calls import RINGS, STRANGER, code_of, from_outside, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

ANNA, EWA, JAN = (Ref(Kind.USER, name) for name in ("Anna Nowak", "Ewa Lis", "Jan Kowal"))
LANDLINE, MOBILE, JANS_MOBILE = "+48221112233", "+48600900900", "+48600100101"
PRESSES_1 = Callee(after=2, talks=20, script=["1"])


def forwards(**given: Mapping[When, Forward]) -> dict[str, Handling]:
    """Return who forwards: ``anna={When.BUSY: …}``."""
    names = {"anna": ANNA.name, "ewa": EWA.name, "jan": JAN.name}
    return {names[who]: Handling(forwards=of_user) for who, of_user in given.items()}


def rung(house: House) -> list[str]:
    return [leg.called for leg in house.phones.legs]


def noted(call: FakeLeg) -> list[tuple[object, object]]:
    return [(e.details["by"], e.details["to"]) for e in call.timeline if e.kind == "forwarded"]


@simulated
async def test_all_calls_go_to_a_number_which_sees_who_calls(tmp_path: Path) -> None:
    """A landline takes the call; the caller's number is shown, with the line that sends it on."""
    house = House(
        {LANDLINE: Callee(after=2, talks=9)},
        handlings=forwards(jan={When.ALWAYS: Forward(LANDLINE)}),
    )
    call = from_outside("+48221000202")
    await house.take(call, tmp_path)
    assert rung(house) == [LANDLINE]
    assert house.phones.origins == [Origin(STRANGER, MAIN, "+48221000202")]
    assert noted(call) == [("Jan Kowal", LANDLINE)]
    assert house.facts[Led] == Led(called="Jan Kowal")


@simulated
async def test_the_voicemail_of_a_mobile_that_calls_go_to_takes_none(tmp_path: Path) -> None:
    """A mobile's voicemail answers: no 1 within 10 s counts as no answer."""
    house = House(
        {MOBILE: Callee(after=2), EWAS: Callee(after=1, talks=9)},
        handlings=forwards(jan={When.ALWAYS: Forward(MOBILE), When.NO_ANSWER: Forward(EWA)}),
    )
    call = from_phone("101", "102")
    await house.take(call, tmp_path)
    assert house.phones.legs[0].heard == ["exchange.confirm"]
    assert rung(house) == [MOBILE, "103"], "then it is as if Jan had not answered"


@simulated
async def test_the_mobile_of_a_member_that_a_group_forwards_to_presses_1(tmp_path: Path) -> None:
    """A mobile's voicemail answers: no 1 within 10 s counts as no answer, also inside group →
    forward."""
    there = forwards(anna={When.ALWAYS: Forward(MOBILE, in_groups=True)})
    house = House({MOBILE: Callee(after=2), EWAS: RINGS}, handlings=there)
    call = from_outside()
    await house.take(call, tmp_path)
    assert house.phones.legs[0].heard == ["exchange.confirm"]
    assert call.heard == ["exchange.no-answer"]
    taken = House({MOBILE: PRESSES_1, EWAS: RINGS}, handlings=there)
    await taken.take(from_outside(), tmp_path)
    assert taken.phones.legs[1].cause == ELSEWHERE
    assert taken.facts[Led] == Led(called="Anna Nowak", group="Biuro")


@simulated
async def test_1_pressed_after_somebody_else_has_won(tmp_path: Path) -> None:
    """1 pressed after somebody else won: "already taken"."""
    house = House(
        {MOBILE: Callee(after=1), EWAS: Callee(after=3, talks=20)},
        handlings=forwards(anna={When.ALWAYS: Forward(MOBILE, in_groups=True)}),
    )
    call = from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3.5)
    mobile = house.phones.legs[0]
    mobile.presses("1")
    await mobile.wait_over()
    assert mobile.heard[-1] == "exchange.taken"
    assert mobile.cause == ELSEWHERE
    assert call.partners == [house.phones.legs[1]]
    await taking


@pytest.mark.parametrize(
    ("callee", "when"),
    [
        (Callee(code=486), When.BUSY),
        (Callee(code=603), When.BUSY),
        (RINGS, When.NO_ANSWER),
        (Callee(code=404), When.UNREACHABLE),
        (Callee(dead=True), When.UNREACHABLE),
    ],
)
@simulated
async def test_each_way_not_to_be_reached_is_forwarded(
    callee: Callee, when: When, tmp_path: Path
) -> None:
    house = House(
        {EWAS: callee, ANNAS: Callee(after=1, talks=5)},
        handlings=forwards(ewa={when: Forward(ANNA)}),
    )
    call = from_phone("102", "103")
    await house.take(call, tmp_path)
    assert rung(house) == ["103", "101"]
    assert call.answered
    assert noted(call) == [("Ewa Lis", "user:Anna Nowak")]


@simulated
async def test_after_so_many_seconds(tmp_path: Path) -> None:
    house = House(
        {EWAS: RINGS, ANNAS: Callee(after=1, talks=5)},
        handlings=forwards(ewa={When.NO_ANSWER: Forward(ANNA, seconds=12)}),
    )
    await house.take(from_phone("102", "103"), tmp_path)
    assert asyncio.get_running_loop().time() == pytest.approx(12 + 1 + 5)


@simulated
async def test_who_is_in_a_call_is_busy_and_that_is_forwarded(tmp_path: Path) -> None:
    house = House(
        {ANNAS: Callee(after=1, talks=5)}, handlings=forwards(ewa={When.BUSY: Forward(ANNA)})
    )
    with house.board.engaged("Ewa Lis"):
        call = from_phone("102", "103")
        handler = handler_of(call, house.programme, house.board)
        assert handler is not None
        await handler.run(call, house.talk(tmp_path), longest=600.0, closing=asyncio.Event())
    assert rung(house) == ["101"]


@simulated
async def test_two_who_forward_to_each_other(tmp_path: Path) -> None:
    """Two users who forward to each other: the round ends after one turn, and the caller hears
    something sensible."""
    house = House(
        {EWAS: RINGS, ANNAS: RINGS},
        handlings=forwards(
            ewa={When.NO_ANSWER: Forward(ANNA)}, anna={When.NO_ANSWER: Forward(EWA)}
        ),
    )
    call = from_phone("102", "103")
    await house.take(call, tmp_path)
    assert rung(house) == ["103", "101"]
    assert code_of(call) == 480


@simulated
async def test_two_who_forward_all_calls_to_each_other(tmp_path: Path) -> None:
    """Two users who forward to each other: the round ends after one turn, and the caller hears
    something sensible."""
    house = House(
        handlings=forwards(jan={When.ALWAYS: Forward(ANNA)}, anna={When.ALWAYS: Forward(JAN)})
    )
    call = from_outside("+48221000202")
    await house.take(call, tmp_path)
    assert call.heard == ["exchange.no-answer"]
    assert not house.phones.legs


@simulated
async def test_what_rights_do_not_open_any_more_is_not_called(tmp_path: Path) -> None:
    """Ewa may call inside only, whoever has set her forward."""
    house = House(
        {EWAS: Callee(after=1, talks=5), LANDLINE: Callee()},
        handlings=forwards(ewa={When.ALWAYS: Forward(LANDLINE)}),
    )
    await house.take(from_phone("102", "103"), tmp_path)
    assert rung(house) == ["103"]


@simulated
async def test_a_phone_that_sends_calls_on_opens_no_more_than_its_user_may_call(
    tmp_path: Path,
) -> None:
    """A phone that answers 302 forwards, too: Ewa may call inside only, whoever calls her."""
    house = House({EWAS: Callee(code=302, moved_to=LANDLINE), LANDLINE: Callee(talks=5)})
    await house.take(from_phone("101", "103"), tmp_path)
    assert rung(house) == ["103"]


@simulated
async def test_what_a_phone_sends_on_is_a_call_of_its_user(tmp_path: Path) -> None:
    """Jan's limits count, whoever calls him."""
    house = House(
        {JANS: Callee(code=302, moved_to=LANDLINE), LANDLINE: Callee(talks=60)},
        handlings={JAN.name: Handling(follow=Follow.NEVER)},
    )
    await house.take(from_outside("+48221000202"), tmp_path)
    assert rung(house) == ["102", LANDLINE]
    today = datetime.now(ZoneInfo("Europe/Warsaw")).date()
    assert (await house.usage.load(JAN.name, today)).milliseconds == pytest.approx(60_000, abs=100)


@pytest.mark.parametrize("by_phone", [False, True])
@simulated
async def test_a_number_that_calls_go_to_puts_nobody_through(
    by_phone: bool, tmp_path: Path
) -> None:
    """Whoever has that telephone is no user: nothing is called at Jan's expense."""
    without = Handling(follow=Follow.NEVER)
    house = House(
        {JANS: Callee(code=302, moved_to=LANDLINE), LANDLINE: Callee(after=2)},
        handlings={JAN.name: without}
        if by_phone
        else forwards(jan={When.ALWAYS: Forward(LANDLINE)}),
    )
    call = from_outside("+48221000202")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    there = house.phones.legs[-1]
    assert there.refers_to("101") is False
    there.presses("*2101#")
    await asyncio.sleep(5)
    assert rung(house)[-1] == LANDLINE
    assert call.pressed == "*2101#", "it is handed on"
    call.hangs_up()
    await taking


@simulated
async def test_a_group_asks_its_next_member_and_not_where_one_forwards_to(tmp_path: Path) -> None:
    house = House(
        {EWAS: Callee(after=3, talks=5), LANDLINE: Callee()},
        handlings=forwards(anna={When.ALWAYS: Forward(LANDLINE)}),
    )
    await house.take(from_outside(), tmp_path)
    assert rung(house) == ["103"]


@simulated
async def test_who_stands_in_for_a_member_rings_in_their_turn(tmp_path: Path) -> None:
    house = House(
        {EWAS: RINGS, JANS: Callee(after=3, talks=5), JANS_MOBILE: RINGS},
        handlings=forwards(anna={When.ALWAYS: Forward(JAN)}),
    )
    await house.take(from_outside(), tmp_path)
    assert rung(house) == ["102", JANS_MOBILE, "103"]


@simulated
async def test_who_does_not_want_to_be_disturbed_is_passed_over_at_once(tmp_path: Path) -> None:
    house = House({EWAS: Callee(after=3, talks=5)}, handlings={"Anna Nowak": Handling(dnd=True)})
    await house.take(from_outside(), tmp_path)
    assert rung(house) == ["103"]
    direct = from_phone("102", "101")
    await house.take(direct, tmp_path)
    assert code_of(direct) == 486


@simulated
async def test_the_mobile_rings_after_the_phone(tmp_path: Path) -> None:
    house = House(
        {JANS: RINGS, JANS_MOBILE: PRESSES_1},
        handlings={"Jan Kowal": Handling(follow=Follow.IN_TURN, seconds=15)},
    )
    call = from_outside("+48221000202")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(14)
    assert rung(house) == ["102"]
    await asyncio.sleep(2)
    assert rung(house) == ["102", JANS_MOBILE]
    assert house.phones.legs[0].over
    await taking
    assert call.answered


@simulated
async def test_the_mobile_does_not_ring(tmp_path: Path) -> None:
    house = House({JANS: RINGS}, handlings={"Jan Kowal": Handling(follow=Follow.NEVER)})
    await house.take(from_outside("+48221000202"), tmp_path)
    assert rung(house) == ["102"]


@simulated
async def test_the_question_is_asked_in_the_language_of_who_is_called(tmp_path: Path) -> None:
    ewa = FIRM.users[1].model_copy(update={"mobile": MOBILE})
    there = FIRM.model_copy(update={"users": (FIRM.users[0], ewa, FIRM.users[2])})
    house = House({MOBILE: Callee(after=1), EWAS: RINGS}, exchange=there)
    await house.take(from_phone("101", "103"), tmp_path)
    assert (
        house.phones.legs[1].words == "A call from the switchboard. To take it, please press one."
    )


@pytest.mark.parametrize("order", ["in-turn", "at-once"])
@simulated
async def test_a_dead_phone_costs_two_seconds(order: str, tmp_path: Path) -> None:
    """A dead phone costs 2 s, not 32."""
    group = FIRM.groups[0].model_copy(update={"order": order})
    there = FIRM.model_copy(update={"groups": (group,)})
    house = House({ANNAS: Callee(dead=True), EWAS: Callee(after=1, talks=5)}, exchange=there)
    await house.take(from_outside(), tmp_path)
    waited = 2 if order == "in-turn" else 0
    assert asyncio.get_running_loop().time() == pytest.approx(waited + 1 + 5)
