"""Loops and conversations last as long as their block, however that is left."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from sipagent.errors import HungUp
from sipagent.sip.leg import SipLeg
from sipagent.sip.mixer import Link, Mixer
from sipagent.sip.players import Loop
from sipagent.telephony.party import Caller
from tests.sip.fake_bridge import FakeBridge

pytestmark = pytest.mark.unit


class SlowThread:
    """Runs each command a few turns of the loop after it was given, in order."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._commands: deque[Callable[[], None]] = deque()

    async def run(self, command: Callable[..., Any], *args: Any) -> Any:
        done: asyncio.Future[Any] = self.loop.create_future()
        self.post(lambda: self._resolve(done, command(*args)))
        return await done

    @staticmethod
    def _resolve(done: "asyncio.Future[Any]", result: Any) -> None:
        if not done.done():
            done.set_result(result)

    def post(self, command: Callable[..., Any], *args: Any) -> None:
        self._commands.append(lambda: command(*args))
        self.loop.call_soon(lambda: self.loop.call_soon(self._commands.popleft()))


class FakeSession:
    """One of the sessions of a mixer; its loops are ends of that without players."""

    def __init__(self, thread: SlowThread, mixer: Mixer, bridge: FakeBridge) -> None:
        self.thread, self.mixer, self.bridge = thread, mixer, bridge
        self.events: Any = None
        #: What it plays and records just now.
        self.busy: set[object] = set()
        mixer.add(self, bridge.take())

    def play(self, path: str, token: int, interruptible: bool, keys_known: int) -> None:
        self.busy.add(token)

    def finish(self, token: int, cut: bool) -> None:
        self.busy.discard(token)

    def start_recording(self, path: str) -> None:
        self.busy.add("recorder")

    def stop_recording(self) -> None:
        self.busy.discard("recorder")

    def level(self) -> int:
        return 0

    def repeat(self, loop: Loop, link: Link) -> None:
        if loop not in self.mixer:
            slot = self.bridge.take()

            def stop() -> None:
                self.mixer.remove(loop)
                self.bridge.free(slot)

            self.mixer.add(loop, slot, unheard=stop)
        self.mixer.declare(link)


@dataclass
class Line:
    """Two legs, and what is between them."""

    caller: SipLeg
    office: SipLeg
    bridge: FakeBridge

    def __post_init__(self) -> None:
        self.idle = set(self.bridge.slots)


@dataclass(frozen=True)
class Music:
    """A prompt, and its own clip; it takes a moment to render."""

    path: Path = Path("/music.wav")
    seconds: float = 1.0
    key: str = "music"
    text: str = "music"

    async def clip(self) -> "Music":
        await asyncio.sleep(0)
        return self

    def meanwhile(self) -> None:
        return None


@pytest.fixture
async def line() -> Line:
    bridge = FakeBridge()
    thread, mixer = SlowThread(), Mixer(bridge)
    one, other = (
        SipLeg(FakeSession(thread, mixer, bridge), Caller(None), "line")  # type: ignore[arg-type]
        for _ in range(2)
    )
    return Line(one, other, bridge)


async def turns(count: int = 30) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def playing(line: Line) -> AbstractAsyncContextManager[None]:
    return line.caller.playing(Music())


def joined(line: Line) -> AbstractAsyncContextManager[None]:
    return line.caller.joined(line.office)


Block = Callable[[Line], AbstractAsyncContextManager[None]]
BLOCKS = pytest.mark.parametrize(("block", "links"), [(playing, 1), (joined, 2)])


@BLOCKS
async def test_a_block_that_is_left_leaves_nothing(line: Line, block: Block, links: int) -> None:
    async with block(line):
        await turns()
        assert len(line.bridge.links) == links
    await turns()
    assert (line.bridge.links, line.bridge.slots) == ({}, line.idle)


@BLOCKS
async def test_so_does_one_that_is_cancelled_anywhere(line: Line, block: Block, links: int) -> None:
    async def use() -> None:
        async with block(line):
            await turns(10)

    seen = set()
    for moment in range(40):
        task = asyncio.ensure_future(use())
        await turns(moment)
        seen.add(len(line.bridge.links))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await turns()
        assert (line.bridge.links, line.bridge.slots) == ({}, line.idle), moment
    assert seen == {0, links}


@BLOCKS
async def test_so_does_one_in_which_the_call_ends(line: Line, block: Block, links: int) -> None:
    async with block(line):
        await turns()
        line.caller._session.mixer.remove(line.caller._session)
        line.caller.ended(True, 200, "bye")
        await turns()
        assert line.bridge.links == {}
    await turns()
    assert line.bridge.slots == line.idle
    with pytest.raises(HungUp):
        async with block(line):
            pytest.fail("there is nobody")


async def say(line: Line) -> None:
    await line.caller.say(Music(seconds=10.0))


async def record(line: Line) -> None:
    await line.caller.record(Path("/none.wav"), longest=10.0, silence=10.0, first=10.0)


@pytest.mark.parametrize("work", [say, record])
async def test_who_is_cancelled_anywhere_leaves_no_player_and_no_recorder(
    line: Line, work: Callable[[Line], Coroutine[Any, Any, None]]
) -> None:
    session = cast(FakeSession, line.caller._session)
    seen = set()
    for moment in range(20):
        task = asyncio.ensure_future(work(line))
        await turns(moment)
        seen.add(len(session.busy))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await turns()
        assert not session.busy, moment
    assert seen == {0, 1}


async def test_many_hear_one_player_until_the_last_is_gone(line: Line) -> None:
    async with line.caller.playing(Music()):
        await turns()
        async with line.office.playing(Music()):
            await turns()
            assert len(line.bridge.links) == 2
            assert len(line.bridge.slots) == len(line.idle) + 1
        await turns()
        assert len(line.bridge.links) == 1
    await turns()
    assert line.bridge.slots == line.idle


async def test_one_block_inside_another_does_not_end_it(line: Line) -> None:
    async with line.caller.joined(line.office):
        async with line.office.joined(line.caller):
            pass
        await turns()
        assert len(line.bridge.links) == 2
    await turns()
    assert line.bridge.links == {}
