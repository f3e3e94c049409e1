"""Callers who wait in a queue: who is rung for them, what they hear, where they go on to."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.model import Outside
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.outcome import ELSEWHERE
from tests.exchange.house import ANNAS, EWAS, JANS
from tests.exchange.queues.work import ANNA, EWA, Work, caller, firm
from tests.simulated import simulated

pytestmark = pytest.mark.unit

RINGS = Callee(after=None)


async def until(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(seconds - loop.time())


def outcomes(work: Work) -> list[str]:
    return [row[0] for row in work.rows("SELECT outcome FROM queue_calls ORDER BY id")]


@simulated
async def test_a_caller_hears_music_until_a_member_answers_and_then_they_talk(
    tmp_path: Path,
) -> None:
    async with Work({ANNAS: Callee(after=5, talks=60)}).begun(tmp_path) as work:
        call = caller()
        taking = asyncio.create_task(work.take(call, tmp_path))
        await until(4)
        assert call.answered
        assert call.loops == ["tone.music"]
        await until(6)
        assert call.partners == work.phones.legs
        assert not call.loops
        await taking
        ((queue, outcome, member, waited, talked),) = work.rows(
            "SELECT queue, outcome, member, waited, talked FROM queue_calls"
        )
        assert (queue, outcome, member) == ("Serwis", "answered", str(ANNA))
        assert (round(waited), round(talked)) == (5, 60)
        (offer,) = work.rows("SELECT member, party, outcome FROM queue_offers")
        assert offer == (str(ANNA), "Anna Nowak <101>", "answered")
        states = work.rows("SELECT member, state FROM queue_states WHERE state <> 'in'")
        assert states == [(str(ANNA), state) for state in ("ring", "talk", "idle")]


@simulated
async def test_in_order_the_next_member_is_rung_after_the_first_has_missed_it(
    tmp_path: Path,
) -> None:
    work = Work({ANNAS: RINGS, EWAS: Callee(after=3, talks=5)})
    async with work.begun(tmp_path):
        await work.take(caller(), tmp_path)
        offers = work.rows("SELECT member, outcome FROM queue_offers ORDER BY id")
        assert offers == [(str(ANNA), "missed"), (str(EWA), "answered")]


@simulated
async def test_all_free_members_ring_and_the_others_are_told_that_it_is_taken(
    tmp_path: Path,
) -> None:
    work = Work({ANNAS: RINGS, EWAS: Callee(after=3, talks=5)}, there=firm(strategy="all"))
    async with work.begun(tmp_path):
        await work.take(caller(), tmp_path)
        anna, ewa = work.phones.legs
        assert (anna.cause, ewa.cause) == (ELSEWHERE, None)
        offers = work.rows("SELECT member, outcome FROM queue_offers ORDER BY id")
        assert offers == [(str(ANNA), "elsewhere"), (str(EWA), "answered")]


@simulated
async def test_two_answer_at_once_and_one_is_joined(tmp_path: Path) -> None:
    """Two members answer within one poll: one is joined; the other gets ACK, hears "already
    taken", BYE; the record says answered elsewhere.
    """
    both = Callee(after=3, talks=20)
    work = Work({ANNAS: both, EWAS: both}, there=firm(strategy="all"))
    async with work.begun(tmp_path):
        call = caller()
        await work.take(call, tmp_path)
        first, second = work.phones.legs
        assert (first.cause, second.cause) == (None, ELSEWHERE)
        assert second.heard == ["exchange.taken"]
        offers = work.rows("SELECT outcome FROM queue_offers ORDER BY id")
        assert offers == [("answered",), ("elsewhere",)]


@simulated
async def test_who_answers_and_hangs_up_before_the_caller_is_joined_costs_no_place(
    tmp_path: Path,
) -> None:
    """The winner hangs up before the caller is joined: the others still ring, the caller keeps the
    place.
    """
    work = Work(
        {ANNAS: Callee(after=3, talks=1), EWAS: Callee(after=8, talks=20)},
        there=firm(strategy="all", whisper=True),
    )
    async with work.begun(tmp_path):
        call = caller()
        taking = asyncio.create_task(work.take(call, tmp_path))
        await until(7)
        anna, ewa = work.phones.legs
        assert anna.over
        assert not ewa.over
        assert [one.id for one in work.dispatcher.machine.waiting("Serwis")] == [1]
        await taking
        assert outcomes(work) == ["answered"]
        assert ewa.heard == ["queue.whisper"]


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [({"longest": 30}, "too-long"), ({"members": ()}, "nobody")],
)
@simulated
async def test_who_waits_in_vain_goes_on_to_somebody_else(
    fields: dict[str, object], outcome: str, tmp_path: Path
) -> None:
    there = firm(leads={outcome: "user:Jan Kowal"}, **fields)
    work = Work({ANNAS: RINGS, EWAS: RINGS, JANS: Callee(after=1, talks=5)}, there=there)
    async with work.begun(tmp_path):
        call = caller()
        await work.take(call, tmp_path)
        (row,) = work.rows("SELECT outcome, led_on_to FROM queue_calls")
        assert row == (outcome, "user:Jan Kowal")
        assert work.phones.legs[-2].called == "102"


@simulated
async def test_the_last_member_logs_out_and_the_caller_goes_on_at_once(tmp_path: Path) -> None:
    """The last member logs out: the caller is told, and the next element follows, within 1 s."""
    work = Work({ANNAS: RINGS, EWAS: RINGS})
    async with work.begun(tmp_path):
        call = caller()
        taking = asyncio.create_task(work.take(call, tmp_path))
        await until(10)
        work.log_in("Serwis", ANNA, there=False)
        work.log_in("Serwis", EWA, there=False)
        await taking
        assert outcomes(work) == ["nobody"]
        assert call.heard == ["exchange.unreachable"]
        assert asyncio.get_running_loop().time() < 10 + 60, "no longer than the words take"


@simulated
async def test_who_hangs_up_leaves_nobody_ringing(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS, EWAS: RINGS}, there=firm(strategy="all"))
    async with work.begun(tmp_path):
        call = caller()
        walking = asyncio.create_task(work.walk(call, tmp_path))
        await until(4)
        call.hangs_up()
        await walking
        await until(5)
        assert not work.phones.left
        assert outcomes(work) == ["abandoned"]
        assert [row[0] for row in work.rows("SELECT outcome FROM queue_offers")] == [
            "withdrawn"
        ] * 2


@simulated
async def test_the_place_is_told_again_and_again(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS, EWAS: RINGS}, there=firm(announce=30, misses=0))
    async with work.begun(tmp_path):
        first, second = caller(name="a"), caller(name="b")
        walks = [asyncio.create_task(work.walk(one, tmp_path)) for one in (first, second)]
        await until(70)
        told = [one.text for one in second.transcript if one.key.startswith("queue.")]
        assert told == ["Państwa miejsce w kolejce: numer dwa.", "Liczba oczekujących: dwa."] * 2
        first.hangs_up()
        await until(100)
        assert "numer jeden" in second.words
        second.hangs_up()
        await asyncio.gather(*walks)


@simulated
async def test_a_member_talks_and_the_next_caller_waits_for_the_other_one(tmp_path: Path) -> None:
    talks = Callee(after=1, talks=30)
    async with Work({ANNAS: talks, EWAS: talks}).begun(tmp_path) as work:
        calls = [caller(name=str(one)) for one in range(3)]
        walks = [asyncio.create_task(work.walk(one, tmp_path)) for one in calls]
        await until(10)
        assert [bool(one.partners) for one in calls] == [True, True, False]
        await asyncio.gather(*walks)
        members = work.rows("SELECT member, round(waited) FROM queue_calls ORDER BY id")
        assert members == [(str(ANNA), 1.0), (str(EWA), 1.0), (str(ANNA), 32.0)]


@simulated
async def test_an_estimate_is_told_from_five_waits_on_and_never_rises(tmp_path: Path) -> None:
    """An estimate once told to a caller never rises."""
    there = firm(announce=60, misses=0, tells=("time",))
    work = Work({ANNAS: RINGS, EWAS: RINGS}, there=there)
    async with work.begun(tmp_path):
        estimates = work.dispatcher.estimates
        for waited in (100.0, 110.0, 90.0, 100.0):
            estimates.take("Serwis", waited, 1)
        call = caller()
        walk = asyncio.create_task(work.walk(call, tmp_path))
        await until(100)
        assert not [one for one in call.transcript if one.key.startswith("queue.")]
        estimates.take("Serwis", 100.0, 1)
        await until(150)
        for _ in range(20):
            estimates.take("Serwis", 300.0, 1)
        await until(250)
        for _ in range(20):
            estimates.take("Serwis", 10.0, 1)
        await until(350)
        told = [one.text for one in call.transcript if one.key.startswith("queue.")]
        assert told == [
            "Przewidywany czas oczekiwania: dwie minuty.",
            "Przewidywany czas oczekiwania: mniej niż minuta.",
        ]
        call.hangs_up()
        await walk


@simulated
async def test_a_dead_phone_costs_two_seconds_and_is_paused_after_three_calls(
    tmp_path: Path,
) -> None:
    """A dead phone costs 2 s, not 32; three misses pause it and tell somebody."""
    work = Work({ANNAS: Callee(dead=True), EWAS: Callee(after=3, talks=5)})
    async with work.begun(tmp_path):
        for at in range(3):
            await until(20 * at)
            call = caller(name=str(at))
            await work.walk(call, tmp_path)
        waits = work.rows("SELECT round(waited) FROM queue_calls ORDER BY id")
        assert waits == [(5.0,)] * 3
        assert work.told == [(ANNA, "Serwis")]
        await until(80)
        await work.walk(caller(name="4"), tmp_path)
        assert work.rows("SELECT round(waited) FROM queue_calls ORDER BY id")[3] == (3.0,)


@simulated
async def test_a_key_leaves_the_queue(tmp_path: Path) -> None:
    there = firm(leave_key="9", leads={"left": "user:Jan Kowal"})
    work = Work({ANNAS: RINGS, EWAS: RINGS, JANS: Callee(after=1, talks=5)}, there=there)
    async with work.begun(tmp_path):
        call = caller(script=["5", "9"])
        await work.walk(call, tmp_path)
        assert work.rows("SELECT outcome, led_on_to FROM queue_calls") == [
            ("left", "user:Jan Kowal")
        ]


@simulated
async def test_two_queues_that_lead_to_each_other_have_a_caller_once(tmp_path: Path) -> None:
    first = firm(longest=10, leads={"too-long": "queue:Biuro"})
    second = first.queues[0].model_copy(
        update={"name": "Biuro", "number": "1001", "leads": {"too-long": "queue:Serwis"}}
    )
    there = first.model_copy(update={"queues": (second, *first.queues)})
    async with Work({ANNAS: RINGS, EWAS: RINGS}, there=there).begun(tmp_path) as work:
        call = caller()
        await work.take(call, tmp_path)
        assert work.rows("SELECT queue, led_on_to FROM queue_calls ORDER BY id") == [
            ("Serwis", "queue:Biuro"),
            ("Biuro", None),
        ]
        assert call.heard == ["exchange.no-answer"]


@simulated
async def test_who_puts_a_caller_through_to_a_queue_lets_them_wait(tmp_path: Path) -> None:
    """The members see the caller, and wrap-up counts from the member's own end of talk."""
    work = Work({JANS: Callee(after=1), ANNAS: Callee(after=8, talks=20)})
    async with work.begun(tmp_path):
        call = caller()
        call.called = "+48221000202"
        walk = asyncio.create_task(work.walk(call, tmp_path))
        await until(3)
        jan = work.phones.legs[0]
        jan.refers_to("1000")
        await until(6)
        assert work.dispatcher.machine.waiting("Serwis")
        assert call.loops == ["tone.music"]
        await walk
        assert outcomes(work) == ["answered"]
        origin = work.phones.origins[-1]
        assert origin.shown == "+48600700700"


@simulated
async def test_a_call_of_their_own_keeps_a_member_free_of_queues_also_from_before(
    tmp_path: Path,
) -> None:
    """A member's private call makes it busy for queues."""
    work = Work({ANNAS: Callee(after=1, talks=5)}, there=firm(members=(str(ANNA),)))
    async with work.begun(tmp_path):
        work.log_in("Serwis", ANNA, there=False)
        with work.board.engaged("Anna Nowak"):
            work.log_in("Serwis", ANNA, there=True)
            walk = asyncio.create_task(work.walk(caller(), tmp_path))
            await until(30)
            assert not work.phones.legs
        await walk
        assert work.rows("SELECT round(waited) FROM queue_calls") == [(31.0,)]
        with work.board.engaged("Anna Nowak"), work.board.engaged("Jan Kowal"):
            await asyncio.sleep(1)
        await asyncio.sleep(1)
        private = "SELECT member, state FROM queue_states WHERE reason = 'private-call'"
        assert work.rows(private) == [(str(ANNA), "talk"), (str(ANNA), "idle")]


@simulated
async def test_who_is_withdrawn_and_rung_again_at_once_still_gets_the_caller(
    tmp_path: Path,
) -> None:
    work = Work({ANNAS: Callee(after=5, talks=5)}, there=firm(members=(str(ANNA),)))
    async with work.begun(tmp_path):
        walk = asyncio.create_task(work.walk(caller(), tmp_path))
        await until(2)
        work.pause(ANNA, "lunch")
        work.pause(ANNA, "")
        await walk
        assert outcomes(work) == ["answered"]


@simulated
async def test_a_mobile_outside_is_a_member_that_has_to_press_1(tmp_path: Path) -> None:
    """Its voicemail takes no caller; whoever presses 1 has them, and wraps up as others do."""
    mobile = Outside(name="Komórka", number="+48600100102", confirm=True)
    there = firm(members=("outside:Komórka",), wrap_up=10).put("outside", mobile)
    voicemail, person = Callee(after=2), Callee(after=2, script=["1"], talks=40)
    work = Work({mobile.number: voicemail}, there=there)
    async with work.begun(tmp_path):
        walk = asyncio.create_task(work.walk(caller(), tmp_path))
        await until(15)
        work.phones.answer_as(mobile.number, person)
        await walk
        await asyncio.sleep(15)
        offers = work.rows("SELECT member, outcome FROM queue_offers ORDER BY id")
        assert offers == [("outside:Komórka", "missed"), ("outside:Komórka", "answered")]
        assert work.phones.legs[1].heard == ["exchange.confirm"]
        states = work.rows("SELECT state FROM queue_states ORDER BY id DESC LIMIT 3")
        assert [state for (state,) in states] == ["ready", "wrap", "talk"]
