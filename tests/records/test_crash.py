"""Calls of a run that was killed are closed by the next one, and keep what they had."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.store.store import Store
from tests.records.record_helpers import history, start_of

pytestmark = pytest.mark.line

PROGRAM = """
import asyncio, sys
from pathlib import Path
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.store import Store

async def call(recorder, name):
    record = await recorder.open(CallStart(name, "s", None, False, "i", "i"))
    record.note("answer", {})
    if name == "done":
        return await record.close("caller", "hung-up", 200)
    for number in range(1_000_000):
        record.note("event", {"number": number})
        await asyncio.sleep(0.01)

async def main():
    recorder = Recorder(Store(Path(sys.argv[1]), [records]))
    await call(recorder, "done")
    calls = [asyncio.create_task(call(recorder, f"c{n}")) for n in range(20)]
    await asyncio.sleep(0.3)
    await recorder.written()
    print("talking", flush=True)
    await asyncio.gather(*calls)

asyncio.run(main())
"""


def recover(path: Path) -> int:
    async def run() -> int:
        async with Store(path, [records]) as store:
            return await Recorder(store).recover()

    return asyncio.run(run())


@pytest.mark.parametrize("moment", [0.0, 0.213])
def test_kill_nine_in_the_middle_of_calls(path: Path, moment: float) -> None:
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"talking\n"
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    assert recover(path) == 20
    assert recover(path) == 0
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    past = history(path)
    assert past.call("done").ended_by == "caller"
    for number in range(20):
        call = past.call(f"c{number}")
        timeline = past.timeline(call.id)
        assert (call.ended_by, call.outcome, call.sip_code) == ("crash", "crash", None)
        assert call.ended is not None
        last = datetime.fromisoformat(call.started) + timedelta(milliseconds=timeline[-1].at_ms)
        assert datetime.fromisoformat(call.ended) == last
        assert [event.details["number"] for event in timeline[1:]] == list(range(len(timeline) - 1))
        assert timeline[-1].at_ms >= 200 + moment * 500


async def test_a_call_without_events_ends_when_it_came(recorder: Recorder, path: Path) -> None:
    await recorder.open(start_of())
    assert await recorder.recover() == 1
    call = history(path).call("a1")
    assert call.ended == call.started
    assert call.seconds is None
