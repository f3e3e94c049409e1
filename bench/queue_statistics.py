"""How long statistics take, with the journal and the records of a year.

    .venv/bin/python -m bench.queue_statistics [--calls 1000000]

The database is made in a temporary folder: calls of a year, three in four of them in the hours of
an office, to five queues with fifty members; each with its record and two legs, its offer, and what
its member was doing. Each question is asked once, of a file that was just written; seconds are
those of the processor, because machines are busy.
"""

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.costs import By
from sipagent.exchange.statistics.schema import statistics
from sipagent.records.schema import records
from sipagent.reports.days import Days
from sipagent.store.database import open_database, open_reader

ZONE = ZoneInfo("Europe/Warsaw")
FIRST = datetime(2025, 11, 26, tzinfo=UTC)
OUTCOMES = ("answered",) * 8 + ("abandoned", "callback")
QUEUES = [f"Kolejka {number}" for number in range(5)]
MEMBERS = [f"user:Osoba {number}" for number in range(50)]
#: Number, party, cost and trunk of the legs of a call.
LEGS = ((1, "101", None, ""), (2, "+48600100100", 30, "carrier"))
SPANS = {"a day": 1, "a month": 30, "a year": 365}


def moments(calls: int) -> Iterator[datetime]:
    """Yield when calls arrive, in order."""
    chosen = random.Random(1)
    office, any_time = range(7 * 3600, 17 * 3600), range(86_400)
    seconds = sorted(
        chosen.randrange(365) * 86_400
        + chosen.choice(office if chosen.random() < 0.75 else any_time)
        for _ in range(calls)
    )
    return (FIRST + timedelta(seconds=one) for one in seconds)


def stored(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def fill(path: Path, calls: int) -> None:
    """Make the database."""
    open_database(path, [records, statistics]).close()
    with sqlite3.connect(path) as db:
        for number, at in enumerate(moments(calls)):
            _call(db, number, at)
        for day in range(365):
            for member in MEMBERS:
                _shift(db, member, FIRST + timedelta(days=day))


def _call(db: sqlite3.Connection, number: int, at: datetime) -> None:
    outcome = OUTCOMES[number % len(OUTCOMES)]
    waited, talked = (number * 7 % 900) / 10, float(number * 13 % 600)
    queue, member = QUEUES[number % 5], MEMBERS[number % 50]
    caller = f"+4860{number * 31 % 10_000_000:07}"
    answered = at + timedelta(seconds=waited)
    ended = answered + timedelta(seconds=talked)
    got = outcome == "answered"
    db.execute(
        "INSERT INTO queue_calls (id, queue, call, number, name, arrived_at, priority, place, "
        "ended_at, outcome, waited, member, answered_at, talked, wrapped, callback_of) "
        "VALUES (?, ?, ?, ?, '', ?, 0, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, queue, f"{number:020}", caller, stored(at), stored(ended), outcome, waited),
            *((member, stored(answered), talked, 10.0) if got else (None,) * 4),
            # Every tenth has asked to be called back, and is by the call after it.
            number - 1 if number % len(OUTCOMES) == 0 and number else None,
        ),
    )
    db.execute(
        "INSERT INTO queue_offers (queue_call, queue, member, party, offered_at, outcome) "
        "VALUES (?, ?, ?, '', ?, ?)",
        (number, queue, member, stored(at), "answered" if got else "missed"),
    )
    db.executemany(
        "INSERT INTO queue_states (queue, member, at, state, reason) VALUES (?, ?, ?, ?, '')",
        ((queue, member, stored(at), state) for state in ("ring", "talk", "idle")),
    )
    db.execute(
        "INSERT INTO calls (id, sip_id, started, answered, ended, caller, asserted, called, "
        "scenario, trunk) VALUES (?, '', ?, ?, ?, ?, 1, '', 'firma', 'carrier')",
        (f"{number:020}", stored(at), stored(at), stored(ended), caller),
    )
    db.executemany(
        "INSERT INTO call_legs (call, leg, sip_id, party, began, answered, ended, cost, vat, "
        "payer, trunk) VALUES (?, ?, '', ?, ?, ?, ?, ?, 23, ?, ?)",
        (
            (
                *(f"{number:020}", leg, party, stored(at), stored(answered) if got else None),
                *(stored(ended), cost if got else None, member[5:] if cost else "", trunk),
            )
            for leg, party, cost, trunk in (
                (1, "101", None, ""),
                (2, "+48600100100", 30, "carrier"),
            )
        ),
    )


def _shift(db: sqlite3.Connection, member: str, day: datetime) -> None:
    db.executemany(
        "INSERT INTO queue_states (queue, member, at, state, reason) VALUES (?, ?, ?, ?, ?)",
        (
            (queue, member, stored(day + timedelta(hours=hour)), state, reason)
            for queue, hour, state, reason in (
                *(("Kolejka 0", 7, "in", ""), (None, 11, "pause", "obiad")),
                *((None, 11.5, "resume", ""), ("Kolejka 0", 15, "out", "")),
            )
        ),
    )


def measure(path: Path) -> None:
    """Print how long each question takes."""
    there = Statistics(open_reader(path))
    last = date(2026, 11, 25)
    print(f"{'seconds':<12}" + "".join(f"{name:>10}" for name in SPANS))
    for name, ask in _questions(there).items():
        taken = []
        for days in SPANS.values():
            asked = Question(
                Days(last - timedelta(days=days - 1), last, ZONE), datetime(2026, 12, 1, tzinfo=UTC)
            )
            began = time.process_time()
            ask(asked)
            taken.append(time.process_time() - began)
        print(f"{name:<12}" + "".join(f"{one:>10.3f}" for one in taken))
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _questions(there: Statistics) -> dict[str, Callable[[Question], object]]:
    return {
        "queues": there.by_queue,
        "hours, days": there.by_hour,
        "members": there.by_member,
        "pauses": there.presences,
        "missed": there.abandoned,
        "calls": lambda asked: there.traffic(asked.days),
        "costs": lambda asked: there.costs(asked.days, By.USER),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.db"
        fill(path, wanted.calls)
        print(f"{wanted.calls} calls, {path.stat().st_size / 1e6:.0f} MB")
        measure(path)


if __name__ == "__main__":
    main()
