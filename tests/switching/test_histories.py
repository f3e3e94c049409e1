"""Random histories on legs without a network: nobody is left behind, and nobody forgotten."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import HungUp
from sipagent.switching.ring import Called, Order, Plan
from sipagent.switching.ringing import ringing
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


@given(
    callees=st.lists(CALLEES, max_size=5),
    called=st.lists(st.tuples(*[st.booleans()] * 3), min_size=5, max_size=5),
    how=PLANS,
    leaves=MOMENTS | st.none(),
    slow=st.sampled_from([0.0, 1.0]),
)
def test_nobody_is_left_or_forgotten(
    callees: list[Callee],
    called: Sequence[tuple[bool, bool, bool]],
    how: dict[str, Any],
    leaves: float | None,
    slow: float,
) -> None:
    @simulated
    async def history() -> None:
        extensions = [str(100 + n) for n, _ in enumerate(callees)]
        book = dict(zip(extensions, callees, strict=True)) | {MOVED: Callee(after=1.0)}
        phones, caller = FakePhones(book, slow=slow), FakeLeg()
        parties = [
            Called(Party(extension=one), asked, beside, fallback=Origin("1") if again else None)
            for one, (asked, beside, again) in zip(extensions, called, strict=False)
        ]
        loop = asyncio.get_running_loop()
        if leaves is not None:
            loop.call_later(leaves, caller.hangs_up)
        won = False
        try:
            async with ringing(phones, caller, Plan(parties, **how), SOUNDS) as rang:
                won = rang.leg is not None
                assert won == (rang.reached is Reached.ANSWERED)
                assert loop.time() < 70, "nobody rings for ever"
                if rang.leg is not None:
                    loop.call_later(100, caller.hangs_up)
                    await Talking(caller, rang.leg).parted()
                    assert caller.over or rang.leg.over
        except HungUp:
            assert caller.over
        nobody_is_left(phones, caller)
        told = [leg for leg in phones.legs if leg.cause == ELSEWHERE]
        assert won or not told, "nobody is told of a winner who is not there"

    history()
