"""Whoever attends to a conversation is told who talks with whom, whatever becomes of them."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from sipagent.switching.attending import Attending, Audience
from sipagent.switching.connection import Connection
from sipagent.switching.member import Member
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.simulated import simulated
from tests.switching.test_connection import House, fetched, leg, member

pytestmark = pytest.mark.unit


class Heard:
    """Attends, and keeps what it was told in words."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def joined(self, members: Sequence[Member]) -> None:
        self.told.append(f"joined {' '.join(one.name for one in members)}")

    def held(self, holding: Collection[Member]) -> None:
        self.told.append(" ".join(["held", *(one.name for one in holding)]))

    def parted(self) -> None:
        self.told.append("parted")

    def over(self) -> None:
        self.told.append("over")


def connected(
    house: House, caller: FakeLeg, callee: FakeLeg, attending: Attending, **callees: bool
) -> "asyncio.Task[int]":
    house.record = caller
    both = member(caller, caller.id), member(callee, callee.id, **callees)
    return asyncio.create_task(Connection(caller, *both, house.switch, attending).run())


@simulated
async def test_from_the_first_word_to_the_last() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    talking = connected(House(), anna, jan, heard)
    await asyncio.sleep(1)
    assert heard.told == ["joined anna jan"]
    jan.hangs_up()
    await talking
    assert heard.told == ["joined anna jan", "parted", "over"]


@simulated
async def test_who_holds_is_told_each_time() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    talking = connected(House(), anna, jan, heard)
    await asyncio.sleep(1)
    jan.hold()
    await asyncio.sleep(1)
    anna.hold()
    await asyncio.sleep(1)
    jan.resumes()
    await asyncio.sleep(1)
    anna.resumes()
    await asyncio.sleep(1)
    jan.hold()
    await asyncio.sleep(1)
    jan.hangs_up()
    await talking
    first, *holds, parted, over = heard.told
    assert (first, parted, over) == ("joined anna jan", "parted", "over")
    assert [set(told.split()) for told in holds] == [
        {"held", "jan"},
        {"held", "jan", "anna"},
        {"held", "anna"},
        {"held"},
        {"held", "jan"},
    ]


@simulated
async def test_who_is_put_through_talks_with_somebody_else() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    house = House({"103": Callee(after=5, talks=60)})
    talking = connected(house, anna, jan, heard)
    await asyncio.sleep(1)
    assert jan.refers_to("103")
    await talking
    assert heard.told == ["joined anna jan", "parted", "joined anna 103", "parted", "over"]


@simulated
async def test_who_was_put_through_in_vain_is_back() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    talking = connected(House({"103": Callee(after=2, code=486)}), anna, jan, heard)
    await asyncio.sleep(1)
    assert jan.refers_to("103")
    await asyncio.sleep(5)
    anna.hangs_up()
    await talking
    assert heard.told == ["joined anna jan", "parted", "joined anna jan", "parted", "over"]


@simulated
async def test_who_asks_somebody_first_talks_with_them_meanwhile() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    house = House({"103": Callee(after=1, talks=60)})
    talking = connected(house, anna, jan, heard, phone=False, types=True)
    await asyncio.sleep(1)
    jan.presses("*3103#")
    await asyncio.sleep(4)
    jan.hangs_up()
    await talking
    asked = ["joined jan 103", "parted"]
    after = ["joined anna 103", "parted", "over"]
    assert heard.told == ["joined anna jan", "parted", *asked, *after]


@simulated
async def test_who_is_parked_talks_with_nobody_until_they_are_fetched() -> None:
    heard, house = Heard(), House()
    anna, jan, ewa = leg("anna"), leg("jan"), leg("ewa")
    talking = connected(house, anna, jan, heard)
    await asyncio.sleep(1)
    assert jan.refers_to("*70")
    await asyncio.sleep(5)
    assert heard.told == ["joined anna jan", "parted"]
    fetching = asyncio.create_task(fetched(house, "*70", ewa))
    await asyncio.sleep(1)
    anna.hangs_up()
    await asyncio.gather(talking, fetching)
    assert heard.told == ["joined anna jan", "parted", "joined anna ewa", "parted", "over"]


@simulated
async def test_who_is_lent_talks_in_another_conversation() -> None:
    """The one that lends is over once they are given back."""
    first, other, house = Heard(), Heard(), House()
    anna, jan, second, ewa = leg("anna"), leg("jan"), leg("second"), leg("ewa")
    talking = connected(house, anna, jan, first)
    members = member(second, "jan"), member(ewa, "ewa")
    asked = asyncio.create_task(Connection(second, *members, house.switch, other).run())
    await asyncio.sleep(1)
    assert jan.refers_to("103", "second-id")
    await asyncio.sleep(1)
    assert first.told == ["joined anna jan", "parted", "joined anna ewa"]
    assert other.told == ["joined jan ewa", "parted"]
    ewa.hangs_up()
    await asyncio.gather(talking, asked)
    assert [one.told[-2:] for one in (first, other)] == [["parted", "over"], ["parted", "over"]]


@simulated
async def test_a_line_that_closes_leaves_nobody_untold() -> None:
    heard, anna, jan = Heard(), leg("anna"), leg("jan")
    talking = connected(House(), anna, jan, heard)
    await asyncio.sleep(1)
    talking.cancel()
    await asyncio.wait((talking,))
    assert heard.told == ["joined anna jan", "parted", "over"]


def test_a_fault_of_one_ends_nothing() -> None:
    class Faulty(Heard):
        def joined(self, members: Sequence[Member]) -> None:
            raise ValueError("a fault, says the test")

    faulty, heard = Faulty(), Heard()
    audience = Audience([faulty, heard])
    audience.joined([])
    audience.over()
    assert (faulty.told, heard.told) == (["over"], ["joined ", "over"])
