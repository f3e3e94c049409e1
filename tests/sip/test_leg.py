"""The asyncio side of a call, on a leg that does nothing by itself."""

import asyncio
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sipagent.errors import HungUp, SetupError
from sipagent.sip import saying as prompts
from sipagent.sip.leg import SipLeg
from sipagent.telephony.leg import Detail, Stop
from sipagent.telephony.party import Caller

pytestmark = pytest.mark.unit


class StubThread:
    """Runs every command at once, in the loop of the test."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def run(self, command: Callable[..., Any], *args: Any) -> Any:
        return command(*args)

    def post(self, command: Callable[..., None], *args: Any) -> None:
        command(*args)


class StubLeg:
    """Remembers what it is told; a prompt ends when the test says so, or at once."""

    def __init__(self) -> None:
        self.thread = StubThread()
        self.events: Any = None
        self.played: list[str] = []
        self.finished: list[int] = []
        self.ends_at_once = True
        self.levels: list[int] = []
        self.packets = 0
        self.written = 1.0
        self.recorded = ""

    def accept(self, codecs: Sequence[str]) -> None:
        self.events.confirmed()

    def play(self, path: str, token: int, interruptible: bool, keys_known: int) -> None:
        self.played.append(Path(path).stem)
        if self.ends_at_once:
            self.events.played(token, False)

    def finish(self, token: int, cut: bool) -> None:
        self.finished.append(token)

    def end(self, cause: object = None) -> None:
        self.events.ended(False, 200, "OK")

    def start_recording(self, path: str) -> None:
        self.recorded = path

    def stop_recording(self) -> None:
        with wave.open(self.recorded, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(int(self.written * 8000) * 2))

    def received(self) -> int:
        return self.packets

    def level(self) -> int:
        return self.levels.pop(0) if self.levels else 0


@dataclass(frozen=True)
class StubClip:
    path: Path
    seconds: float = 0.01


@dataclass(frozen=True)
class StubPrompt:
    key: str

    @property
    def text(self) -> str:
        return f"words of {self.key}"

    async def clip(self) -> StubClip:
        return StubClip(Path(f"/{self.key}.wav"))

    def meanwhile(self) -> StubClip | None:
        return StubClip(Path("/moment.wav"))


@dataclass(frozen=True)
class SlowPrompt(StubPrompt):
    made: asyncio.Event

    async def clip(self) -> StubClip:
        await self.made.wait()
        return await super().clip()


class Notes:
    def __init__(self) -> None:
        self.kinds: list[str] = []

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        self.kinds.append(kind)


@pytest.fixture
async def leg() -> StubLeg:
    return StubLeg()


@pytest.fixture
async def call(leg: StubLeg) -> SipLeg:
    call = SipLeg(leg, Caller("+48600100101"), "infolinia", "sip-id")  # type: ignore[arg-type]
    call.timeline = Notes()
    return call


async def test_a_conversation(call: SipLeg, leg: StubLeg) -> None:
    await call.answer()
    await call.say(StubPrompt("hello"))
    asked = asyncio.create_task(call.ask(StubPrompt("login"), digits=8, end="#"))
    while "login" not in leg.played:
        await asyncio.sleep(0)
    for key in "1001#":
        call.key(key)
    assert await asked == "1001"
    await call.hangup()
    await call.hangup()
    assert leg.played == ["hello", "login"]
    assert call.over
    assert call.outcome == ("agent", 200, "OK")
    assert call.timeline.kinds.count("hangup") == 1  # type: ignore[attr-defined]


async def test_who_waits_for_a_prompt_is_told_so(
    call: SipLeg, leg: StubLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "_SILENCE", 0.05)
    monkeypatch.setattr(prompts, "_AGAIN", 0.1)
    await call.answer()
    prompt = SlowPrompt("balance", asyncio.Event())
    saying = asyncio.create_task(call.say(prompt, interruptible=False))
    while leg.played != ["moment", "moment"]:
        await asyncio.sleep(0.01)
    prompt.made.set()
    await saying
    assert leg.played[2:] in (["balance"], ["moment", "balance"])
    assert call.timeline.kinds.count("wait") == len(leg.played) - 1  # type: ignore[attr-defined]


async def test_a_key_ends_the_wait_for_a_prompt_that_it_may_cut(
    call: SipLeg, leg: StubLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "_SILENCE", 0.05)
    await call.answer()
    prompt = SlowPrompt("menu", asyncio.Event())
    asking = asyncio.create_task(call.ask(prompt))
    while not leg.played:
        await asyncio.sleep(0.01)
    call.key("2")
    assert await asking == "2"
    assert leg.played == ["moment"]


async def test_who_hangs_up_waits_for_no_prompt(call: SipLeg) -> None:
    await call.answer()
    prompt = SlowPrompt("menu", asyncio.Event())
    saying = asyncio.create_task(call.say(prompt))
    await asyncio.sleep(0.01)
    call.ended(True, 200, "")
    with pytest.raises(HungUp):
        await saying


async def test_keys_typed_ahead_skip_prompts_and_answer(call: SipLeg, leg: StubLeg) -> None:
    await call.answer()
    for key in "12":
        call.key(key)
    await call.say(StubPrompt("hello"))
    assert await call.ask(StubPrompt("menu")) == "1"
    assert await call.ask(StubPrompt("more")) == "2"
    assert leg.played == []


async def test_what_must_be_heard_is_not_skipped(call: SipLeg, leg: StubLeg) -> None:
    call.key("1")
    await call.say(StubPrompt("notice"), interruptible=False)
    assert leg.played == ["notice"]


async def test_silence_before_and_between_digits(call: SipLeg) -> None:
    assert await call.ask(None, digits=4, first=0.02) == ""
    call.key("7")
    assert await call.ask(None, digits=4, first=5, between=0.02) == "7"


async def test_a_command_key_drops_what_was_typed(call: SipLeg) -> None:
    for key in "12*9":
        call.key(key)
    assert await call.ask(None, digits=8, end="#", commands="*") == "*"
    assert await call.ask(None, digits=1) == "9"


async def test_hanging_up_ends_every_wait(call: SipLeg, leg: StubLeg) -> None:
    leg.ends_at_once = False
    waits = [
        asyncio.create_task(wait)
        for wait in (call.connected(), call.say(StubPrompt("a")), call.ask(None), call.pause(60))
    ]
    await asyncio.sleep(0.01)
    call.ended(True, 200, "bye")
    for wait in waits:
        with pytest.raises(HungUp):
            await wait
    with pytest.raises(HungUp):
        await call.say(StubPrompt("b"))
    assert call.outcome == ("caller", 200, "bye")


async def test_a_lost_end_of_file_does_not_hold_the_call(
    call: SipLeg, leg: StubLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "_WATCHDOG", 0.02)
    leg.ends_at_once = False
    await call.say(StubPrompt("a"))
    assert "lost-end" in call.timeline.kinds  # type: ignore[attr-defined]
    assert leg.finished == [1]


async def test_a_late_end_of_the_prompt_before_is_not_this_ones(call: SipLeg, leg: StubLeg) -> None:
    leg.ends_at_once = False
    first = asyncio.create_task(call.say(StubPrompt("a")))
    await asyncio.sleep(0.01)
    call.played(1, False)
    await first
    second = asyncio.create_task(call.say(StubPrompt("b")))
    await asyncio.sleep(0.005)
    call.played(1, False)
    await asyncio.sleep(0.005)
    assert not second.done()
    call.played(2, False)
    await second


async def test_keys_beyond_the_store_do_not_grow_it(call: SipLeg) -> None:
    for _ in range(10_000):
        call.key("1")
    taken = 0
    while await call.ask(None, first=0.001):
        taken += 1
    assert taken == 64


# -------------------------------------------------------------------------------------- hold


async def test_no_wait_ends_while_the_caller_holds(call: SipLeg) -> None:
    """A time-out begins anew when the caller is back (docs/decisions/014-hold.md)."""
    clock = asyncio.get_running_loop().time
    asked = asyncio.create_task(call.ask(None, first=0.05))
    await asyncio.sleep(0.02)
    call.held(True)
    await asyncio.sleep(0.1)
    assert not asked.done()
    back = clock()
    call.held(False)
    assert await asked == ""
    assert clock() - back >= 0.045
    assert call.timeline.kinds == ["hold", "resume"]  # type: ignore[attr-defined]


async def test_a_far_end_from_which_nothing_comes_is_gone(call: SipLeg, leg: StubLeg) -> None:
    leg.packets = 700
    assert not await call.sends(0.15)
    waiting = asyncio.create_task(call.sends(5))
    await asyncio.sleep(0.01)
    leg.packets += 1
    assert await waiting


async def test_a_far_end_that_holds_need_not_send(call: SipLeg) -> None:
    call.held(True)
    assert await call.sends(0.01)


async def test_a_key_or_the_end_of_the_call_is_taken_while_held(call: SipLeg) -> None:
    call.held(True)
    asked = asyncio.create_task(call.ask(None, first=0.01))
    await asyncio.sleep(0.02)
    call.key("1")
    assert await asked == "1"
    asked = asyncio.create_task(call.ask(None, first=0.01))
    await asyncio.sleep(0.02)
    call.ended(True, 200, "bye")
    with pytest.raises(HungUp):
        await asked


async def test_a_held_prompt_is_not_taken_for_lost(
    call: SipLeg, leg: StubLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "_WATCHDOG", 0.02)
    leg.ends_at_once = False
    said = asyncio.create_task(call.say(StubPrompt("a")))
    await asyncio.sleep(0.005)
    call.held(True)
    await asyncio.sleep(0.06)
    call.held(False)
    call.played(1, False)
    await said
    assert "lost-end" not in call.timeline.kinds  # type: ignore[attr-defined]


@pytest.mark.usefixtures("quick")
async def test_a_hold_is_no_silence_in_a_recording(
    call: SipLeg, leg: StubLeg, tmp_path: Path
) -> None:
    leg.levels = [40] * 6
    recorded = asyncio.create_task(call.record(tmp_path / "a.wav", longest=9, silence=0.1, first=9))
    while leg.levels:
        await asyncio.sleep(0)
    call.held(True)
    await asyncio.sleep(0.2)
    assert not recorded.done()
    leg.levels = [40] * 3
    call.held(False)
    assert await recorded is Stop.SILENCE
    assert leg.levels == []


# --------------------------------------------------------------------------------- recording


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the level a hundred times a second."""
    monkeypatch.setattr("sipagent.sip.dictation._LOOK", 0.01)


@pytest.mark.usefixtures("quick")
async def test_a_recording_ends_with_the_speech(call: SipLeg, leg: StubLeg, tmp_path: Path) -> None:
    leg.levels = [40] * 10
    stop = await call.record(tmp_path / "a.wav", longest=5, silence=0.1, first=1)
    assert stop is Stop.SILENCE
    assert leg.levels == []


@pytest.mark.usefixtures("quick")
async def test_who_never_speaks_is_not_waited_for(call: SipLeg, tmp_path: Path) -> None:
    assert await call.record(tmp_path / "a.wav", longest=5, silence=9, first=0.1) is Stop.SILENCE


@pytest.mark.usefixtures("quick")
async def test_a_recording_is_never_longer_than_it_may_be(
    call: SipLeg, leg: StubLeg, tmp_path: Path
) -> None:
    leg.levels = [40] * 1000
    assert await call.record(tmp_path / "a.wav", longest=0.1, silence=9, first=9) is Stop.LENGTH


async def test_only_the_right_key_ends_it(call: SipLeg, leg: StubLeg, tmp_path: Path) -> None:
    call.key("#")  # typed ahead: it was meant for something before
    leg.levels = [40] * 1000
    recorded = asyncio.create_task(call.record(tmp_path / "a.wav", longest=9, silence=9, first=9))
    while not leg.recorded:
        await asyncio.sleep(0)
    call.key("5")
    call.key("#")
    assert await recorded is Stop.KEY


async def test_hanging_up_leaves_a_whole_file(call: SipLeg, leg: StubLeg, tmp_path: Path) -> None:
    leg.levels = [40] * 1000
    recorded = asyncio.create_task(call.record(tmp_path / "a.wav", longest=9, silence=9, first=9))
    while not leg.recorded:
        await asyncio.sleep(0)
    leg.end()
    with pytest.raises(HungUp):
        await recorded
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() == 8000


@pytest.mark.usefixtures("quick")
async def test_a_disk_that_takes_nothing_is_told(
    call: SipLeg, leg: StubLeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.sip.dictation._LACKING", 0.05)
    leg.written = 0.001
    with pytest.raises(SetupError, match=r"is the disk full\?"):
        await call.record(tmp_path / "a.wav", longest=5, silence=9, first=0.2)
