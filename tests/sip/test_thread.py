"""The thread of PJSIP breaks: nobody waits for ever."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pjsua2 as pj
import pytest

from sipagent.errors import CallError, Fault, SetupError
from sipagent.sip import thread as sip_thread
from sipagent.sip.thread import PjThread
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@pytest.fixture
async def thread() -> AsyncIterator[PjThread]:
    made = PjThread()
    yield made
    await made.stop(lambda: None)


class Breaking(pj.Endpoint):  # type: ignore[misc]
    """A library that breaks while a command waits."""

    def __init__(self, thread: PjThread) -> None:
        super().__init__()
        self._pj_thread = thread

    def libHandleEvents(self, milliseconds: int) -> int:
        while not self._pj_thread._commands:
            time.sleep(0.001)
        raise RuntimeError("worn out")


def prepare(endpoint: pj.Endpoint) -> None:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (TypeError("no such thing"), Fault, "PJSIP was not started: TypeError: no such thing"),
        (SetupError("the port is taken"), SetupError, "^the port is taken$"),
        (CallError("no"), CallError, "^no$"),
    ],
)
async def test_a_start_that_fails_says_why(
    thread: PjThread, error: Exception, kind: type[Exception], text: str
) -> None:
    def fail(endpoint: pj.Endpoint) -> None:
        raise error

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(kind, match=text):
            await thread.start(fail)


async def test_a_library_that_cannot_be_made_is_a_start_that_fails(thread: PjThread) -> None:
    def fail() -> pj.Endpoint:
        raise MemoryError

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Fault, match="MemoryError"):
            await thread.start(prepare, fail)


async def test_whoever_waits_hears_that_the_thread_broke(thread: PjThread) -> None:
    async with asyncio.timeout(PATIENCE):
        await thread.start(prepare, lambda: Breaking(thread))
        broken = asyncio.ensure_future(thread.broken())
        results = await asyncio.gather(
            *(thread.run(lambda: None) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [Fault] * 3
        with pytest.raises(Fault, match="RuntimeError: worn out"):
            await broken
        with pytest.raises(Fault, match="worn out"):
            await thread.run(lambda: None)


async def test_what_pjsip_refuses_is_told_in_its_own_words(thread: PjThread) -> None:
    """Its own errors have no text as exceptions, and nobody but ``sip`` knows them."""
    await thread.start(prepare)
    with pytest.raises(CallError, match="Not found"):
        await thread.run(lambda: pj.Endpoint.instance().codecSetPriority("none", 1))


async def test_a_teardown_that_fails_ends_the_thread_all_the_same() -> None:
    def fail() -> None:
        raise ValueError("no")

    thread = PjThread()
    async with asyncio.timeout(PATIENCE):
        await thread.start(prepare)
        with pytest.raises(ValueError, match="no"):
            await thread.stop(fail)
        await thread.stop(fail)


class Listening(pj.Endpoint):  # type: ignore[misc]
    """A library that tells when its timers are due."""

    def __init__(self, due: threading.Event) -> None:
        super().__init__()
        self._due = due

    def onTimer(self, prm: pj.OnTimerParam) -> None:
        self._due.set()


class Job(pj.PendingJob):  # type: ignore[misc]
    """What another thread of the library has for the one that polls."""

    def __init__(self, done: threading.Event) -> None:
        super().__init__()
        self._done = done

    def execute(self, is_pending: bool) -> None:
        self._done.set()


async def test_a_thread_that_sleeps_is_woken(
    thread: PjThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By commands, and by what other threads have for it: a callback, a timer."""
    monkeypatch.setattr(sip_thread, "_POLL_MS", 60_000)
    done, due = threading.Event(), threading.Event()
    job = Job(done)
    job.__disown__()  # the library deletes it

    def from_another_thread() -> None:
        endpoint = pj.Endpoint.instance()
        endpoint.libRegisterThread("test")
        endpoint.utilAddPendingJob(job)
        assert done.wait(PATIENCE)
        endpoint.utilTimerSchedule(10, None)
        assert due.wait(PATIENCE)

    async with asyncio.timeout(PATIENCE):
        await thread.start(prepare, lambda: Listening(due))
        for number in range(20):
            assert await thread.run(lambda number=number: number) == number
        await asyncio.to_thread(from_another_thread)


async def test_what_a_command_leaves_to_be_done_is_done(
    thread: PjThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_thread, "_POLL_MS", 60_000)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(PATIENCE):
        await thread.start(prepare)
        await thread.run(thread.post, thread.emit, done.set_result, None)
        await done
