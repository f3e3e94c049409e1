"""Two who are connected, on legs without a network: whoever is put through is with somebody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.errors import CallError
from sipagent.switching.connection import Connection
from sipagent.switching.connections import Connections
from sipagent.switching.member import Member
from sipagent.switching.parking import Lot
from sipagent.switching.putting_through import Aim, Switch, Waiting
from sipagent.switching.ring import Called, Plan
from sipagent.switching.ringing import Sounds, ringing
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.party import Caller, Party
from tests.cancelling import at_every_wait
from tests.simulated import simulated
from tests.switching.test_ringing import Sound

pytestmark = pytest.mark.unit

WAITING = Waiting(Sound("music"), Sound("ringback"), parked=120.0)


@dataclass
class House:
    """Who may be called, and what becomes of those who are put through; its own operator."""

    callees: Mapping[str, Callee] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.phones = FakePhones(self.callees)
        self.connections, self.lot = Connections(), Lot()
        self.switch: Switch[str] = Switch(self, self.connections, self.lot, WAITING)
        #: What was said to whom, and whom those see who were called.
        self.said: list[tuple[str, str]] = []
        self.spoken_to: set[str] = set()
        self.seen: list[str] = []
        self.record: FakeLeg = FakeLeg()

    def meant(self, who: Member, dialled: str) -> Aim[str]:
        if dialled.startswith("*7"):
            return Aim(dialled, place=dialled)
        return Aim(dialled, dialled, code=403 if dialled == "999" else 0)

    def back(self, who: Member) -> Aim[str]:
        return Aim(who.name, "102")

    @contextlib.asynccontextmanager
    async def ringing(
        self, mover: Member, waits: Member, target: str
    ) -> AsyncIterator[Member | int]:
        plan = Plan([Called(Party(extension=target))])
        sounds = Sounds(WAITING.ringback)
        self.seen.append(waits.name)
        async with ringing(self.phones, waits.leg, plan, sounds, record=self.record) as rang:
            yield member(rang.leg, target) if isinstance(rang.leg, FakeLeg) else rang.code

    async def explain(self, member: Member, code: int, aim: Aim[str]) -> None:
        await member.leg.say(Sound("explained"))
        self.said.append((member.name, f"{aim.way} {code}"))

    async def apologise(self, member: Member, code: int) -> None:
        self.spoken_to.add(member.name)
        await member.leg.say(Sound("sorry"))
        self.said.append((member.name, f"sorry {code}"))

    def connect(self, caller: FakeLeg, callee: FakeLeg) -> "asyncio.Task[int]":
        """Connect two; both are phones of the house."""
        self.record = caller
        both = member(caller, caller.id), member(callee, callee.id)
        return asyncio.create_task(Connection(caller, *both, self.switch).run())


def member(leg: FakeLeg, name: str, **others: Any) -> Member:
    return Member(leg, name, Caller(None, extension=name), name, **({"phone": True} | others))


def leg(name: str) -> FakeLeg:
    made = FakeLeg(id=name, sip_id=f"{name}-id", sleep=asyncio.sleep)
    made.answers()
    return made


def handed(call: FakeLeg) -> list[tuple[Any, ...]]:
    return [tuple(e.details.values()) for e in call.timeline if e.kind == "handed-over"]


def hears(one: FakeLeg) -> str:
    """Return what a leg hears: music or a tone, the name of another one, or nothing."""
    heard = [*one.loops, *(partner.id for partner in one.partners)]
    assert len(heard) <= 1
    return heard[0] if heard else ""


@simulated
async def test_the_callee_puts_the_caller_through() -> None:
    house, anna, jan = House({"103": Callee(after=5, talks=60)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert jan.refers_to("103")
    await asyncio.sleep(1)
    assert (hears(anna), hears(jan)) == ("ringback", "")
    await asyncio.sleep(5)
    (ewa,) = house.phones.legs
    assert hears(anna) == ewa.id
    assert jan.over
    assert jan.told == [("103", 180), ("103", 200)]
    assert house.seen == ["anna"]
    assert await talking == 0
    assert not anna.over, "it belongs to who has begun"
    assert handed(anna) == [("jan", "103", "blind")]
    assert not house.phones.left


@simulated
async def test_the_caller_puts_the_callee_through_and_leaves() -> None:
    """The one who was called goes on although the call was another's."""
    house, anna, jan = House({"103": Callee(after=5, talks=60)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert anna.refers_to("103")
    await asyncio.sleep(0.3)
    anna.hangs_up()
    await asyncio.sleep(10)
    (ewa,) = house.phones.legs
    assert hears(jan) == ewa.id
    assert house.seen == ["jan"]
    assert await talking == 0
    assert jan.over
    assert asyncio.get_running_loop().time() >= 65


@simulated
async def test_somebody_who_talks_to_neither_has_one_put_through() -> None:
    house, anna, jan = House({"103": Callee(after=5, talks=60)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert house.connections.order("nobody-id", "103") == 481
    assert house.connections.order("anna-id", "999") == 403
    assert house.connections.order("anna-id", "103") == 0
    await asyncio.sleep(1)
    assert (hears(anna), hears(jan)) == ("ringback", "ringback")
    assert house.connections.order("anna-id", "103") == 481, "they do not talk now"
    await asyncio.sleep(5)
    (ewa,) = house.phones.legs
    assert hears(anna) == ewa.id
    assert jan.over
    assert await talking == 0
    assert handed(anna) == [("jan", "103", "order")]


@simulated
async def test_two_who_are_ordered_apart_in_vain_talk_on() -> None:
    house, anna, jan = House({"103": Callee(code=486)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert house.connections.order("jan-id", "103") == 0
    await asyncio.sleep(10)
    assert house.said == [("anna", "blind 486")]
    assert (hears(anna), hears(jan)) == (jan.id, anna.id)
    jan.hangs_up()
    assert await talking == 0


@pytest.mark.parametrize("stays", [True, False])
@simulated
async def test_a_busy_target(stays: bool) -> None:
    """Blind target busy: back to who transferred, or on in the scenario."""
    house, anna, jan = House({"103": Callee(after=5, code=486)}), leg("anna"), leg("jan")
    house.record = anna
    both = member(anna, "anna", phone=False), member(jan, "jan")
    talking = asyncio.create_task(Connection(anna, *both, house.switch).run())
    await asyncio.sleep(1)
    assert jan.refers_to("103")
    await asyncio.sleep(1)
    if not stays:
        jan.hangs_up()
        assert await talking == 486
        return
    await asyncio.sleep(10)
    assert house.said == [("jan", "blind 486")]
    assert hears(anna) == "jan"
    assert jan.told[-1] == ("103", 486)
    jan.hangs_up()
    assert await talking == 0


@simulated
async def test_who_is_put_through_to_nobody_is_told_so() -> None:
    """The caller never stays in silence: nor one who was called, and has no scenario."""
    house, anna, jan = House({"103": Callee(after=5, code=486)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert anna.refers_to("103")
    anna.hangs_up()
    assert await talking == 0
    assert house.said == [("jan", "sorry 486")]
    assert jan.over


@simulated
async def test_attended_two_calls_become_one() -> None:
    house = House()
    anna, jan, second, ewa = leg("anna"), leg("jan"), leg("second"), leg("ewa")
    first = house.connect(anna, jan)
    await asyncio.sleep(1)
    jan.hold()
    members = member(second, "jan"), member(ewa, "ewa")
    other = asyncio.create_task(Connection(second, *members, house.switch).run())
    await asyncio.sleep(1)
    assert hears(anna) == "music"
    assert jan.refers_to("103", second.sip_id)
    await asyncio.sleep(1)
    assert hears(anna) == "ewa"
    assert (jan.over, second.over) == (True, True)
    assert jan.told == [("103", 200)]
    assert handed(anna) == [("jan", "ewa", "attended")]
    assert handed(second) == [("jan", "anna", "attended")]
    anna.hangs_up()
    assert await first == 0
    assert await other == 0
    assert ewa.over


@simulated
async def test_two_who_name_each_others_calls_at_once() -> None:
    """Neither waits for the other for ever: each is told that there is no such call now."""
    house = House()
    anna, jan, second, ewa = leg("anna"), leg("jan"), leg("second"), leg("ewa")
    first = house.connect(anna, jan)
    members = member(second, "jan"), member(ewa, "ewa")
    other = asyncio.create_task(Connection(second, *members, house.switch).run())
    await asyncio.sleep(1)
    assert jan.refers_to("103", second.sip_id)
    assert second.refers_to("101", jan.sip_id)
    await asyncio.sleep(5)
    told = [code for _, code in jan.told + second.told]
    assert sorted(told) in ([200, 481], [481, 481])
    for one in (anna, jan, second, ewa):
        if not one.over:
            one.hangs_up()
    await asyncio.gather(first, other)
    assert all(one.over for one in (anna, jan, ewa))


@pytest.mark.parametrize(
    ("target", "replaces"), [("103", ""), ("103", "nobody"), ("103", "second-id")]
)
@simulated
async def test_a_dialog_of_nobody_or_of_somebody_else(target: str, replaces: str) -> None:
    """It joins nobody, and calls nobody."""
    house = House()
    anna, jan, second, ewa = leg("anna"), leg("jan"), leg("second"), leg("ewa")
    first, other = house.connect(anna, jan), house.connect(second, ewa)
    await asyncio.sleep(1)
    assert jan.refers_to(target, replaces)
    await asyncio.sleep(5)
    assert jan.told == [("103", 481)]
    assert (hears(anna), hears(second)) == ("jan", "ewa")
    assert not house.phones.legs
    for one in (anna, second):
        one.hangs_up()
    await asyncio.gather(first, other)


@simulated
async def test_a_call_that_nobody_has_answered_yet() -> None:
    """It is ended, and the target called for the one who is put through."""
    house, anna, jan = House({"103": Callee(after=5, talks=9)}), leg("anna"), leg("jan")
    second = FakeLeg(id="second", sip_id="second-id", sleep=asyncio.sleep)
    talking = house.connect(anna, jan)
    with house.connections.calling(second, "jan"):
        await asyncio.sleep(1)
        assert jan.refers_to("103", "second-id")
        await asyncio.sleep(1)
    assert second.over
    assert hears(anna) == "ringback"
    assert await talking == 0
    assert handed(anna) == [("jan", "103", "blind")]


async def fetched(house: House, place: str, by: FakeLeg) -> bool:
    """Fetch who waits at a place, as a handler does; return whether anybody was there."""
    loan = house.lot.fetch(place, member(by, by.id))
    if loan is not None:
        await loan.returned()
    return loan is not None


@simulated
async def test_parked_and_fetched() -> None:
    house, anna, jan, ewa = House(), leg("anna"), leg("jan"), leg("ewa")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert jan.refers_to("*70")
    await asyncio.sleep(1)
    assert (hears(anna), jan.over, house.lot.at("*70")) == ("music", True, "anna")
    fetching = asyncio.create_task(fetched(house, "*70", ewa))
    await asyncio.sleep(1)
    assert hears(anna) == "ewa"
    assert not house.lot.at("*70")
    assert not await fetched(house, "*70", jan)
    anna.hangs_up()
    assert await talking == 0
    assert await fetching
    assert not ewa.over, "it belongs to its own handler"
    assert handed(anna) == [("jan", "*70", "park"), ("*70", "ewa", "fetched")]


@simulated
async def test_a_place_that_is_taken() -> None:
    """Refused with a sentence, while the other one hears music; they talk on."""
    house, anna, jan = House(), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    with house.lot.parked("*70", "somebody"):
        await asyncio.sleep(1)
        assert jan.refers_to("*70")
        await asyncio.sleep(5)
    assert jan.told == [("*70", 486)]
    assert house.said == [("jan", "park 486")]
    assert hears(anna) == "jan"
    jan.hangs_up()
    await talking


@pytest.mark.parametrize(("code", "answers"), [(200, True), (486, False)])
@simulated
async def test_whom_nobody_fetches(code: int, answers: bool) -> None:
    """After two minutes it rings back who parked, then on."""
    house = House({"102": Callee(after=5, code=code, talks=30)})
    anna, jan = leg("anna"), leg("jan")
    both = member(anna, "anna", phone=False), member(jan, "jan")
    house.record = anna
    talking = asyncio.create_task(Connection(anna, *both, house.switch).run())
    await asyncio.sleep(1)
    assert jan.refers_to("*71")
    await asyncio.sleep(119)
    assert hears(anna) == "music"
    await asyncio.sleep(3)
    assert hears(anna) == "ringback"
    assert not house.lot.at("*71")
    if answers:
        await asyncio.sleep(6)
        assert hears(anna) == house.phones.legs[0].id
        assert handed(anna)[1] == ("*71", "102", "recalled")
    assert await talking == (0 if answers else 486)


@simulated
async def test_who_is_parked_may_leave() -> None:
    house, anna, jan = House(), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert jan.refers_to("*70")
    await asyncio.sleep(5)
    anna.hangs_up()
    assert await talking == 0
    assert not house.lot.at("*70")


@simulated
async def test_a_phone_that_holds_is_told_by_notify_only() -> None:
    """The other one goes on to hear music until it is back."""
    house, anna, jan = House({"103": Callee(after=2, code=486)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    jan.hold()
    assert jan.refers_to("103")
    await asyncio.sleep(5)
    assert jan.told[-1] == ("103", 486)
    assert not house.said
    assert hears(anna) == "music"
    jan.resumes()
    await asyncio.sleep(1)
    assert hears(anna) == "jan"
    anna.hangs_up()
    await talking


@simulated
async def test_a_fault_while_one_is_put_through_ends_no_conversation() -> None:
    class Broken(House):
        @contextlib.asynccontextmanager
        async def ringing(
            self, mover: Member, waits: Member, target: str
        ) -> AsyncIterator[Member | int]:
            raise CallError("a fault, says the test")
            yield 0

    house, anna, jan = Broken(), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert jan.refers_to("103")
    await asyncio.sleep(5)
    assert jan.told[-1] == ("103", 503)
    assert hears(anna) == "jan"
    anna.hangs_up()
    await talking


@simulated
async def test_a_phone_is_told_where_the_line_closes_meanwhile() -> None:
    house, anna, jan = House({"105": Callee(after=None)}), leg("anna"), leg("jan")
    talking = house.connect(anna, jan)
    await asyncio.sleep(1)
    assert jan.refers_to("105")
    await asyncio.sleep(5)
    talking.cancel()
    await asyncio.wait((talking,))
    assert jan.told == [("105", 180), ("105", 503)]
    assert not house.phones.left


@simulated
async def test_typed_numbers_ring_for_both() -> None:
    """Who has no key for it hears how it goes, and the other one, too."""
    house, anna, jan = House({"103": Callee(after=5, talks=9)}), leg("anna"), leg("jan")
    house.record = anna
    both = member(anna, "anna", phone=False), member(jan, "jan", types=True)
    talking = asyncio.create_task(Connection(anna, *both, house.switch).run())
    await asyncio.sleep(1)
    anna.presses("*2103#")
    jan.presses("*2103#")
    await asyncio.sleep(3)
    assert jan.pressed == "*2103#", "a caller's keys are relayed"
    assert (hears(anna), hears(jan)) == ("ringback", "ringback")
    await asyncio.sleep(4)
    assert jan.over
    assert hears(anna) == house.phones.legs[0].id
    assert await talking == 0
    assert not jan.told
    assert handed(anna) == [("jan", "103", "code")]


async def consulting(house: House) -> "tuple[FakeLeg, FakeLeg, asyncio.Task[int]]":
    """Return a caller, and one who asks somebody else by now, or is about to."""
    anna, jan = leg("anna"), leg("jan")
    house.record = anna
    both = member(anna, "anna", phone=False), member(jan, "jan", types=True)
    talking = asyncio.create_task(Connection(anna, *both, house.switch).run())
    await asyncio.sleep(1)
    jan.presses("*3103#")
    await asyncio.sleep(4)
    return anna, jan, talking


@simulated
async def test_who_asks_first_by_keys_and_hangs_up_then() -> None:
    house = House({"103": Callee(after=5, talks=60)})
    anna, jan, talking = await consulting(house)
    assert (hears(anna), hears(jan)) == ("music", "ringback")
    await asyncio.sleep(4)
    (ewa,) = house.phones.legs
    assert (hears(anna), hears(jan)) == ("music", ewa.id)
    assert house.seen == ["jan"]
    jan.presses("5")
    await asyncio.sleep(1)
    assert ewa.pressed == "5"
    jan.hangs_up()
    await asyncio.sleep(1)
    assert hears(anna) == ewa.id
    assert await talking == 0
    assert handed(anna) == [("jan", "103", "attended")]
    assert not house.phones.left


@pytest.mark.parametrize(
    ("callee", "back"),
    [
        (Callee(after=1), "*"),
        (Callee(after=1, talks=4), ""),
        (Callee(after=1, code=486), ""),
        (Callee(after=None), ""),
    ],
)
@simulated
async def test_who_has_asked_in_vain_is_back(callee: Callee, back: str) -> None:
    house = House({"103": callee})
    anna, jan, talking = await consulting(house)
    jan.presses(back)
    await asyncio.sleep(40)
    assert hears(anna) == "jan"
    assert not house.phones.left
    assert jan.pressed == anna.pressed == ""
    jan.hangs_up()
    assert await talking == 0
    assert handed(anna) == []


@simulated
async def test_who_hangs_up_while_the_one_to_be_asked_rings() -> None:
    """As if it had been blind: the one who waited hears it ring."""
    house = House({"103": Callee(after=5, talks=9)})
    anna, jan, talking = await consulting(house)
    jan.hangs_up()
    await asyncio.sleep(2)
    assert hears(anna) == "ringback"
    assert house.seen == ["jan", "anna"]
    assert await talking == 0
    assert handed(anna) == [("jan", "103", "code")]


@simulated
async def test_who_waits_may_leave_while_somebody_is_asked() -> None:
    """The two talk on, and are told in the end."""
    house = House({"103": Callee(after=1, talks=9)})
    anna, jan, talking = await consulting(house)
    anna.hangs_up()
    await asyncio.sleep(3)
    assert hears(jan) == house.phones.legs[0].id
    assert await talking == 0
    assert jan.over


@simulated
async def test_what_may_not_be_called_is_not_asked_either() -> None:
    house, anna, jan = House(), leg("anna"), leg("jan")
    house.record = anna
    both = member(anna, "anna", phone=False), member(jan, "jan", types=True)
    talking = asyncio.create_task(Connection(anna, *both, house.switch).run())
    await asyncio.sleep(1)
    jan.presses("*3999#")
    await asyncio.sleep(9)
    assert house.said == [("jan", "blind 403")]
    assert not house.phones.legs
    anna.hangs_up()
    await talking


@pytest.mark.parametrize("again", [0, 1])
@pytest.mark.parametrize("target", ["103", "*70", "104", "*3103#"])
@simulated
async def test_whoever_is_cancelled_leaves_nobody(target: str, again: int) -> None:
    house, anna, jan = House(), leg("anna"), leg("jan")

    async def history() -> None:
        nonlocal house, anna, jan
        callees = {"103": Callee(after=5, talks=9), "104": Callee(after=2, code=486)}
        house, anna, jan = House(callees | {"102": Callee(after=2, talks=5)}), leg("a"), leg("jan")
        loop = asyncio.get_running_loop()
        loop.call_later(1, jan.presses if target[:2] == "*3" else jan.refers_to, target)
        loop.call_later(200, jan.hangs_up)
        house.record = anna
        jans = member(jan, "jan", types=True)
        await Connection(anna, member(anna, "anna"), jans, house.switch).run()

    async def settled() -> None:
        await asyncio.sleep(300)
        assert not house.phones.left
        assert not house.lot.at("*70")
        assert jan.over
        assert not anna.loops
        assert not anna.partners

    assert await at_every_wait(history, settled, again=again) > 3


MOMENTS = st.sampled_from([0.0, 1.0, 2.5, 7.0, 60.0])
TYPED = ("typed *2103#", "typed *2104#", "typed *3103#", "typed *")
REFERRED = ("103", "104", "105", "*70", "999")
ACTS = st.sampled_from(["hold", "resumes", "hangs_up", "replaces", "fetch", *REFERRED, *TYPED])


@given(
    acts=st.lists(st.tuples(MOMENTS, st.sampled_from(["anna", "jan", "second", "ewa"]), ACTS)),
)
@example(
    [(1.0, "anna", "*70"), (1.0, "anna", "fetch"), (1.0, "jan", "*70"), (0.0, "anna", "fetch")]
)
def test_random_histories(acts: list[tuple[float, str, str]]) -> None:
    """Nobody is in silence but who holds or puts through; in the end nobody is left or waits."""

    @simulated
    async def history() -> None:
        callees = {
            "103": Callee(after=5, talks=40),
            "104": Callee(after=2, code=486),
            "105": Callee(after=None),
            "102": Callee(after=3, talks=9),
        }
        house = House(callees)
        legs = {name: leg(name) for name in ("anna", "jan", "second", "ewa")}
        anna, jan, second, ewa = legs.values()
        house.record = anna
        members = member(anna, "anna", types=True), member(jan, "jan", types=True)
        talks = [asyncio.create_task(Connection(anna, *members, house.switch).run())]
        members = member(second, "jan", types=True), member(ewa, "ewa", types=True)
        talks.append(asyncio.create_task(Connection(second, *members, house.switch).run()))
        fetching: list[asyncio.Task[bool]] = []
        fetchers: list[FakeLeg] = []
        movers: set[str] = set()
        await asyncio.sleep(1)
        for wait, who, act in acts:
            one = legs[who]
            match act:
                case "replaces":
                    other = {"jan": second, "second": jan}.get(who, anna)
                    movers |= {who} if one.refers_to("1", other.sip_id) else set()
                case "fetch":
                    fetchers.append(leg(f"fetcher-{len(fetching)}"))
                    fetching.append(asyncio.create_task(fetched(house, "*70", fetchers[-1])))
                case "hold" | "resumes" | "hangs_up":
                    getattr(one, act)()
                case _ if act.startswith("typed"):
                    one.presses(act.partition(" ")[2])
                    movers.add(who)
                case _:
                    movers |= {who} if one.refers_to(act) else set()
            await asyncio.sleep(wait)
        await asyncio.sleep(0.5)
        quiet = [
            name
            for name, one in legs.items()
            if not (one.over or hears(one) or one.holds or name in movers | house.spoken_to)
        ]
        ended = [name for name, task in zip(("anna", "second"), talks, strict=True) if task.done()]
        assert set(quiet) <= set(ended), "whose connection is over belongs to its handler"
        await asyncio.sleep(400)
        for one in (*legs.values(), *fetchers):  # two who fetch may be left with each other
            if not one.over:
                one.hangs_up()
        assert await asyncio.wait_for(asyncio.gather(*talks), 400) is not None
        await asyncio.wait_for(asyncio.gather(*fetching), 400)
        assert not house.phones.left
        assert not house.lot.at("*70")
        for one in legs.values():
            final = [code for _, code in one.told if code >= 200]
            assert len(final) <= sum(who == one.id for _, who, _ in acts)

    history()
