"""What was said to be written is there after kill -9, whole, and nothing stands there by halves."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.line

PROGRAM = """
import asyncio, sys
from pathlib import Path
from sqlite_utils.migrations import Migrations
from sipagent.store.store import Store

pairs = Migrations("pairs")

@pairs()
def table(db):
    db.execute("CREATE TABLE pairs (number INTEGER NOT NULL, half TEXT NOT NULL) STRICT")

def both(number):
    def work(db):
        for half in "ab":
            db.execute("INSERT INTO pairs VALUES (?, ?)", [number, half])
    return work

def fails(db):
    db.execute("INSERT INTO pairs VALUES (-1, 'a')")
    raise ValueError

async def write(store, number):
    await store.write(both(number), durable=number % 3 == 0)
    print(number, flush=True)

async def main():
    store = Store(Path(sys.argv[1]), [pairs])
    print("begin", flush=True)
    for number in range(0, 1_000_000, 8):
        store.post("INSERT INTO pairs VALUES (?, 'post')", (number,))
        jobs = [write(store, one) for one in range(number, number + 8)]
        await asyncio.gather(*jobs, store.write(fails), return_exceptions=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.05, 0.2, 0.7])
def test_kill_nine_in_the_middle_of_writing(tmp_path: Path, moment: float) -> None:
    path = tmp_path / "line.db"
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        # The last line may have been cut off.
        promised = [int(line) for line in process.stdout.read().split("\n")[:-1]]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute(
            "SELECT number, group_concat(half, '') FROM pairs WHERE half <> 'post' GROUP BY number"
        ).fetchall()
    kept = dict(rows)
    assert set(kept.values()) <= {"ab"}
    assert set(promised) <= kept.keys()
    assert list(kept) == list(range(len(kept)))
