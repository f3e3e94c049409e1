"""A database that is locked, or a disk that is full, holds no call and loses nothing."""

import asyncio
import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sipagent.records.recorder import Recorder
from sipagent.store.store import Store
from tests.patience import PATIENCE
from tests.records.record_helpers import history, start_of, until

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipagent.store.writer._RETRY", 0.02)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock, as a long import does."""
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.rollback()
    other.close()


async def test_a_locked_database_loses_nothing(
    recorder: Recorder, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with locked(path):
        record = await recorder.open(start_of())
        for number in range(100):
            record.note("event", {"number": number})
        await record.close("caller", "hung-up", 200)
        await until(lambda: "wait in memory" in caplog.text)
        assert history(path).calls() == []
    await until(lambda: "written again" in caplog.text)
    assert history(path).call("a1").ended_by == "caller"
    numbers = [event.details["number"] for event in history(path).timeline("a1")]
    assert numbers == list(range(100))
    warnings = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert warnings[0].endswith("wait in memory: database is locked")
    assert warnings[1].startswith("written again")


async def test_callers_do_not_wait_for_a_locked_database(recorder: Recorder, path: Path) -> None:
    with locked(path):
        await recorder.open(start_of("first"))
        began = time.monotonic()
        for number in range(50):
            record = await recorder.open(start_of(f"c{number}"))
            await record.close("caller", "hung-up", 200)
        assert time.monotonic() - began < 0.5


async def test_a_full_disk_is_waited_out(recorder: Recorder, store: Store, path: Path) -> None:
    record = await recorder.open(start_of())
    db = store._writer._db
    assert db is not None
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(500):
        record.note("prompt", {"text": "x" * 200})
    await record.close("caller", "hung-up", 200)
    assert history(path).call("a1").ended is None
    db.execute("PRAGMA max_page_count = 100000")
    await until(lambda: history(path).call("a1").ended is not None)
    assert history(path).call("a1").ended_by == "caller"
    assert len(history(path).timeline("a1")) == 500


async def test_nothing_is_lost_when_another_program_has_looked(
    recorder: Recorder, path: Path
) -> None:
    # A second opening in this process, and another program that closes the file, once took the
    # write-ahead log away from under the line: rows went into a file without a name.
    assert await recorder.recover() == 0
    for call in ("a1", "a2", "a3"):
        record = await recorder.open(start_of(call))
        look = f"import sqlite3; sqlite3.connect({str(path)!r}).execute('SELECT * FROM calls')"
        await (await asyncio.create_subprocess_exec(sys.executable, "-c", look)).wait()
        await record.close("caller", "hung-up", 200)
    count = "SELECT count(*) FROM calls WHERE ended IS NOT NULL"
    look = f"import sqlite3; print(*sqlite3.connect({str(path)!r}).execute({count!r}).fetchone())"
    assert subprocess.check_output([sys.executable, "-c", look]) == b"3\n"


async def test_memory_is_bounded_and_rows_go_before_events(
    recorder: Recorder,
    store: Store,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("sipagent.store.writer._MOST_WAITING", 10)
    with locked(path):
        record = await recorder.open(start_of())
        for number in range(100):
            record.note("event", {"number": number})
        await record.close("caller", "hung-up", 200)
    await until(lambda: "written again" in caplog.text)
    assert history(path).call("a1").ended_by == "caller"
    kept = [event.details["number"] for event in history(path).timeline("a1")]
    assert kept == list(range(9))
    assert "lost 91" in caplog.text


async def test_stop_waits_for_a_lock_that_goes_away(
    recorder: Recorder, store: Store, path: Path
) -> None:
    with locked(path):
        record = await recorder.open(start_of())
        record.note("digit", {"digit": "1"})
        stopping = asyncio.create_task(store.close())
        await asyncio.sleep(0.4)
        assert not stopping.done()
    await stopping
    assert len(history(path).timeline("a1")) == 1


async def test_stop_does_not_wait_for_ever(
    recorder: Recorder,
    store: Store,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("sipagent.store.writer._LAST_TRIES", 0.1)
    with locked(path):
        await recorder.open(start_of())
        async with asyncio.timeout(PATIENCE):
            await store.close()
    assert "1 lines are lost: database is locked" in caplog.text


async def test_a_slow_disk_holds_a_caller_for_a_moment_only(
    recorder: Recorder, store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.store.writer._LONGEST_WAIT", 0.05)
    commit = store._writer._commit

    def slowly(batch: object) -> object:
        time.sleep(0.5)
        return commit(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(store._writer, "_commit", slowly)
    async with asyncio.timeout(0.4):
        record = await recorder.open(start_of())
    await record.close("caller", "hung-up", 200)
    await store.close()
    assert history(path).call("a1").ended_by == "caller"
