"""Two weeks of calls that never were: what pages and statistics of a demonstration tell of."""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sipagent import times
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database

DAYS, CALLS = 14, 600
QUEUE, SCENARIO = "Zgłoszenia", "zgloszenia"
MEMBERS = ("Anna Nowak", "Jan Kowal", "Ewa Lis")
#: Hours of a day, and how many call in them.
_HOURS = {8: 6, 9: 9, 10: 10, 11: 8, 12: 6, 13: 6, 14: 7, 15: 5, 17: 2, 20: 1}
_FATES = ("answered",) * 8 + ("abandoned", "left")


def write(database: Path) -> None:
    """Write them into the database of a line that does not run yet."""
    chance = random.Random(2)
    with closing(open_database(database, ROOMS)) as tables, tables.conn as db:
        for number, at in enumerate(_moments(chance), 1):
            _write(db, f"demo{number:016}", at, chance)


def _moments(chance: random.Random) -> Iterator[datetime]:
    now = datetime.now(UTC)
    hours = chance.choices(list(_HOURS), list(_HOURS.values()), k=CALLS)
    days = (now - timedelta(days=chance.randrange(DAYS)) for _ in range(CALLS))
    found = [
        day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60))
        for day, hour in zip(days, hours, strict=True)
    ]
    return (one for one in sorted(found) if one < now - timedelta(hours=1))


def _write(db: sqlite3.Connection, name: str, at: datetime, chance: random.Random) -> None:
    fate, member = chance.choice(_FATES), chance.choice(MEMBERS)
    waited, talked = chance.expovariate(1 / 25), chance.uniform(30, 400)
    got = fate == "answered"
    answered = at + timedelta(seconds=waited)
    ended = answered + timedelta(seconds=talked if got else 1)
    caller = f"+48600{chance.randrange(200_000, 200_060)}"
    came, met, over = (times.stored(one) for one in (at, answered, ended))
    db.execute(
        "INSERT INTO calls (id, sip_id, started, answered, ended, caller, asserted, called, "
        "scenario, language, ended_by, outcome, sip_code, trunk) "
        "VALUES (?, ?, ?, ?, ?, ?, 1, '221000200', ?, 'pl', 'caller', 'hung-up', 200, '')",
        (name, f"{name}@demo", came, came, over, caller, SCENARIO),
    )
    db.execute("INSERT INTO call_labels VALUES (?, 'queue', ?)", (name, QUEUE))
    db.execute(
        "INSERT INTO queue_calls (queue, call, number, name, arrived_at, priority, place, "
        "ended_at, outcome, waited, member, answered_at, talked, wrapped) "
        "VALUES (?, ?, ?, '', ?, 0, 1, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(QUEUE, name, caller, came, over, fate, round(waited, 1)),
            *((f"user:{member}", met, round(talked, 1), 15.0) if got else (None,) * 4),
        ),
    )
    waits = round(1000 * waited)
    events = [(0, "answer", {}), (40, "queued", {"queue": QUEUE, "place": 1})]
    if got:
        named = {"queue": QUEUE, "member": f"user:{member}", "seconds": round(waited, 1)}
        events.append((waits, "queue-answered", named))
    else:
        named = {"queue": QUEUE, "outcome": fate, "seconds": round(waited, 1)}
        events.append((waits, "queue-left", named))
    events.append((round(1000 * (ended - at).total_seconds()), "hung-up", {}))
    db.executemany(
        "INSERT INTO call_events VALUES (?, ?, ?, ?, ?)",
        [(name, seq, ms, kind, json.dumps(told)) for seq, (ms, kind, told) in enumerate(events)],
    )
