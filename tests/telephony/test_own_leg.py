"""The leg of a call that the line makes: nobody is there, and it lasts until the line ends it."""

import asyncio

import pytest

from sipagent.errors import HungUp
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller
from tests.simulated import simulated

pytestmark = pytest.mark.unit


def leg() -> OwnLeg:
    return OwnLeg("0190", Caller("+48600100101"))


@simulated
async def test_it_hears_no_key_and_no_answer() -> None:
    own = leg()
    assert await own.ask(None) == ""
    with pytest.raises(TimeoutError):
        await own.next_key(5)
    assert asyncio.get_running_loop().time() >= 5


@simulated
async def test_who_waits_for_what_never_comes_is_told_when_it_is_over() -> None:
    own = leg()
    waiting = [
        asyncio.ensure_future(one) for one in (own.next_key(), own.audible(), own.next_referral())
    ]
    await own.hangup()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in done] == [HungUp] * 3
    await own.wait_over()


@simulated
async def test_it_ends_once_and_tells_whether_anybody_had_taken_the_call() -> None:
    own, taken = leg(), leg()
    await taken.answer()
    for one in (own, taken):
        await one.hangup("normal")
        await one.hangup("again")
    assert [one.outcome and one.outcome.code for one in (own, taken)] == [487, 200]
    for promise in (own.ring, own.answer, own.connected):
        with pytest.raises(HungUp):
            await promise()
