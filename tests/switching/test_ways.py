"""A call goes over the next trunk where one does not get it anywhere, and no other call does."""

import asyncio

import pytest

from sipagent.switching.ring import Called, Plan
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.outcome import Reached
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin
from tests.simulated import simulated
from tests.switching.test_ringing import rung

pytestmark = pytest.mark.unit

NUMBER = "+48600100100"
ANSWERS = Callee(after=2, talks=5)


def dead(code: int) -> Callee:
    return Callee(after=0.2, code=code, rings=False)


def phones(first: Callee, number: str = NUMBER) -> FakePhones:
    """Two trunks; the second one gets there."""
    return FakePhones({f"one/{number}": first, number: ANSWERS}, trunks=("one", "two"))


def plan(number: str = NUMBER) -> Plan:
    return Plan([Called(Party(number=number))])


@pytest.mark.parametrize("code", [408, 500, 503, 407])
@simulated
async def test_a_trunk_that_gets_nowhere_is_left_for_the_next(code: int) -> None:
    line = phones(dead(code))
    rang = await rung(line, plan())
    assert rang.reached is Reached.ANSWERED
    assert [leg.trunk for leg in line.legs] == ["one", "two"]


@simulated
async def test_a_trunk_that_is_silent_costs_four_seconds() -> None:
    line = phones(Callee(dead=True))
    began = asyncio.get_running_loop().time()
    rang = await rung(line, plan())
    assert rang.reached is Reached.ANSWERED
    assert 6 <= asyncio.get_running_loop().time() - began < 7


@pytest.mark.parametrize(
    "first",
    [
        Callee(after=0.2, code=486, rings=False),
        Callee(after=0.2, code=404, rings=False),
        Callee(after=5, code=503),  # who has rung was reached
        Callee(after=5, code=408),
    ],
)
@simulated
async def test_who_was_reached_is_not_called_again(first: Callee) -> None:
    line = phones(first)
    rang = await rung(line, plan())
    assert rang.leg is None
    assert [leg.trunk for leg in line.legs] == ["one"]


@pytest.mark.parametrize("code", [403, 404, 480, 488, 503])
@simulated
async def test_who_helps_is_called_over_every_trunk(code: int) -> None:
    """By any trunk that is up, tried one after another."""
    line = phones(Callee(after=1, code=code), "112")
    rang = await rung(line, plan("112"))
    assert rang.reached is Reached.ANSWERED


@simulated
async def test_with_one_trunk_a_call_is_made_once() -> None:
    line = FakePhones({NUMBER: dead(503)})
    rang = await rung(line, plan())
    assert (rang.code, len(line.legs)) == (503, 1)


@pytest.mark.parametrize("code", [403, 433])
@simulated
async def test_a_number_that_the_carrier_forbids_gives_way_to_the_lines_own(code: int) -> None:
    """403 for the passive number: one more attempt with the line's own."""
    line = FakePhones({NUMBER: dead(code)})
    passive, active = Origin("+48600700700", "+48221000200"), Origin(None, "+48221000200")
    called = Called(Party(number=NUMBER), origin=passive, fallback=active)
    rang = await rung(line, Plan([called]))
    assert rang.code == code
    assert line.origins == [passive, active]
