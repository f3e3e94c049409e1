"""Patience with worker processes: counted in work, so that a busy machine kills none."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sipagent.errors import SetupError
from sipagent.speech import process, progress
from sipagent.speech.process import Lost, WorkerProcess
from sipagent.speech.progress import Progress, Stalled
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

WORKER = """
import sys, time
from sipagent.speech import serving

def answer(loaded, request):
    exec(request["do"])
    return {"done": True}

serving.serve(lambda hello: exec(hello.get("do", "")), answer, 0)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A worker that does what it is told, in Python."""
    (tmp_path / "obedient_worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(process, "LOOK", 0.05)
    return "obedient_worker"


@contextmanager
def running(code: str) -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        try:
            yield child.pid
        finally:
            child.kill()


def looks(watch: Progress, count: int) -> None:
    for _ in range(count):
        time.sleep(0.05)
        watch.look()


def test_a_process_that_works_is_left_in_peace() -> None:
    with running("while True: pass") as pid:
        looks(Progress(pid, 60.0), progress._IDLE * 2)


def test_a_process_that_may_not_run_although_it_would_is_no_idler() -> None:
    """So little of the processor that most looks find nothing done, as on a machine at its end."""
    with running("import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\n"
                 "while True: pass") as pid:  # fmt: skip
        core = {min(os.sched_getaffinity(0))}
        os.sched_setaffinity(pid, core)
        with running("while True: pass") as hog:
            os.sched_setaffinity(hog, core)
            looks(Progress(pid, 60.0), progress._IDLE * 2)


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "input()"])
def test_a_process_that_waits_for_nothing_hangs(code: str) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen([sys.executable, "-c", code], stdin=reading) as child:
        watch = Progress(child.pid, 60.0)
        with pytest.raises(Stalled, match="did nothing for 5 s"):
            looks(watch, 200)  # it starts up first
        child.kill()
    os.close(reading)
    os.close(writing)


def test_a_process_that_runs_in_circles_is_found() -> None:
    with running("while True: pass") as pid, pytest.raises(Stalled, match=r"longer than 0\.3 s"):
        looks(Progress(pid, 0.3), 400)


async def test_a_worker_may_take_its_time_but_not_all_of_it(module: str) -> None:
    worker = WorkerProcess(module, {})
    await worker.start()
    busy = "end = time.process_time() + 1\nwhile time.process_time() < end: pass"
    assert await worker.ask({"do": busy}, 60.0) == {"done": True}
    with pytest.raises(Lost, match=r"process of the voices worked longer than 0\.2 s"):
        await worker.ask({"do": busy}, 0.2)
    with pytest.raises(Lost, match="process of the voices did nothing for"):
        await worker.ask({"do": "time.sleep(600)"}, 60.0)
    assert await worker.ask({"do": ""}, 60.0) == {"done": True}, "there is another one"
    await worker.close()


async def test_voices_that_never_load_are_given_up(module: str) -> None:
    worker = WorkerProcess(module, {"do": "time.sleep(600)"})
    with pytest.raises(SetupError, match="voices were not loaded: the process did nothing"):
        await worker.start()
    assert worker.pid is None


async def test_closing_is_prompt_whatever_the_worker_does(module: str) -> None:
    worker = WorkerProcess(module, {})
    await worker.start()
    asked = asyncio.create_task(worker.ask({"do": "while True: pass"}, 600.0))
    await asyncio.sleep(0.2)
    asked.cancel()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncio.CancelledError):
            await asked
        await worker.close()
    loading = WorkerProcess(module, {"do": "while True: pass"})
    started = asyncio.create_task(loading.start())
    await asyncio.sleep(0.5)
    started.cancel()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncio.CancelledError):
            await started
        await loading.close()
    assert loading.pid is None


async def test_the_end_of_a_worker_is_taken_from_nobody(
    module: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncio waits for it in a thread, and warns where somebody else was faster."""
    wait = os.waitpid

    def late(pid: int, options: int) -> tuple[int, int]:
        while not options and Path(f"/proc/{pid}/cmdline").read_bytes():
            time.sleep(0.01)
        time.sleep(0 if options else 0.3)
        return wait(pid, options)

    monkeypatch.setattr(os, "waitpid", late)
    worker = WorkerProcess(module, {}, keep=False)
    await worker.start()
    assert worker.pid is not None
    with caplog.at_level(logging.WARNING, "asyncio"):
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.sleep(0.1)  # it is dead by now, and asyncio does not know it
        await worker.close()
    assert not caplog.records, caplog.text
