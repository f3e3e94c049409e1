"""Ringing on legs without a network: who wins, who is told what, and that nobody is left."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sipagent.errors import HungUp, SpeechError
from sipagent.speech.clip import Clip
from sipagent.switching.ring import Called, Order, Plan
from sipagent.switching.ringing import Pickup, Rang, Sounds, Words, ringing
from sipagent.switching.talking import Talking
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.outcome import ELSEWHERE, Reached
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin
from sipagent.telephony.script import Press
from tests.cancelling import at_every_wait
from tests.simulated import simulated

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Sound:
    """Something that is heard."""

    key: str
    text: str = "(a sound)"

    async def clip(self) -> Clip:
        return Clip(Path(), 2.0)

    def meanwhile(self) -> None:
        """Nothing is heard while it is made."""


class Unspoken(Sound):
    """Something that cannot be said."""

    async def clip(self) -> Clip:
        raise SpeechError("the voice is gone")


SOUNDS = Sounds(Sound("ringback"), Words(Sound("press-1"), Sound("taken")))


def called(*extensions: str, confirm: Sequence[str] = ()) -> list[Called]:
    return [Called(Party(extension=one), one in confirm) for one in extensions]


async def rung(phones: FakePhones, plan: Plan, caller: FakeLeg | None = None) -> Rang:
    """Ring, hang up on who has answered at once, and see that nobody is left."""
    caller = caller or FakeLeg()
    async with ringing(phones, caller, plan, SOUNDS) as rang:
        assert caller.loops == []
        assert rang.leg is None or not rang.leg.over
    nobody_is_left(phones, caller)
    return rang


def nobody_is_left(phones: FakePhones, caller: FakeLeg) -> None:
    assert not phones.left
    assert not caller.loops
    assert not caller.partners


def legs(phones: FakePhones) -> list[str]:
    return [leg.called for leg in phones.legs]


def now() -> float:
    return asyncio.get_running_loop().time()


@simulated
async def test_the_first_wins_and_the_others_are_told_so() -> None:
    phones = FakePhones({"100": Callee(after=9), "101": Callee(after=4), "102": Callee(after=None)})
    caller = FakeLeg()
    async with ringing(phones, caller, Plan(called("100", "101", "102")), SOUNDS) as rang:
        assert rang.leg is phones.legs[1]
        assert rang.party == Party(extension="101")
        assert now() == 4
        await asyncio.sleep(1)
        assert [leg.cause for leg in phones.legs] == [ELSEWHERE, None, ELSEWHERE]
        assert [leg.over for leg in phones.legs] == [True, False, True]
    nobody_is_left(phones, caller)
    assert [heard.key for heard in caller.transcript] == ["ringback"]
    ends = [event.details for event in caller.timeline if event.kind == "second-leg-over"]
    reason = "Call completed elsewhere"
    assert sorted(ends, key=str) == [
        {"sip_id": "fake-1-sip", "code": 487, "reason": reason},
        {"sip_id": "fake-3-sip", "code": 487, "reason": reason},
    ]


@simulated
async def test_two_answer_in_the_same_moment() -> None:
    """Two members answer within one poll: one is joined; the other gets ACK, hears "already taken",
    BYE; the record says answered elsewhere."""
    phones = FakePhones({"100": Callee(after=4), "101": Callee(after=4)})
    caller = FakeLeg()
    async with ringing(phones, caller, Plan(called("100", "101")), SOUNDS) as rang:
        assert rang.leg is phones.legs[0]
        await phones.legs[1].wait_over()
        assert phones.legs[1].heard == ["taken"]
        assert phones.legs[1].cause == ELSEWHERE
    nobody_is_left(phones, caller)


@simulated
async def test_who_is_just_being_dialled_is_told_too() -> None:
    """Their telephone rings before this end knows of the leg."""
    phones = FakePhones({"100": Callee(after=0.5), "101": Callee(after=None)}, slow=1)
    async with ringing(phones, FakeLeg(), Plan(called("100", "101"), stagger=0.5), SOUNDS):
        assert now() == 1
        await phones.legs[1].wait_over()
        assert phones.legs[1].cause == ELSEWHERE


@simulated
async def test_a_number_that_the_network_forbids_is_shown_no_more() -> None:
    """Once more with the other one, and not again."""
    phones, caller = FakePhones({"100": Callee(after=1, code=403)}), FakeLeg()
    shown, own = Origin("+48600100100", "line"), Origin(None, "line")
    plan = Plan([Called(Party(extension="100"), origin=shown, fallback=own)])
    async with ringing(phones, caller, plan, SOUNDS) as rang:
        assert (rang.reached, rang.code) == (Reached.FAILED, 403)
    assert phones.origins == [shown, own]
    nobody_is_left(phones, caller)


@simulated
async def test_another_refusal_is_one() -> None:
    phones = FakePhones({"100": Callee(code=486)})
    plan = Plan([Called(Party(extension="100"), fallback=Origin("1"))])
    assert (await rung(phones, plan)).reached is Reached.BUSY
    assert len(phones.legs) == 1


@simulated
async def test_one_after_another() -> None:
    phones = FakePhones({"100": Callee(after=None), "101": Callee(code=486), "102": Callee()})
    rang = await rung(phones, Plan(called("100", "101", "102"), Order.IN_TURN, each=10))
    assert rang.leg is phones.legs[2]
    assert now() == 10
    assert [leg.cause for leg in phones.legs] == [None, None, None]


@simulated
async def test_a_dead_phone_costs_what_its_time_is() -> None:
    phones = FakePhones({"100": Callee(after=None), "101": Callee(after=1)})
    await rung(phones, Plan(called("100", "101"), Order.IN_TURN, each=2))
    assert now() == 3


@pytest.mark.parametrize(
    ("callees", "reached", "code"),
    [
        ((Callee(code=486), Callee(code=603)), Reached.BUSY, 486),
        ((Callee(code=486), Callee(after=None)), Reached.NO_ANSWER, 0),
        ((Callee(code=404), Callee(code=500)), Reached.FAILED, 404),
        ((), Reached.FAILED, 0),
    ],
)
@simulated
async def test_nobody_takes_the_call(
    callees: tuple[Callee, ...], reached: Reached, code: int
) -> None:
    extensions = [str(100 + n) for n, _ in enumerate(callees)]
    phones = FakePhones(dict(zip(extensions, callees, strict=True)))
    rang = await rung(phones, Plan(called(*extensions), seconds=20))
    assert (rang.leg, rang.reached, rang.code) == (None, reached, code)


@simulated
async def test_who_may_not_be_called_has_failed() -> None:
    phones = FakePhones(refused=["100"])
    rang = await rung(phones, Plan(called("100")))
    assert rang.reached is Reached.FAILED
    assert "may not be called" in rang.reason


@simulated
async def test_the_caller_hangs_up_while_it_rings() -> None:
    phones = FakePhones({"100": Callee(after=None), "101": Callee(after=9)})
    caller = FakeLeg()
    asyncio.get_running_loop().call_later(5, caller.hangs_up)
    with pytest.raises(HungUp):
        await rung(phones, Plan(called("100", "101")), caller)
    nobody_is_left(phones, caller)
    assert [leg.cause for leg in phones.legs] == [None, None], "nobody has taken the call"


@simulated
async def test_a_voicemail_does_not_swallow_the_caller() -> None:
    phones = FakePhones({"100": Callee(after=3), "101": Callee(after=9)})
    rang = await rung(phones, Plan(called("100", "101", confirm=["100"])))
    assert rang.leg is phones.legs[1]
    assert phones.legs[0].heard == ["press-1", "taken"]


@simulated
async def test_nobody_presses_the_key() -> None:
    phones = FakePhones({"100": Callee(after=3, script=["2"])})
    rang = await rung(phones, Plan(called("100", confirm=["100"])))
    assert (rang.leg, rang.reached) == (None, Reached.NO_ANSWER)
    assert now() < 20


@simulated
async def test_a_question_that_cannot_be_asked_keeps_nobody_waiting() -> None:
    """Neither the caller, who would wait for ever, nor whoever is called next."""
    phones = FakePhones({"100": Callee(after=2), "101": Callee(after=2)})
    plan = Plan(called("100", "101", confirm=["100"]), Order.IN_TURN)
    sounds = Sounds(Sound("ringback"), Words(Unspoken("press-1")))
    async with ringing(phones, FakeLeg(), plan, sounds) as rang:
        assert rang.leg is phones.legs[1]
        assert now() == 4
    assert not phones.left
    async with ringing(phones, FakeLeg(), Plan(called("100", confirm=["100"])), sounds) as rang:
        assert (rang.leg, rang.reached) == (None, Reached.NO_ANSWER)
        assert rang.reason == "a fault of this line"


@simulated
async def test_the_key_takes_the_call() -> None:
    phones = FakePhones({"100": Callee(after=3, script=["1"]), "101": Callee(after=None)})
    rang = await rung(phones, Plan(called("100", "101", confirm=["100"])))
    assert rang.leg is phones.legs[0]
    assert phones.legs[1].cause == ELSEWHERE


@simulated
async def test_the_only_one_who_rings_is_heard() -> None:
    phones = FakePhones({"100": Callee(after=6, early=2)})
    caller = FakeLeg()
    asking = asyncio.create_task(rung(phones, Plan(called("100")), caller))
    await asyncio.sleep(1)
    assert caller.loops == ["ringback"]
    await asyncio.sleep(2)
    assert caller.loops == []
    assert caller.partners == [phones.legs[0]]
    await asking


@simulated
async def test_whoever_waits_may_hear_something_else() -> None:
    """In a queue the caller hears music and announcements, whoever is being called."""
    phones, caller = FakePhones({"100": Callee(after=6, early=2)}), FakeLeg()
    async with ringing(phones, caller, Plan(called("100")), Sounds(None)) as rang:
        assert rang.leg is not None
    assert caller.transcript == []


@simulated
async def test_a_party_that_has_moved_is_called_where_it_is() -> None:
    moved = Callee(code=302, moved_to="sip:office@192.0.2.7")
    phones = FakePhones({"100": moved, "sip:office@192.0.2.7": Callee(after=2)})
    caller = FakeLeg()
    rang = await rung(phones, Plan(called("100")), caller)
    assert rang.leg is phones.legs[1]
    kinds = [event.kind for event in caller.timeline if event.kind.startswith(("second", "moved"))]
    assert kinds == ["second-leg", "second-leg-over", "moved", "second-leg"]


@simulated
async def test_nobody_is_sent_on_for_ever() -> None:
    there = "sip:there@192.0.2.7"
    phones = FakePhones({there: Callee(code=302, moved_to=there)})
    rang = await rung(phones, Plan([Called(Party(uri=there))]))
    assert (rang.reached, rang.code) == (Reached.FAILED, 302)
    assert len(phones.legs) == 4


@simulated
async def test_whom_the_called_sees() -> None:
    phones = FakePhones({"100": Callee()})
    origin = Origin("+48600100100", "infolinia", "infolinia")
    async with ringing(phones, FakeLeg(), Plan(called("100")), SOUNDS, origin):
        assert phones.origins == [origin]


@pytest.mark.parametrize("again", [0, 1, 2])
@simulated
async def test_whoever_is_cancelled_leaves_nothing(again: int) -> None:
    """At each wait from the first INVITE to the last BYE, and again while it cleans up."""
    phones, caller = FakePhones(), FakeLeg()

    async def call() -> None:
        nonlocal phones, caller
        caller = FakeLeg()
        script = [Press("1")]
        phones = FakePhones(
            {
                "100": Callee(after=2, code=486),
                "101": Callee(after=9, early=1),
                "102": Callee(after=4, script=script, talks=20),
                "103": Callee(code=302, moved_to="sip:office@192.0.2.7"),
                "sip:office@192.0.2.7": Callee(after=4),
            }
        )
        plan = Plan(called("100", "101", "102", "103", confirm=["102", "103"]), stagger=0.5)
        async with ringing(phones, caller, plan, SOUNDS) as rang:
            assert rang.leg is not None
            await Talking(caller, rang.leg).parted()

    async def settled() -> None:
        await asyncio.sleep(0)
        nobody_is_left(phones, caller)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others

    assert await at_every_wait(call, settled, again=again) > 10


ANNA = Party(extension="105", name="Anna Nowak")


@simulated
async def test_who_was_not_called_picks_the_call_up() -> None:
    phones, pickup, anna = FakePhones({"100": Callee(after=None)}), Pickup(), FakeLeg()
    caller = FakeLeg()
    loop = asyncio.get_running_loop()
    taking: list[asyncio.Task[bool]] = []
    loop.call_later(3, lambda: taking.append(asyncio.ensure_future(pickup.take(anna, ANNA))))
    plan = Plan(called("100"))
    async with ringing(phones, caller, plan, SOUNDS, pickup=pickup) as rang:
        assert (rang.leg, rang.party) == (anna, ANNA)
        assert await taking[0]
        await phones.legs[0].wait_over()
        assert phones.legs[0].cause == ELSEWHERE
        assert not await pickup.take(FakeLeg(), ANNA), "it rings no more"
    nobody_is_left(phones, caller)
    assert not anna.over, "their own call ends their leg"


@simulated
async def test_two_pick_up_one_call() -> None:
    phones, pickup = FakePhones({"100": Callee(after=None)}), Pickup()
    legs = FakeLeg(id="first"), FakeLeg(id="second")
    both = [asyncio.ensure_future(pickup.take(leg, ANNA)) for leg in legs]
    async with ringing(phones, FakeLeg(), Plan(called("100")), SOUNDS, pickup=pickup) as rang:
        assert rang.leg is legs[0]
        assert await asyncio.gather(*both) == [True, False]


@simulated
async def test_who_is_called_answers_in_the_moment_in_which_somebody_picks_up() -> None:
    """One has the call, whoever it is, and the other one knows that it is gone."""
    phones, pickup, anna = FakePhones({"100": Callee(after=2)}), Pickup(), FakeLeg()
    taking: list[asyncio.Task[bool]] = []
    loop = asyncio.get_running_loop()
    loop.call_later(2, lambda: taking.append(asyncio.ensure_future(pickup.take(anna, ANNA))))
    async with ringing(phones, FakeLeg(), Plan(called("100")), SOUNDS, pickup=pickup) as rang:
        await asyncio.sleep(1)
        assert await taking[0] == (rang.leg is anna)
        assert phones.legs[0].over == (rang.leg is anna)


DEAD, LIVING = "sip:100@192.0.2.1", "sip:101@192.0.2.2"


@pytest.mark.parametrize("order", Order)
@simulated
async def test_a_phone_that_is_switched_off_costs_two_seconds(order: Order) -> None:
    phones = FakePhones({DEAD: Callee(dead=True), LIVING: Callee(after=5)})
    dead, living = (Party(extension=uri[4:7], contact=uri) for uri in (DEAD, LIVING))
    rang = await rung(phones, Plan([Called(dead), Called(living)], order, seconds=60))
    assert rang.party == living
    assert rang.signs == {dead: False, living: True}
    assert now() == 5 + (2 if order is Order.IN_TURN else 0)


@simulated
async def test_where_all_phones_are_switched_off_that_is_known_in_two_seconds() -> None:
    phones, caller = FakePhones({DEAD: Callee(dead=True)}), FakeLeg()
    plan = Plan([Called(Party(extension="100", contact=DEAD))])
    async with ringing(phones, caller, plan, SOUNDS) as rang:
        assert (rang.leg, rang.reached) == (None, Reached.FAILED)
        assert rang.reason == "gives no sign of life"
        assert now() == 2
    nobody_is_left(phones, caller)


@simulated
async def test_who_refuses_is_there() -> None:
    phones = FakePhones({LIVING: Callee(code=486)})
    party = Party(extension="101", contact=LIVING)
    rang = await rung(phones, Plan([Called(party)]))
    assert (rang.reached, rang.signs) == (Reached.BUSY, {party: True})


@simulated
async def test_a_phone_that_sends_the_call_on_is_there_whoever_is_silent_then() -> None:
    """It would not be rung for five minutes, and a network may need more than two seconds."""
    there = "sip:office@192.0.2.7"
    phones = FakePhones({LIVING: Callee(code=302, moved_to=there), there: Callee(dead=True)})
    party = Party(extension="101", contact=LIVING)
    rang = await rung(phones, Plan([Called(party)], seconds=20))
    assert (rang.reached, rang.signs) == (Reached.NO_ANSWER, {party: True})
    assert now() == 20


@simulated
async def test_each_hears_its_own_language() -> None:
    phones = FakePhones({"100": Callee(after=1), "101": Callee(after=2)})
    mobiles = called("100", "101", confirm=["100", "101"])
    sounds = Sounds(
        Sound("ringback"),
        Words(Sound("press-1")),
        own={mobiles[1].party: Words(Sound("press-1-in-english"))},
    )
    async with ringing(phones, FakeLeg(), Plan(mobiles), sounds):
        assert [leg.heard for leg in phones.legs] == [["press-1"], ["press-1-in-english"]]
