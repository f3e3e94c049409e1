"""Somebody listens in on the firm: who hears whom, whatever becomes of the call meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from sipagent.errors import DataError, HungUp, SetupError
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.reading import Stored
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.leg import Leg
from tests.exchange.house import ANNAS, EWAS, JANS
from tests.exchange.listening.ears import LISTENED, MARIA, Firm, from_outside, heard
from tests.exchange.test_put_through import from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

TALKS = Callee(after=1)
EVERYBODY = {ANNAS: TALKS, JANS: TALKS, EWAS: TALKS}


@asynccontextmanager
async def at_work(tones: Path, **others: object) -> "AsyncIterator[tuple[Firm, FakeLeg, FakeLeg]]":
    """Yield the firm, a caller, and the leg of Jan, who talks with him."""
    firm, call = Firm(EVERYBODY, **others), from_outside()
    taking = asyncio.create_task(firm.walk(call, tones))
    await asyncio.sleep(3)
    yield firm, call, firm.leg("102")
    for leg in (call, *firm.phones.left):
        if not leg.over:
            leg.hangs_up()
    await taking


async def gone(firm: Firm, listening: "asyncio.Task[None]") -> None:
    """Let Maria hang up, and see that nothing is left of her."""
    firm.maria.hangs_up()
    with pytest.raises(HungUp):
        await listening
    assert not heard(firm.maria)
    assert not any(firm.maria in leg.overheard for leg in firm.phones.legs)
    assert not firm.kept.open
    assert not [name for call in firm.calls for name in call.listeners]


@simulated
async def test_the_keys_say_who_hears_whom(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        assert heard(firm.maria) == {"caller", jan.id}
        assert (heard(call), heard(jan)) == (set(), set())
        firm.maria.presses("5")
        await asyncio.sleep(1)
        assert (heard(call), heard(jan)) == (set(), {"maria"})
        firm.maria.presses("6")
        await asyncio.sleep(1)
        assert (heard(call), heard(jan)) == ({"maria"}, {"maria"})
        firm.maria.presses("4")
        await asyncio.sleep(1)
        assert (heard(call), heard(jan)) == (set(), set())
        assert heard(firm.maria) == {"caller", jan.id}
        await gone(firm, listening)
    modes = [(use.listener, use.whom, use.call, use.by_call, use.mode) for use in firm.kept.uses]
    same = ("Maria Zych", "Jan Kowal <102>", "caller", "maria")
    assert modes == [(*same, mode) for mode in ("listen", "whisper", "barge", "listen")]
    told = [event.details for event in call.timeline if event.kind == "heard-by"]
    by = "Maria Zych <110>"
    assert told == [{"by": by, "mode": mode} for mode in ("listen", "whisper", "barge", "listen")]


@simulated
async def test_nobody_is_heard_before_that_is_on_record(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, _, jan):
        seen: list[set[str]] = []
        firm.kept.before = lambda: seen.append(heard(firm.maria) | heard(jan))
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        assert seen == [set()]
        await gone(firm, listening)


@simulated
async def test_who_goes_while_that_is_written_is_not_heard_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        firm.kept.seconds = 10.0
        ever: list[str] = []
        hears = call.hearing

        def noted(other: Leg) -> AbstractAsyncContextManager[None]:
            ever.append(other.id)
            return hears(other)

        monkeypatch.setattr(call, "hearing", noted)
        firm.maria.presses("6")
        await asyncio.sleep(1)
        assert jan.refers_to("101")
        await asyncio.sleep(20)
        assert call.partners == [firm.leg("101")]
        assert not ever
        await gone(firm, listening)


@simulated
async def test_who_loses_the_right_hears_no_further_call(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        kept = tuple(one for one in LISTENED.users if one.number != "110")
        maria = MARIA.model_copy(update={"rights": ("internal",)})
        firm.snapshot = Snapshot.of(Stored(LISTENED.model_copy(update={"users": (*kept, maria)})))
        assert heard(firm.maria) == {"caller", jan.id}
        firm.maria.presses("5")
        with pytest.raises(DataError, match="may not listen in any more"):
            await listening
        assert not heard(firm.maria)
        assert not firm.kept.open
        assert not call.over


@simulated
async def test_one_who_listens_twice_is_told_of_twice(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, _, jan):
        first = firm.listens(tmp_path, "102")
        again = FakeLeg(id="mobile", sip_id="mobile-id", sleep=asyncio.sleep)
        again.answers()
        second = asyncio.create_task(firm.listening(tmp_path, again).run("102"))
        await asyncio.sleep(1)
        (live,) = firm.calls
        assert live.listeners == [("Maria Zych <110>", "listen")] * 2
        again.hangs_up()
        with pytest.raises(HungUp):
            await second
        assert live.listeners == [("Maria Zych <110>", "listen")]
        assert heard(firm.maria) == {"caller", jan.id}
        await gone(firm, first)


@simulated
async def test_who_cannot_be_kept_hears_nobody(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("the disk is full, says the test")

    async with at_work(tmp_path) as (firm, *_):
        firm.kept.before = fail
        with pytest.raises(SetupError):
            await firm.listens(tmp_path, "102")
        assert not heard(firm.maria)


@simulated
async def test_while_the_agent_holds_nobody_else_is_heard(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        firm.maria.presses("6")
        await asyncio.sleep(1)
        jan.hold()
        await asyncio.sleep(1)
        assert call.loops == ["tone.music"]
        assert (heard(firm.maria), heard(call), heard(jan)) == ({jan.id}, set(), {"maria"})
        jan.resumes()
        await asyncio.sleep(1)
        assert (heard(firm.maria), heard(call)) == ({"caller", jan.id}, {"maria"})
        await gone(firm, listening)


@simulated
async def test_a_caller_who_is_put_through_is_heard_no_more(tmp_path: Path) -> None:
    """Whisper: nothing of the supervisor in the caller's RTP, also after re-INVITE, hold and
    transfer.
    """
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        firm.maria.presses("5")
        await asyncio.sleep(1)
        for turn in (jan.hold, jan.resumes):
            turn()
            await asyncio.sleep(1)
            assert heard(call) == set()
            assert heard(jan) == {"maria"}
        assert jan.refers_to("101")
        await asyncio.sleep(4)
        anna = firm.leg("101")
        assert call.partners == [anna]
        assert (heard(firm.maria), heard(call), heard(anna)) == (set(), set(), set())
        assert firm.maria.heard[-1] == "listening.waits"
        second = from_outside("second")
        taking = asyncio.create_task(firm.walk(second, tmp_path))
        await asyncio.sleep(3)
        again = firm.leg("102")
        assert heard(firm.maria) == {"second", again.id}, "his next call"
        assert (heard(second), heard(call), heard(again)) == (set(), set(), {"maria"})
        await gone(firm, listening)
        second.hangs_up()
        await taking


@simulated
async def test_who_asks_somebody_first_is_followed_there(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, call, jan):
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        firm.maria.presses("6")
        await asyncio.sleep(1)
        jan.presses("*3101#")
        await asyncio.sleep(4)
        anna = firm.leg("101")
        assert heard(firm.maria) == {jan.id, anna.id}
        assert (heard(call), heard(anna), heard(jan)) == (set(), set(), set()), "she only listens"
        assert firm.maria.heard[-1] == "listening.listen"
        jan.presses("*")
        await asyncio.sleep(2)
        assert heard(firm.maria) == {"caller", jan.id}
        assert heard(call) == set()
        await gone(firm, listening)


@simulated
async def test_the_next_call_is_anothers(tmp_path: Path) -> None:
    """Nobody hears who listens in the next call before they want to be heard there, too."""
    async with at_work(tmp_path) as (firm, _, jan):
        inside = from_phone("101", "103")
        inside.id = "anna"
        taking = asyncio.create_task(firm.walk(inside, tmp_path))
        await asyncio.sleep(3)
        ewa = firm.leg("103")
        listening = firm.listens(tmp_path)
        firm.maria.presses("*")
        await asyncio.sleep(5)
        assert heard(firm.maria) == {"caller", jan.id}
        firm.maria.presses("5")
        await asyncio.sleep(1)
        firm.maria.presses("*")
        await asyncio.sleep(1)
        assert heard(firm.maria) == {"anna", ewa.id}
        assert not heard(jan) | heard(ewa) | heard(inside)
        firm.maria.presses("*")
        await asyncio.sleep(1)
        assert heard(firm.maria) == {"caller", jan.id}
        firm.maria.presses("#")
        await asyncio.sleep(1)
        assert not heard(firm.maria)
        firm.maria.presses("103#")
        await asyncio.sleep(5)
        assert heard(firm.maria) == {"anna", ewa.id}
        await gone(firm, listening)
        inside.hangs_up()
        await taking
    assert [use.whom for use in firm.kept.uses] == [
        "Jan Kowal <102>",
        "Jan Kowal <102>",
        "Ewa Lis <103>",
        "Jan Kowal <102>",
        "Ewa Lis <103>",
    ]


@simulated
async def test_who_does_not_talk_yet_is_waited_for(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (firm, *_):
        listening = firm.listens(tmp_path, "101")
        await asyncio.sleep(5)
        assert firm.maria.heard == ["listening.waits"]
        assert not firm.kept.uses
        inside = from_phone("103", "101")
        inside.id = "ewa"
        taking = asyncio.create_task(firm.walk(inside, tmp_path))
        await asyncio.sleep(3)
        assert heard(firm.maria) == {"ewa", firm.leg("101").id}
        await gone(firm, listening)
        inside.hangs_up()
        await taking


@simulated
async def test_who_types_nothing_is_let_go(tmp_path: Path) -> None:
    firm = Firm(EVERYBODY)
    listening = firm.listens(tmp_path)
    await asyncio.sleep(1)
    firm.maria.presses("*")
    await asyncio.sleep(5)
    firm.maria.presses("110#")
    await listening
    said = [key for key in firm.maria.heard if key != "listening.choose"]
    assert said == ["listening.nobody", "reaching.unknown-number", "listening.goodbye"]


@pytest.mark.parametrize("tone", [True, False])
@simulated
async def test_a_tone_tells_who_is_to_be_told(tone: bool, tmp_path: Path) -> None:
    users = [
        one.model_copy(update={"listening_tone": tone}) if one.number == "102" else one
        for one in LISTENED.users
    ]
    async with at_work(tmp_path) as (firm, call, jan):
        firm.snapshot = Snapshot.of(Stored(LISTENED.model_copy(update={"users": tuple(users)})))
        listening = firm.listens(tmp_path, "102")
        await asyncio.sleep(1)
        assert jan.loops == ["tone.attended"] * tone
        assert not call.loops
        await gone(firm, listening)
        assert not jan.loops
