"""Threads of the interpreter share a core; all others have the whole machine."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sipagent import cores
from sipagent.speech.process import WorkerProcess
from sipagent.threads import Threads
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Share a core in this thread, for the length of a test."""
    allowed = os.sched_getaffinity(0)
    monkeypatch.setattr(cores, "_home", cores._ALLOWED)
    cores.share()
    yield
    os.sched_setaffinity(0, allowed)


def in_a_thread(work: Callable[[], None]) -> set[int]:
    """Return where a thread may run that has been begun here and did some work."""
    found: set[int] = set()

    def run() -> None:
        work()
        found.update(os.sched_getaffinity(0))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found


def roam_and_return() -> None:
    with cores.roaming():
        assert os.sched_getaffinity(0) == cores._ALLOWED


def test_a_thread_shares_the_core_of_whoever_begins_it_until_it_roams() -> None:
    home = os.sched_getaffinity(0)
    assert len(home) == 1
    assert in_a_thread(lambda: None) == home
    assert in_a_thread(cores.roam) == cores._ALLOWED
    assert in_a_thread(roam_and_return) == home


async def test_what_blocks_has_the_whole_machine() -> None:
    threads = Threads("roaming", 1, 1)
    try:
        assert await threads.run(os.sched_getaffinity, 0) == cores._ALLOWED
    finally:
        threads.close()


async def test_speech_has_the_whole_machine() -> None:
    home = os.sched_getaffinity(0)
    worker = WorkerProcess("sipagent.speech.worker", {"models": []})
    try:
        await worker.start()
        assert worker.pid is not None
        assert os.sched_getaffinity(worker.pid) == cores._ALLOWED
        assert os.sched_getaffinity(0) == home
    finally:
        await worker.close()


def test_a_system_that_forbids_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a systemd unit of before does."""

    def refuse(who: int, where: set[int]) -> None:
        raise PermissionError

    monkeypatch.setattr(cores, "_home", cores._ALLOWED)
    with monkeypatch.context() as forbidden:
        forbidden.setattr(os, "sched_setaffinity", refuse)
        cores.share()
        with cores.roaming():
            pass


async def test_threads_work_on_where_the_cores_are_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As an operator may do with a container that runs."""

    def refuse(who: int, where: set[int]) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    threads = Threads("moved", 1, 1)
    try:
        async with asyncio.timeout(PATIENCE):
            assert await threads.run(str) == ""
        cores.stay()
    finally:
        monkeypatch.undo()
        threads.close()


@pytest.mark.parametrize("unit", ["deploy/systemd", "sipagent/ops/units"])
def test_the_unit_allows_it(unit: str) -> None:
    text = Path(__file__).parents[1].joinpath(unit, "sipagent.service").read_text("utf-8")
    assert "\nSystemCallFilter=setpriority sched_setaffinity\n" in text
