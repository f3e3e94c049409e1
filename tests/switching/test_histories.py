"""Random histories on legs without a network: nobody is left behind, and nobody forgotten."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import HungUp
from sipagent.switching.ring import Called, Order, Plan
from sipagent.switching.ringing import Pickup, ringing
from sipagent.switching.talking import Talking
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.outcome import ELSEWHERE, Reached
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin
from tests.simulated import simulated
from tests.switching.test_ringing import SOUNDS, nobody_is_left

pytestmark = pytest.mark.unit

#: Few enough for many things to happen in the same moment.
MOMENTS = st.sampled_from([0.0, 1.0, 2.0, 5.0, 12.0, 40.0])
MOVED = "sip:moved@192.0.2.7"
CALLEES = st.builds(
    Callee,
    after=MOMENTS | st.none(),
    code=st.sampled_from([200, 200, 200, 302, 403, 404, 480, 486, 603]),
    moved_to=st.sampled_from(["", MOVED]),
    early=st.none() | st.just(0.0),
    dead=st.sampled_from([False, False, True]),
    talks=MOMENTS | st.none(),
    script=st.sampled_from([[], ["1"], ["2", "1"]]),
)
PLANS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "order": st.sampled_from(Order),
        "seconds": st.sampled_from([5.0, 30.0]),
        "each": st.none() | st.just(2.0),
        "stagger": st.sampled_from([0.0, 1.0]),
    }
)


async def picks_up(pickup: Pickup, after: float, leg: FakeLeg) -> FakeLeg | None:
    """Pick a call up after so many seconds; return the leg where that has won it."""
    await asyncio.sleep(after)
    return leg if await pickup.take(leg, Party(extension="199")) else None


@given(
    callees=st.lists(CALLEES, max_size=5),
    called=st.lists(st.tuples(*[st.booleans()] * 3), min_size=5, max_size=5),
    how=PLANS,
    follows=st.lists(st.sampled_from([0.0, 2.0]), min_size=5, max_size=5),
    leaves=MOMENTS | st.none(),
    slow=st.sampled_from([0.0, 1.0]),
    picks=st.lists(MOMENTS, max_size=3),
)
def test_nobody_is_left_or_forgotten(
    callees: list[Callee],
    called: Sequence[tuple[bool, bool, bool]],
    how: dict[str, Any],
    follows: Sequence[float],
    leaves: float | None,
    slow: float,
    picks: Sequence[float],
) -> None:
    @simulated
    async def history() -> None:
        extensions = [str(100 + n) for n, _ in enumerate(callees)]
        book = dict(zip(extensions, callees, strict=True)) | {MOVED: Callee(after=1.0)}
        phones, caller = FakePhones(book, slow=slow), FakeLeg()
        parties = [
            Called(
                Party(extension=one, contact=f"sip:{one}@192.0.2.1" if again else ""),
                asked,
                beside,
                fallback=Origin("1") if again else None,
                seconds=after or None,
                after=after,
            )
            for one, (asked, beside, again), after in zip(extensions, called, follows, strict=False)
        ]
        book |= {f"sip:{one}@192.0.2.1": callee for one, callee in book.items()}
        loop = asyncio.get_running_loop()
        pickup = Pickup()
        picking = [
            loop.create_task(picks_up(pickup, after, FakeLeg(id=f"picker-{n}")))
            for n, after in enumerate(picks)
        ]
        if leaves is not None:
            loop.call_later(leaves, caller.hangs_up)
        won = False
        try:
            plan = Plan(parties, **how)
            async with ringing(phones, caller, plan, SOUNDS, pickup=pickup) as rang:
                won = rang.leg is not None
                assert won or not rang.picked_up
                assert won == (rang.reached is Reached.ANSWERED)
                assert loop.time() < 70, "nobody rings for ever"
                if rang.leg is not None:
                    loop.call_later(100, caller.hangs_up)
                    await Talking(caller, rang.leg).parted()
                    assert caller.over or rang.leg.over
        except HungUp:
            assert caller.over
        nobody_is_left(phones, caller)
        winners = [leg for leg in await asyncio.gather(*picking) if leg is not None]
        assert len(winners) <= 1, "a call is picked up once"
        told = [leg for leg in phones.legs if leg.cause == ELSEWHERE]
        assert won or not told, "nobody is told of a winner who is not there"

    history()
