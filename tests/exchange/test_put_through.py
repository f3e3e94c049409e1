"""People of a firm put callers through, without a network: whom they mean, who sees whom."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sipagent.exchange.led import Led
from sipagent.scenario import engine
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.lamps import Lamp
from sipagent.telephony.party import Caller
from sipagent.telephony.phones import Origin
from tests.exchange.house import ANNAS, EWAS, FIRM, JANS, MAIN, House
from tests.exchange.test_calls import STRANGER, from_outside
from tests.exchange.test_steps import redirect
from tests.simulated import simulated

pytestmark = pytest.mark.unit

SERWIS, BERLIN, ELSEWHERE = "+48221000300", "+4930123456", "+48600900900"
TALKS = Callee(after=2)
BUSY = Callee(after=1, code=486)


def from_phone(extension: str, called: str) -> FakeLeg:
    caller = Caller(None, asserted=True, extension=extension)
    sip_id = f"{extension}-{called}"
    return FakeLeg(caller=caller, called=called, sip_id=sip_id, sleep=asyncio.sleep)


def ended(house: House, *calls: FakeLeg) -> None:
    """End whatever is left."""
    for leg in (*calls, *house.phones.left):
        if not leg.over:
            leg.hangs_up()


@simulated
async def test_the_target_sees_the_caller_and_the_one_in_the_middle_is_free(
    tmp_path: Path,
) -> None:
    """The target sees the caller, not the one in the middle; that one's talk time ends at the
    transfer.
    """
    house, call = House({ANNAS: TALKS, JANS: TALKS}), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = house.phones.legs[0]
    assert anna.refers_to("102")
    await asyncio.sleep(1)
    assert house.board.busy() == {"Anna Nowak"}
    await asyncio.sleep(2)
    jan = next(leg for leg in house.phones.legs if leg.called == "102")
    assert call.partners == [jan]
    assert house.board.busy() == {"Jan Kowal"}
    assert house.phones.origins[-2] == Origin(STRANGER, called=MAIN)
    assert house.phones.origins[-1] == Origin(STRANGER, MAIN, MAIN), "the mobile of the target"
    ended(house, call)
    await taking
    assert house.facts[Led] == Led(called="Jan Kowal", group="Biuro")
    parted = [e.details for e in call.timeline if e.kind == "parted"]
    assert [one["sip_id"] for one in parted] == [anna.sip_id, jan.sip_id]
    assert parted[0]["seconds"] == pytest.approx(3, abs=0.1)


@simulated
async def test_who_has_called_is_free_once_the_other_one_is_put_through(tmp_path: Path) -> None:
    house, call = House({EWAS: TALKS, JANS: TALKS}), from_phone("101", "103")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    assert call.refers_to("102")
    await asyncio.sleep(3)
    assert house.board.busy() == {"Ewa Lis", "Jan Kowal"}
    assert call.over
    assert house.phones.origins[1] == Origin("103", name="Ewa Lis")
    ended(house)
    await taking


@pytest.mark.parametrize(
    ("dialled", "code", "told"),
    [
        (BERLIN, 403, "back-not-allowed"),
        (ELSEWHERE, 403, "back-not-allowed"),
        ("109", 404, "back-unreachable"),
        ("102", 486, "back-busy"),
    ],
)
@simulated
async def test_it_obeys_the_rights_of_who_puts_through(
    dialled: str, code: int, told: str, tmp_path: Path
) -> None:
    """REFER obeys the rights of who transfers: Ewa may call inside only."""
    house, call = House({EWAS: TALKS, JANS: BUSY, "+48600100101": BUSY}), from_phone("101", "103")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    (ewa,) = house.phones.legs
    assert ewa.refers_to(dialled)
    await asyncio.sleep(9)
    assert ewa.told[-1] == (dialled, code)
    assert ewa.heard == [f"put-through.{told}"]
    assert call.partners == [ewa]
    ended(house, call)
    await taking


@pytest.mark.parametrize(("may", "pressed"), [(True, ""), (False, "*2101#")])
@simulated
async def test_a_number_outside_puts_through_by_keys_where_it_may(
    may: bool, pressed: str, tmp_path: Path
) -> None:
    serwis = FIRM.outside[0].model_copy(update={"may_transfer": may, "text": "", "keys": ""})
    firm = FIRM.model_copy(update={"outside": (serwis,)})
    house = House({SERWIS: TALKS, ANNAS: TALKS}, exchange=firm)
    call = from_phone("103", "*022")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    outside = house.phones.legs[0]
    outside.presses("*2101#")
    await asyncio.sleep(6)
    assert call.pressed == pressed
    assert outside.over == may
    assert [leg.called for leg in house.phones.legs[1:]] == (["101"] if may else [])
    ended(house, call)
    await taking


@simulated
async def test_a_number_outside_reaches_nobody_outside(tmp_path: Path) -> None:
    serwis = FIRM.outside[0].model_copy(update={"may_transfer": True, "text": "", "keys": ""})
    house = House({SERWIS: TALKS}, exchange=FIRM.model_copy(update={"outside": (serwis,)}))
    call = from_phone("103", "*022")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    outside = house.phones.legs[0]
    outside.presses(f"*2{ELSEWHERE.removeprefix('+48')}#")
    await asyncio.sleep(9)
    assert outside.heard == ["put-through.back-not-allowed"]
    assert call.partners == [outside]
    ended(house, call)
    await taking


@simulated
async def test_who_is_put_through_in_vain_goes_on_in_the_scenario(tmp_path: Path) -> None:
    """Blind target busy: back to who transferred, then on in the scenario."""
    house = House({ANNAS: TALKS, JANS: BUSY, "+48600100101": BUSY})
    call, talk = from_outside("1"), house.talk(tmp_path)
    walked = redirect(tmp_path, "user:Anna Nowak")
    walking = asyncio.create_task(engine.run(walked, call, talk, longest=600.0))
    await asyncio.sleep(6)
    (anna,) = house.phones.legs
    assert anna.refers_to("102")
    anna.hangs_up()
    await walking
    assert call.heard[-1] == "transfer.busy"


@simulated
async def test_parked_and_fetched_by_a_code(tmp_path: Path) -> None:
    house, call = House({ANNAS: TALKS}), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = house.phones.legs[0]
    anna.presses("*2*70#")
    await asyncio.sleep(2)
    assert call.loops == ["tone.music"]
    assert house.board.busy() == set()
    assert house.board.presence.of("*70") is Lamp.TALKING
    jan = from_phone("102", "*70")
    facts = house.facts
    fetching = asyncio.create_task(house.take(jan, tmp_path))
    await asyncio.sleep(1)
    assert call.partners == [jan]
    assert house.board.busy() == {"Jan Kowal"}
    assert house.board.presence.of("*70") is Lamp.IDLE
    assert not jan.transcript
    call.hangs_up()
    await asyncio.gather(taking, fetching)
    assert jan.over
    assert facts[Led].group == "Biuro"


@simulated
async def test_a_place_where_nobody_waits(tmp_path: Path) -> None:
    house, jan = House(), from_phone("102", "*79")
    await house.take(jan, tmp_path)
    assert jan.heard == ["put-through.place-empty"]


@simulated
async def test_whom_nobody_fetches_rings_where_they_were_parked(tmp_path: Path) -> None:
    house, call = House({ANNAS: TALKS, EWAS: BUSY}), from_outside()
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    anna = next(leg for leg in house.phones.legs if leg.called == "101")
    assert anna.refers_to("*70")
    await asyncio.sleep(125)
    again = house.phones.legs[-1]
    assert again.called == "101"
    assert call.partners == [again]
    again.hangs_up()
    await taking
    assert call.over


@simulated
async def test_what_a_user_sees_who_is_called_for_one_who_was_called(tmp_path: Path) -> None:
    """A number outside that Anna has called, and puts through to Jan."""
    house = House({ELSEWHERE: TALKS, JANS: TALKS}, contacts={"102-1": [JANS]})
    call = replace(from_phone("101", ELSEWHERE), sip_id="anna")
    taking = asyncio.create_task(house.take(call, tmp_path))
    await asyncio.sleep(3)
    assert call.refers_to("102")
    await asyncio.sleep(3)
    assert house.phones.origins[1] == Origin(ELSEWHERE, called=ELSEWHERE)
    ended(house)
    await taking
