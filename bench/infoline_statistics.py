"""How long the infoline's statistics take, and pages of recordings, with a past of many calls.

    .venv/bin/python -m bench.infoline_statistics [--calls 1000000]

A call comes each 30 seconds; each has asked for a login, and five more events; two in three have an
owner of one of three managers. One call in ten is recorded. Each question is asked once, of a file
that was just written; seconds are those of the processor, because machines are busy.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlite_utils

from bench.history import fill
from sipagent.exchange.recording.kept import Recordings
from sipagent.infoline.statistics.answers import By, section
from sipagent.infoline.statistics.figures import usage
from sipagent.panel.building import ROOMS
from sipagent.panel.player import players
from sipagent.reports.days import Days
from sipagent.store.database import open_database

Result = TypeVar("Result")

_MORE = (
    "INSERT INTO managers (id, code, name) VALUES (1, 'A', ''), (2, 'B', ''), (3, 'C', '')",
    "INSERT INTO estates (id, manager_id, code, name) SELECT id, id, 'Z', '' FROM managers",
    """
    WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 29999)
    INSERT INTO owners (manager_id, estate_id, login, name)
    SELECT 1 + n % 3, 1 + n % 3, 1000000 + n, '' FROM counted
    """,
    """
    INSERT INTO call_labels
    SELECT id, 'owner', 1000000 + rowid % 3 + 3 * (rowid % 9999) FROM calls WHERE rowid % 7 > 1
    """,
    """
    INSERT INTO call_events
    SELECT id, seq, 1000 * seq, kind, details FROM calls CROSS JOIN (
        SELECT 1 AS seq, 'step' AS kind, '{"step": "login", "type": "owner-login"}' AS details
        UNION ALL SELECT 2, 'prompt', '{"key": "login.ask", "text": "Proszę podać login."}'
        UNION ALL SELECT 3, 'login', '{"verdict": "accepted"}'
        UNION ALL SELECT 4, 'outcome', '{"step": "menu", "outcome": "1", "next": "balance"}'
        UNION ALL SELECT 5, 'statement', '{"addresses": 1}'
        UNION ALL SELECT 6, 'hung-up', '{"code": 200, "reason": ""}'
    )
    """,
    """
    INSERT INTO recordings (call, started, ended, seconds, why, announced, left_party, right_party,
        user, queue, room, number, language, file, peaks)
    SELECT id, started, ended, 300, 'user:Osoba 1', 1, caller, 'Osoba 1 <101>', 'Osoba 1', '', '',
        '', 'pl', id, randomblob(3600) FROM calls WHERE rowid % 10 = 0
    """,
)


def main() -> None:
    """Measure, and print a line for each question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    calls = parser.parse_args().calls
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_database(Path(folder, "line.db"), ROOMS)) as db,
    ):
        _fill(db, calls)
        (last,) = db.execute("SELECT max(started) FROM calls").fetchone()
        end = datetime.fromisoformat(last).date() - timedelta(days=1)
        for name, count in (("a day", 1), ("a month", 30), ("a quarter", 90)):
            _count(db, name, Days(end - timedelta(days=count - 1), end, UTC))
        kept = Recordings(db)
        page = _timed("recordings, the first page", lambda: kept.listed(limit=51))
        half = calls // 20
        _timed("recordings, a page further", lambda: kept.listed(before=half, limit=51))
        call = page[0].call
        _timed("recordings of a call, drawn", lambda: players(db, kept.listed(call=call), "pl"))


def _count(db: sqlite_utils.Database, name: str, days: Days) -> None:
    found = _timed(f"the infoline, {name}", lambda: usage(db, days))
    _timed("  and its section", lambda: section(By.DAY, found, days, "pl"))
    print(f"  {sum(one.calls for one in found.values())} calls")


def _fill(db: sqlite_utils.Database, calls: int) -> None:
    began = time.perf_counter()
    fill(db, calls)
    with db.conn:
        for statement in _MORE:
            db.conn.execute(statement)
    print(f"{calls} calls made in {time.perf_counter() - began:.0f} s")


def _timed(name: str, work: Callable[[], Result]) -> Result:
    began = time.process_time()
    found = work()
    print(f"{name:<34}{1000 * (time.process_time() - began):9.1f} ms")
    return found


if __name__ == "__main__":
    main()
