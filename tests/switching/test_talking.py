"""Conversations on legs without a network."""

import asyncio

import pytest

from sipagent.switching.codes import Codes
from sipagent.switching.conversation import Parted, Side
from sipagent.switching.talking import Talking
from sipagent.telephony.fake import FakeLeg
from tests.cancelling import at_every_wait
from tests.simulated import simulated
from tests.switching.test_ringing import Sound

pytestmark = pytest.mark.unit

MUSIC = Sound("music")
CALLEE = Side.CALLEE


def pair() -> tuple[FakeLeg, FakeLeg]:
    return FakeLeg(id="caller"), FakeLeg(id="callee")


def nothing_is_left(*legs: FakeLeg) -> None:
    for leg in legs:
        assert not leg.partners
        assert not leg.loops


@pytest.mark.parametrize("side", Side)
@simulated
async def test_they_talk_until_one_leaves(side: Side) -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee).parted())
    await asyncio.sleep(1)
    assert caller.partners == [callee]
    (caller if side is Side.CALLER else callee).hangs_up()
    assert await talking == Parted(side)
    nothing_is_left(caller, callee)
    assert caller.over != callee.over, "whoever is still there belongs to who began it"


@simulated
async def test_keys_go_both_ways() -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee).parted())
    await asyncio.sleep(0.1)
    caller.presses("12")
    callee.presses("#")
    await asyncio.sleep(1)
    assert (callee.pressed, caller.pressed) == ("12", "#")
    callee.hangs_up()
    await talking


@simulated
async def test_who_takes_no_keys_is_talked_to_all_the_same() -> None:
    caller, callee = FakeLeg(id="caller"), FakeLeg(id="callee", takes_keys=False)
    talking = asyncio.create_task(Talking(caller, callee).parted())
    await asyncio.sleep(0.1)
    caller.presses("12")
    await asyncio.sleep(1)
    assert caller.partners == [callee]
    callee.presses("3")
    await asyncio.sleep(1)
    assert (callee.pressed, caller.pressed) == ("", "3")
    callee.hangs_up()
    assert await talking == Parted(Side.CALLEE)


@simulated
async def test_who_waits_hears_music_and_is_back() -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee, MUSIC, phones=[CALLEE]).parted())
    await asyncio.sleep(1)
    callee.hold()
    await asyncio.sleep(1)
    assert (caller.loops, caller.partners) == (["music"], [])
    callee.presses("5")
    await asyncio.sleep(1)
    assert caller.pressed == ""
    callee.resumes()
    await asyncio.sleep(1)
    assert (caller.loops, caller.partners) == ([], [callee])
    caller.hangs_up()
    assert await talking == Parted(Side.CALLER)


@simulated
async def test_who_holds_already_when_they_meet() -> None:
    """A telephone that holds, refers, and has the other one back."""
    caller, callee = pair()
    callee.hold()
    talking = asyncio.create_task(Talking(caller, callee, MUSIC, phones=[CALLEE]).parted())
    await asyncio.sleep(1)
    assert (caller.loops, caller.partners) == (["music"], [])
    callee.hangs_up()
    await talking
    nothing_is_left(caller, callee)


@simulated
async def test_what_a_network_sends_while_it_holds_is_heard() -> None:
    """Its own music, or an announcement."""
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee, MUSIC, phones=[Side.CALLER]).parted())
    callee.hold()
    await asyncio.sleep(1)
    assert (caller.loops, caller.partners) == ([], [callee])
    callee.hangs_up()
    await talking


@simulated
async def test_a_leg_goes_on_with_somebody_else() -> None:
    """An attended transfer: the caller waits, and is handed over to a colleague."""
    caller, callee = pair()
    colleague = FakeLeg(id="colleague")
    talk = Talking(caller, callee, MUSIC, phones=[CALLEE])
    talking = asyncio.create_task(talk.parted())
    callee.hold()
    await asyncio.sleep(1)
    talk.take(Side.CALLER)
    assert await talking == Parted(Side.CALLER, taken=True)
    nothing_is_left(caller, callee)
    second = asyncio.create_task(Talking(caller, colleague).parted())
    await asyncio.sleep(1)
    assert caller.partners == [colleague]
    colleague.hangs_up()
    assert await second == Parted(Side.CALLEE)


@simulated
async def test_a_telephone_refers_and_others_are_declined() -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee, phones=[CALLEE]).parted())
    await asyncio.sleep(1)
    assert not caller.refers_to("103"), "it is none of the house"
    assert callee.refers_to("103")
    assert not callee.refers_to("104"), "one at a time"
    parted = await talking
    assert parted.request is not None
    assert (parted.side, parted.request.dialled) == (CALLEE, "103")
    assert not callee.refers_to("104"), "nobody waits for it any more"


@simulated
async def test_a_refer_that_comes_too_late_is_told_so() -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee, phones=[CALLEE]).parted())
    await asyncio.sleep(1)
    caller.hangs_up()
    assert callee.refers_to("103")
    assert await talking == Parted(Side.CALLER)
    assert callee.told == [("103", 603)]


@simulated
async def test_a_number_is_typed_and_ended_by_a_pause() -> None:
    caller, callee = pair()
    talking = asyncio.create_task(Talking(caller, callee, codes={CALLEE: Codes()}).parted())
    loop = asyncio.get_running_loop()
    await asyncio.sleep(1)
    callee.presses("*5")
    await asyncio.sleep(1)
    assert caller.pressed == "*5"
    callee.presses("*210")
    await asyncio.sleep(2)
    callee.presses("3")
    began = loop.time()
    parted = await talking
    assert parted.request is not None
    assert parted.request.dialled == "103"
    assert 3 <= loop.time() - began < 3.5, "three seconds from the last key"
    assert caller.pressed == "*5"


@simulated
async def test_who_is_gone_before_is_not_talked_to() -> None:
    caller, callee = pair()
    callee.hangs_up()
    assert await Talking(caller, callee).parted() == Parted(Side.CALLEE)
    nothing_is_left(caller, callee)


@pytest.mark.parametrize("again", [0, 1, 2])
@simulated
async def test_whoever_is_cancelled_joins_nobody_any_more(again: int) -> None:
    caller, callee = pair()

    async def talk() -> None:
        nonlocal caller, callee
        caller, callee = pair()
        talking = Talking(caller, callee, MUSIC, phones=[Side.CALLER], codes={CALLEE: Codes()})
        loop = asyncio.get_running_loop()
        loop.call_later(1, caller.hold)
        loop.call_later(2, caller.resumes)
        loop.call_later(3, callee.presses, "1")
        loop.call_later(4, callee.hangs_up)
        await talking.parted()

    async def settled() -> None:
        await asyncio.sleep(5)
        nothing_is_left(caller, callee)
        assert not asyncio.all_tasks() - {asyncio.current_task()}

    assert await at_every_wait(talk, settled, again=again) > 3
