"""Call records survive what calls, disks and programs do."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.errors import DataError
from sipagent.records.history import History, export
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.database import open_database


def start_of(call: str = "a1", caller: str | None = "+48600100101") -> CallStart:
    return CallStart(call, f"{call}@x", caller, False, "infolinia", "infolinia")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
async def recorder(path: Path) -> AsyncIterator[Recorder]:
    recorder = Recorder(path)
    await recorder.start()
    yield recorder
    await recorder.stop()


def history(path: Path) -> History:
    return History(open_database(path, [records]))


async def test_a_whole_call(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    assert history(path).call("a1").ended is None
    record.note("answer", {})
    record.note("prompt", {"key": "greeting", "text": "Dzień dobry."})
    record.note("digit", {"digit": "1"})
    record.note("digit", {"digit": "7", "secret": True})
    record.update(owner="100001", manager=3, language="pl")
    await record.close("caller", "hung-up", 200)
    call = history(path).call("a1")
    assert (call.owner, call.manager, call.ended_by, call.sip_code) == ("100001", 3, "caller", 200)
    assert call.seconds is not None
    assert 0 <= call.seconds < 5
    timeline = history(path).timeline("a1")
    assert [event.kind for event in timeline] == ["answer", "prompt", "digit", "digit"]
    assert [event.details.get("digit") for event in timeline[2:]] == ["1", "•"]
    shown = export(call, timeline)
    assert shown["timeline"][1]["text"] == "Dzień dobry."
    assert shown["call"]["caller"] == "+48600100101"


async def test_a_thousand_calls_at_once(recorder: Recorder, path: Path) -> None:
    async def call(number: int) -> None:
        record = await recorder.open(start_of(f"c{number:04}"))
        for digit in "123":
            record.note("digit", {"digit": digit})
            await asyncio.sleep(0)
        await record.close("caller", "hung-up", 200)

    await asyncio.gather(*(call(number) for number in range(1000)))
    past = history(path)
    assert len(past.calls(limit=2000)) == 1000
    for number in (0, 500, 999):
        pressed = [event.details["digit"] for event in past.timeline(f"c{number:04}")]
        assert pressed == ["1", "2", "3"]


async def test_a_locked_database_holds_no_call_and_loses_nothing(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.records.writer._LONGEST_WAIT", 0.05)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(2):
        record = await recorder.open(start_of())
        record.note("digit", {"digit": "1"})
        await record.close("caller", "hung-up", 200)
    other.rollback()
    await recorder.stop()
    assert history(path).call("a1").ended_by == "caller"
    assert len(history(path).timeline("a1")) == 1


async def test_a_full_disk_is_waited_out(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.records.writer._LONGEST_WAIT", 0.05)
    monkeypatch.setattr("sipagent.records.writer._RETRY", 0.02)
    record = await recorder.open(start_of())
    db = recorder._writer._db
    assert db is not None
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(500):
        record.note("prompt", {"text": "x" * 200})
    await record.close("caller", "hung-up", 200)
    assert history(path).call("a1").ended is None
    db.execute("PRAGMA max_page_count = 100000")
    await recorder.stop()
    assert history(path).call("a1").ended_by == "caller"
    assert len(history(path).timeline("a1")) == 500


def test_kill_nine_in_the_middle_of_a_call(path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from sipagent.records.recorder import CallStart, Recorder

        async def main():
            recorder = Recorder(Path({str(path)!r}))
            await recorder.start()
            record = await recorder.open(CallStart("a1", "s", None, False, "i", "i"))
            record.note("answer", {{}})
            await asyncio.sleep(0.2)
            record.note("digit", {{"digit": "1"}})
            await recorder.written()
            print("now", flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        os.kill(process.pid, signal.SIGKILL)

    async def recover() -> int:
        recorder = Recorder(path)
        await recorder.start()
        count = await recorder.recover()
        await recorder.stop()
        return count

    assert asyncio.run(recover()) == 1
    assert asyncio.run(recover()) == 0
    call = history(path).call("a1")
    assert call.ended_by == "crash"
    assert call.seconds is not None
    assert 0.15 < call.seconds < 5


async def test_calls_are_found(recorder: Recorder, path: Path) -> None:
    for number in ("a1", "a2", "b1"):
        record = await recorder.open(start_of(number, None if number == "b1" else "+48600100101"))
        record.update(owner=f"10000{number[-1]}")
        await record.close("agent", "done", 200)
    past = history(path)
    assert past.call("last").id == "b1"
    assert past.call("b").id == "b1"
    assert [call.id for call in past.calls(caller="+48600100101")] == ["a2", "a1"]
    assert [call.id for call in past.calls(owner="100002")] == ["a2"]
    assert past.calls(until=datetime.now(UTC) - timedelta(hours=1)) == []
    assert len(past.calls(since=datetime.now(UTC) - timedelta(hours=1))) == 3
    assert len(past.calls(limit=2)) == 2
    with pytest.raises(DataError, match="several calls begin with 'a'"):
        past.call("a")
    with pytest.raises(DataError, match="no call 'zz'"):
        past.call("zz")
