"""How long a page of the panel's list of calls takes, at a million of them.

.venv/bin/python -m bench.history            # 1,000,000 calls, in a folder of its own
.venv/bin/python -m bench.history --calls 100000
"""

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import sqlite_utils

from sipagent.panel.building import ROOMS
from sipagent.records.search import Key, Wanted, page
from sipagent.store.database import open_database

#: Turns of which the middle one counts.
_TURNS = 7
_PAGE = 51

_CALLS = """
WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :calls)
INSERT INTO calls (id, sip_id, started, answered, ended, caller, asserted, called, scenario,
                   language, ended_by, outcome, sip_code, trunk)
SELECT printf('%08x', n * 2654435761 % 4294967296), 'a' || n || '@x',
       strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 1764000000 + n * 30, 'unixepoch'),
       CASE WHEN n % 7 THEN
           strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 1764000004 + n * 30, 'unixepoch') END,
       strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 1764000010 + n * 30 + n % 1200, 'unixepoch'),
       '+486' || printf('%08d', n * 7919 % 50000), 1, '2210002' || printf('%02d', n % 20),
       'infolinia', 'pl', 'caller', CASE WHEN n % 500 THEN 'hung-up' ELSE 'failed' END, 200,
       'operator'
FROM counted
"""
_LABELS = """
INSERT INTO call_labels SELECT id, 'user', 'Osoba ' || (rowid % 40) FROM calls WHERE rowid % 2;
INSERT INTO call_labels SELECT id, 'manager', 1 + (rowid % 3) FROM calls;
INSERT INTO call_labels SELECT id, 'group', 'Rzadka' FROM calls WHERE rowid % 50000 = 0
"""
_LEGS = """
INSERT INTO call_legs (call, leg, sip_id, party, began, cost, vat)
SELECT id, 1, 'b' || rowid, '+485' || printf('%08d', rowid % 30000), started,
       CASE WHEN rowid % 10 THEN NULL ELSE rowid % 900 END, 23 FROM calls WHERE rowid % 3 = 0
"""


def fill(db: sqlite_utils.Database, calls: int) -> None:
    """Make so many calls with labels and legs, one each 30 seconds."""
    with db.conn:
        db.conn.execute(_CALLS, {"calls": calls})
        for statement in (*_LABELS.split(";"), _LEGS):
            db.conn.execute(statement)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.db")
        with closing(open_database(path, ROOMS)) as db:
            began = time.perf_counter()
            fill(db, calls)
            print(f"{calls} calls made in {time.perf_counter() - began:.0f} s")
            (middle,) = db.execute(
                "SELECT started FROM calls ORDER BY started LIMIT 1 OFFSET ?", [calls // 2]
            ).fetchone()
            for name, wanted, after in _questions(middle):
                print(f"{name:<34}{_milliseconds(db, wanted, after):8.1f} ms")


def _questions(middle: str) -> list[tuple[str, Wanted, Key | None]]:
    day = datetime.fromisoformat(middle)
    return [
        ("all, first page", Wanted(), None),
        ("all, a page in the middle", Wanted(), Key(middle, "")),
        ("a day", Wanted(since=day, until=day + timedelta(days=1)), None),
        ("a number, 20 calls", Wanted(number="+48600007919"), None),
        ("a number that nobody has", Wanted(number="+48999999999"), None),
        ("the line's own number", Wanted(number="221000207"), None),
        ("a user, 12,500 calls", Wanted(labels={"user": "Osoba 7"}), None),
        ("a manager, a third of all", Wanted(labels={"manager": "2"}), None),
        ("a group, 20 calls", Wanted(labels={"group": "Rzadka"}), None),
        ("failed", Wanted(outcome="failed"), None),
        ("done, which none is", Wanted(outcome="done"), None),
        ("20 minutes and longer, none", Wanted(shortest=1210), None),
        ("8 zł and more", Wanted(dearest=800), None),
    ]


def _milliseconds(db: sqlite_utils.Database, wanted: Wanted, after: Key | None) -> float:
    times = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        page(db, wanted, _PAGE, after)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


if __name__ == "__main__":
    main()
