"""What a leg promises (``telephony.leg.Leg``), on the fake and on the wire."""

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sipagent.errors import HungUp
from sipagent.telephony.leg import Conceal, Leg, Stop
from sipagent.telephony.script import Leave, Press, Silence, Speak
from tests.patience import PATIENCE
from tests.telephony.contract import Meet, Meeting, Tone, end_of, fake, tone, wire


@pytest.fixture(
    params=[
        pytest.param("fake", marks=pytest.mark.unit),
        pytest.param("wire", marks=pytest.mark.line),
    ]
)
async def meet(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Meet]:
    """Make legs of one kind."""
    if request.param == "fake":
        yield fake
        return
    async with wire(tmp_path, monkeypatch.setattr) as made:
        yield made


@pytest.fixture
def short(tmp_path: Path) -> Tone:
    """A prompt that is heard to its end."""
    return tone(tmp_path, "short", 0.5)


@pytest.fixture
def long(tmp_path: Path) -> Tone:
    """A prompt that is cut, even where the machine is busy."""
    return tone(tmp_path, "long", 15.0)


def digits(meeting: Meeting) -> list[tuple[str, bool]]:
    """Return the keys in the timeline, and whether each is nobody's business."""
    return [
        (str(note.details["digit"]), bool(note.details.get("secret")))
        for note in meeting.notes
        if note.kind == "digit"
    ]


async def typed(meeting: Meeting, count: int) -> None:
    """Return once so many keys have come, however slow the machine is."""
    while len(digits(meeting)) < count:
        await meeting.leg.pause(0.05)


# ------------------------------------------------------------------------------------------ say


async def test_a_prompt_is_played_to_its_end(meet: Meet, short: Tone) -> None:
    async with meet([]) as met:
        await met.leg.answer()
        began = met.clock()
        await met.leg.say(short)
        await met.leg.say(short, interruptible=False)
        assert met.clock() - began >= 2 * short.seconds


async def test_a_digit_cuts_a_prompt_and_is_kept(meet: Meet, long: Tone) -> None:
    async with meet([Press("1", during="long")]) as met:
        await met.leg.answer()
        began = met.clock()
        await met.leg.say(long)
        assert await met.leg.ask(None) == "1"
        assert met.clock() - began < long.seconds


async def test_no_digit_cuts_what_has_to_be_heard(meet: Meet, short: Tone) -> None:
    async with meet([Press("1", during="short")]) as met:
        await met.leg.answer()
        began = met.clock()
        await met.leg.say(short, interruptible=False)
        assert met.clock() - began >= short.seconds
        assert await met.leg.ask(None) == "1"


async def test_digits_typed_ahead_skip_prompts(meet: Meet, short: Tone, long: Tone) -> None:
    async with meet([Press("12", during="short")]) as met:
        await met.leg.answer()
        await met.leg.say(short, interruptible=False)
        began = met.clock()
        await met.leg.say(long)
        assert await met.leg.ask(long) == "1"
        assert await met.leg.ask(long) == "2"
        assert met.clock() - began < long.seconds


# ------------------------------------------------------------------------------------------ ask


async def test_so_many_digits(meet: Meet) -> None:
    async with meet(["123"]) as met:
        await met.leg.answer()
        assert await met.leg.ask(None, digits=2, first=15) == "12"
        assert await met.leg.ask(None, first=15) == "3"


async def test_a_key_that_ends_it_is_not_returned(meet: Meet) -> None:
    async with meet(["12#", "#"]) as met:
        await met.leg.answer()
        assert await met.leg.ask(None, digits=8, end="#", first=15, between=15) == "12"
        assert await met.leg.ask(None, digits=8, end="#", first=15) == ""


async def test_a_command_is_returned_alone(meet: Meet) -> None:
    async with meet(["12*"]) as met:
        await met.leg.answer()
        got = await met.leg.ask(None, digits=8, end="#", commands="*0", first=15, between=15)
        assert got == "*"


async def test_who_waits_too_long_before_the_first_digit(meet: Meet, short: Tone) -> None:
    async with meet([Silence(), "1"]) as met:
        await met.leg.answer()
        began = met.clock()
        assert await met.leg.ask(short, first=0.5) == ""
        assert met.clock() - began >= short.seconds + 0.5, "counted from the end of the prompt"
        assert await met.leg.ask(short, first=15) == "1"


async def test_who_waits_too_long_before_another_digit(meet: Meet) -> None:
    async with meet(["12"]) as met:
        await met.leg.answer()
        assert await met.leg.ask(None, digits=4, first=15, between=2) == "12"


async def test_a_digit_cuts_the_question(meet: Meet, long: Tone) -> None:
    async with meet([Press("1", during="long")]) as met:
        await met.leg.answer()
        began = met.clock()
        assert await met.leg.ask(long) == "1"
        assert met.clock() - began < long.seconds


# ---------------------------------------------------------------------------------------- pause


async def test_no_digit_ends_a_pause(meet: Meet, short: Tone) -> None:
    async with meet([Press("1", during="short")]) as met:
        await met.leg.answer()
        await met.leg.say(short, interruptible=False)
        began = met.clock()
        await met.leg.pause(0.5)
        assert met.clock() - began >= 0.5
        assert await met.leg.ask(None) == "1"


# --------------------------------------------------------------------------------------- record


@pytest.mark.parametrize(
    ("act", "longest", "stop"),
    [
        (Speak(0.5, Stop.KEY), 20, Stop.KEY),
        (Speak(0.5, Stop.SILENCE), 20, Stop.SILENCE),
        (Speak(3.0, Stop.LENGTH), 1, Stop.LENGTH),
        (Silence(), 20, Stop.SILENCE),
    ],
    ids=["key", "silence", "length", "nothing said"],
)
async def test_a_recording_ends(
    meet: Meet, tmp_path: Path, act: Speak | Silence, longest: float, stop: Stop
) -> None:
    path = tmp_path / "said.wav"
    async with meet([act]) as met:
        await met.leg.answer()
        assert await met.leg.record(path, longest=longest, silence=1, first=3) is stop
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() > 0.3 * 8000


async def test_what_was_said_before_hanging_up_is_there(meet: Meet, tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    async with meet([Speak(0.5, None)]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.record(path, longest=20, silence=15, first=15)
        with wave.open(str(path)) as file:
            assert file.getnframes() > 0.3 * 8000


async def test_what_was_typed_before_does_not_end_it(
    meet: Meet, short: Tone, tmp_path: Path
) -> None:
    async with meet([Press("#", during="short"), Speak(0.5, Stop.SILENCE)]) as met:
        await met.leg.answer()
        await met.leg.say(short, interruptible=False)
        stop = await met.leg.record(tmp_path / "said.wav", longest=20, silence=1, first=5)
        assert stop is Stop.SILENCE


async def test_two_voices_are_written_side_by_side_and_outlast_the_leg(
    meet: Meet, tmp_path: Path
) -> None:
    path = tmp_path / "both.wav"
    async with meet([]) as met:
        await met.leg.answer()
        async with met.leg.recorder(path) as recorder:
            recorder.hear([met.leg], [met.leg])
            await met.leg.hangup()
            await met.leg.wait_over()
            recorder.hear([], [met.leg])
            await asyncio.sleep(0.1)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        assert file.getnframes()


# ----------------------------------------------------------------------------------------- keys


async def test_the_next_key_comes_or_the_time_is_up(meet: Meet) -> None:
    async with meet(["12", Silence()]) as met:
        await met.leg.answer()
        assert await met.leg.next_key(15) == "1"
        assert await met.leg.next_key() == "2"
        began = met.clock()
        with pytest.raises(TimeoutError):
            await met.leg.next_key(0.5)
        assert met.clock() - began >= 0.5


async def test_keys_come_to_the_far_end_in_order(meet: Meet) -> None:
    async with meet([]) as met, asyncio.timeout(PATIENCE):
        await met.leg.answer()
        for key in "12#":
            await met.leg.press(key)
        await met.told("12#")


# ----------------------------------------------------------------------------- what lasts a block


async def test_no_digit_ends_what_is_played_again_and_again(meet: Meet, short: Tone) -> None:
    async with meet(["12"]) as met:
        await met.leg.answer()
        async with met.leg.playing(short):
            assert await met.leg.next_key(15) == "1"
            assert await met.leg.next_key(15) == "2"
        assert met.leg.over is False


async def test_who_leaves_does_not_end_the_block(meet: Meet, short: Tone) -> None:
    async with meet([Leave()]) as met, meet([]) as other:
        await met.leg.answer()
        await other.leg.answer()
        async with met.leg.playing(short), met.leg.joined(other.leg):
            with pytest.raises(HungUp):
                await met.leg.next_key(15)
            assert met.leg.over
        assert not other.leg.over


async def test_far_ends_hear_each_other_for_the_length_of_a_block(meet: Meet) -> None:
    async with meet([]) as one, meet([]) as other:
        await one.leg.answer()
        await other.leg.answer()
        async with one.leg.joined(other.leg):
            assert await one.hears(other)
            assert await other.hears(one)
        assert not await one.hears(other)
        assert not await other.hears(one)


async def test_one_hears_another_who_does_not_hear_it(meet: Meet) -> None:
    async with meet([]) as one, meet([]) as other:
        await one.leg.answer()
        await other.leg.answer()
        async with one.leg.hearing(other.leg):
            assert await one.hears(other)
            assert not await other.hears(one)
        assert not await one.hears(other)


async def test_who_has_hung_up_hears_nobody(meet: Meet) -> None:
    async with meet([]) as one, meet([]) as other:
        await one.leg.answer()
        await other.leg.answer()
        async with other.leg.hearing(one.leg):
            await one.leg.hangup()
            with pytest.raises(HungUp):
                await one.leg.hearing(other.leg).__aenter__()
        assert not other.leg.over


async def test_a_block_that_fails_leaves_no_link(meet: Meet) -> None:
    async with meet([]) as one, meet([]) as other:
        await one.leg.answer()
        await other.leg.answer()
        with pytest.raises(ZeroDivisionError):
            async with one.leg.joined(other.leg):
                raise ZeroDivisionError
        assert not await one.hears(other)


async def test_nobody_is_joined_with_who_has_hung_up(meet: Meet) -> None:
    async with meet([]) as one, meet([]) as other:
        await one.leg.answer()
        await other.leg.answer()
        await one.leg.hangup()
        with pytest.raises(HungUp):
            await one.leg.joined(other.leg).__aenter__()


# ------------------------------------------------------------------------------- ringing, the end


async def test_it_rings_and_is_answered(meet: Meet) -> None:
    async with meet([]) as met:
        assert (met.leg.over, met.leg.outcome) == (False, None)
        await met.leg.ring()
        await met.leg.answer()
        await met.leg.connected()
        await met.leg.audible()
        assert (met.leg.over, met.leg.outcome) == (False, None)


async def test_the_far_end_has_ended_it(meet: Meet) -> None:
    async with meet([Leave()]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.next_key(15)
        await met.leg.wait_over()
        assert end_of(met.leg) == ("caller", 200)


async def test_this_end_has_ended_it(meet: Meet) -> None:
    async with meet([]) as met:
        await met.leg.answer()
        await met.leg.hangup()
        await met.leg.wait_over()
        assert end_of(met.leg) == ("agent", 200)


async def test_hanging_up_before_the_answer_is_a_refusal(meet: Meet) -> None:
    async with meet([]) as met:
        await met.leg.ring()
        await met.leg.hangup()
        await met.leg.wait_over()
        by, code = end_of(met.leg)
        assert by == "agent"
        assert code >= 400


@pytest.mark.parametrize("code", [486, 603])
async def test_a_call_is_declined_with_a_code(meet: Meet, code: int) -> None:
    async with meet([]) as met:
        await met.leg.ring()
        await met.leg.refuse(code)
        await met.leg.wait_over()
        assert end_of(met.leg) == ("agent", code)
        assert not met.leg.answered


async def test_it_is_answered_once_both_agree(meet: Meet) -> None:
    async with meet([]) as met:
        await met.leg.ring()
        assert not met.leg.answered
        await met.leg.answer()
        assert met.leg.answered


#: What waits, or begins something; each gets a prompt and a path.
WAYS: dict[str, Callable[[Leg, Tone, Path], Awaitable[object]]] = {
    "answer": lambda leg, prompt, path: leg.answer(),
    "say": lambda leg, prompt, path: leg.say(prompt),
    "say, not to be cut": lambda leg, prompt, path: leg.say(prompt, interruptible=False),
    "ask": lambda leg, prompt, path: leg.ask(prompt),
    "ask without a prompt": lambda leg, prompt, path: leg.ask(None),
    "pause": lambda leg, prompt, path: leg.pause(15),
    "record": lambda leg, prompt, path: leg.record(path, longest=15, silence=15, first=15),
    "ring": lambda leg, prompt, path: leg.ring(),
    "connected": lambda leg, prompt, path: leg.connected(),
    "audible": lambda leg, prompt, path: leg.audible(),
    "next key": lambda leg, prompt, path: leg.next_key(),
    "press": lambda leg, prompt, path: leg.press("1"),
    "recorder": lambda leg, prompt, path: leg.recorder(path).__aenter__(),
    "playing": lambda leg, prompt, path: leg.playing(prompt).__aenter__(),
    "sends": lambda leg, prompt, path: leg.sends(0.1),
    "refer": lambda leg, prompt, path: anext(leg.refer("sip:biuro@127.0.0.1:9")),
}


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_goes_on_after_the_far_end_has_left(
    meet: Meet, long: Tone, tmp_path: Path, way: str
) -> None:
    async with meet([Leave(during="long")]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.say(long)
        with pytest.raises(HungUp):
            await WAYS[way](met.leg, long, tmp_path / "none.wav")


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_goes_on_after_hanging_up(
    meet: Meet, long: Tone, tmp_path: Path, way: str
) -> None:
    async with meet([]) as met:
        await met.leg.answer()
        await met.leg.hangup()
        with pytest.raises(HungUp):
            await WAYS[way](met.leg, long, tmp_path / "none.wav")


async def test_who_leaves_ends_the_wait_for_a_key(meet: Meet) -> None:
    async with meet([Leave()]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.ask(None, first=15)


async def test_hanging_up_twice_is_hanging_up(meet: Meet) -> None:
    async with meet([]) as met:
        await met.leg.answer()
        await met.leg.hangup("done")
        await met.leg.hangup("again")
        ends = [note for note in met.notes if note.kind == "hangup"]
        assert [end.details["reason"] for end in ends] == ["done"]


async def test_two_who_hang_up_at_once_are_one_end(meet: Meet) -> None:
    async with meet([]) as met:
        await met.leg.answer()
        await asyncio.gather(met.leg.hangup(), met.leg.hangup())
        await met.leg.wait_over()
        assert [note.kind for note in met.notes] == ["answer", "hangup"]


async def test_the_timeline_tells_that_the_far_end_has_left(meet: Meet) -> None:
    async with meet([Leave()]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.next_key(15)
        assert [note.kind for note in met.notes] == ["answer", "hung-up"]
        assert met.notes[-1].details["code"] == 200


async def test_hanging_up_after_the_far_end_is_nothing(meet: Meet, long: Tone) -> None:
    async with meet([Leave(during="long")]) as met:
        await met.leg.answer()
        with pytest.raises(HungUp):
            await met.leg.say(long)
        before = list(met.notes)
        await met.leg.hangup()
        assert met.notes == before


# ------------------------------------------------------------------------------------- timeline


async def test_the_timeline_is_in_order(meet: Meet, short: Tone) -> None:
    async with meet([Press("5", during="short")]) as met:
        met.leg.note("before", first=True)
        await met.leg.answer()
        await met.leg.say(short, interruptible=False)
        await typed(met, 1)
        met.leg.note("after", second=2)
        assert await met.leg.ask(None) == "5"
        kinds = [note.kind for note in met.notes if note.kind != "prompt-end"]
        assert kinds == ["before", "answer", "prompt", "digit", "after"]
        prompt = next(note for note in met.notes if note.kind == "prompt")
        assert (prompt.details["key"], prompt.details["text"]) == ("short", "tone")
        assert met.notes[0].details == {"first": True}


async def test_keys_are_concealed_until_they_are_not(meet: Meet) -> None:
    async with meet(["12", "34"]) as met:
        await met.leg.answer()
        met.leg.conceal(Conceal.ALL)
        assert await met.leg.ask(None, digits=2, first=15, between=15) == "12"
        met.leg.conceal(Conceal.NONE)
        assert await met.leg.ask(None, digits=2, first=15, between=15) == "34"
        assert digits(met) == [("1", True), ("2", True), ("3", False), ("4", False)]


async def test_keys_are_concealed_ahead_of_one_that_nobody_has_taken(
    meet: Meet, short: Tone
) -> None:
    async with meet([Press("1#2", during="short")]) as met:
        await met.leg.answer()
        met.leg.conceal(Conceal.AHEAD)
        await met.leg.say(short, interruptible=False)
        await typed(met, 3)
        assert await met.leg.ask(None, digits=8, end="#") == "1"
        assert await met.leg.ask(None) == "2"
        assert digits(met) == [("1", False), ("#", False), ("2", True)]


# ---------------------------------------------------------------------------------------- refer


async def test_a_far_end_asks_to_put_through_and_is_told_how_it_goes(meet: Meet) -> None:
    async with meet([]) as meeting:
        leg = meeting.leg
        await leg.answer()
        coming = asyncio.create_task(leg.next_referral())
        await asyncio.sleep(0)
        asking = asyncio.create_task(meeting.asks("103"))
        referral = await asyncio.wait_for(coming, PATIENCE)
        assert (referral.target, referral.replaces) == ("103", None)
        leg.tell(referral, 180)
        leg.tell(referral, 486)
        assert await asyncio.wait_for(asking, PATIENCE) == [180, 486]


async def test_while_nobody_waits_for_it_it_is_declined(meet: Meet) -> None:
    async with meet([]) as meeting:
        await meeting.leg.answer()
        assert await asyncio.wait_for(meeting.asks("103"), PATIENCE) == [603]
        coming = asyncio.create_task(meeting.leg.next_referral())
        await asyncio.sleep(0)
        coming.cancel()
        await asyncio.wait((coming,))
        assert await asyncio.wait_for(meeting.asks("103"), PATIENCE) == [603]


async def test_nobody_asks_who_has_left(meet: Meet) -> None:
    async with meet([]) as meeting:
        await meeting.leg.answer()
        coming = asyncio.create_task(meeting.leg.next_referral())
        await asyncio.sleep(0)
        await meeting.leg.hangup()
        with pytest.raises(HungUp):
            await asyncio.wait_for(coming, PATIENCE)
