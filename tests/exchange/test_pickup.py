"""Who picks up a call that rings at a colleague's, without a network."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.model import Group
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.outcome import ELSEWHERE
from tests.exchange.house import ANNAS, EWAS, FIRM, JANS, House
from tests.exchange.test_calls import RINGS, from_outside, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

#: Jan is in a group of his own, and shares the second one with Ewa.
GROUPS = (
    *FIRM.groups,
    Group(name="Magazyn", number="201", members=("user:Ewa Lis", "user:Jan Kowal")),
    Group(name="Sam", number="202", members=("user:Jan Kowal",)),
)
THERE = FIRM.model_copy(update={"groups": GROUPS})


def begin(house: House, call: FakeLeg, tones: Path) -> "asyncio.Task[object]":
    return asyncio.create_task(house.walk(call, tones))


@pytest.mark.parametrize("code", ["*8", "*8#", "*8103", "*8200"])
@simulated
async def test_somebody_picks_up_the_call_of_the_group(code: str, tmp_path: Path) -> None:
    house = House({ANNAS: RINGS, EWAS: RINGS}, exchange=THERE)
    caller, anna = from_outside(), from_phone("101", code)
    calling = begin(house, caller, tmp_path)
    await asyncio.sleep(3)
    picking = begin(house, anna, tmp_path)
    await asyncio.sleep(3)
    assert caller.partners == [anna]
    assert [leg.cause for leg in house.phones.legs] == [ELSEWHERE, ELSEWHERE]
    assert house.board.busy() == {"Anna Nowak"}
    caller.hangs_up()
    await asyncio.gather(calling, picking)
    assert anna.over
    assert not anna.transcript
    moved = [event.details for event in caller.timeline if event.kind == "handed-over"]
    assert moved == [{"from": "group:Biuro", "to": "Anna Nowak <101>", "how": "pick-up"}]


@simulated
async def test_two_pick_up_one_call(tmp_path: Path) -> None:
    """Two pick up one call: one gets it, the other a sentence."""
    house = House({ANNAS: RINGS, EWAS: RINGS}, exchange=THERE)
    caller = from_outside()
    both = from_phone("101", "*8"), from_phone("103", "*8")
    calls = [begin(house, caller, tmp_path)]
    await asyncio.sleep(3)
    calls += [begin(house, call, tmp_path) for call in both]
    await asyncio.sleep(4)
    assert caller.partners == [both[0]]
    assert both[1].words == "Somebody else has already taken this call. Thank you."
    assert both[1].over
    both[0].hangs_up()
    await asyncio.gather(*calls)
    assert caller.over


@simulated
async def test_a_call_that_somebody_answers_in_the_same_moment(tmp_path: Path) -> None:
    house = House({ANNAS: RINGS, EWAS: Callee(after=3, talks=20)}, exchange=THERE)
    caller, anna = from_outside(), from_phone("101", "*8")
    calls = [begin(house, caller, tmp_path)]
    await asyncio.sleep(3)
    calls.append(begin(house, anna, tmp_path))
    await asyncio.sleep(5)
    assert (caller.partners == [anna]) != (anna.heard[:1] != [])
    await asyncio.gather(*calls)


@pytest.mark.parametrize(
    ("extension", "code", "picks"),
    [
        ("103", "*8", True),  # of Jan, with whom she shares the storeroom
        ("101", "*8", False),
        ("101", "*8102", True),
        ("101", "*8103", False),
        ("101", "*8201", False),
        ("101", "*8555", False),
    ],
)
@simulated
async def test_whose_calls_may_be_picked_up(
    extension: str, code: str, picks: bool, tmp_path: Path
) -> None:
    house = House({JANS: RINGS, "+48600100101": RINGS}, exchange=THERE)
    caller, other = from_outside("+48221000202"), from_phone(extension, code)
    calls = [begin(house, caller, tmp_path)]
    await asyncio.sleep(1)
    calls.append(begin(house, other, tmp_path))
    await asyncio.sleep(4)
    assert (caller.partners == [other]) == picks
    assert (other.heard == ["reaching.nothing-rings"]) == (not picks)
    caller.hangs_up()
    await asyncio.gather(*calls)


@simulated
async def test_what_does_not_ring_any_more_cannot_be_picked_up(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(after=1, talks=20), EWAS: RINGS})
    caller, ewa = from_outside(), from_phone("103", "*8")
    calls = [begin(house, caller, tmp_path)]
    await asyncio.sleep(3)
    await house.walk(ewa, tmp_path)
    assert ewa.heard == ["reaching.nothing-rings"]
    await asyncio.gather(*calls)


@simulated
async def test_who_picks_up_and_leaves_at_once_has_had_the_call(tmp_path: Path) -> None:
    house = House({ANNAS: RINGS, EWAS: RINGS})
    caller, anna = from_outside(), from_phone("101", "*8")
    calls = [begin(house, caller, tmp_path)]
    await asyncio.sleep(2)
    calls.append(begin(house, anna, tmp_path))
    await asyncio.sleep(1)
    anna.hangs_up()
    await asyncio.gather(*calls)
    assert caller.over
    assert all(leg.over for leg in house.phones.legs)
