"""A database as the program made it before calls had labels and legs."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

MIGRATIONS = (
    *("calls_and_events", "finding_calls", "quality_of_calls", "traces", "trunk_of_calls"),
    "verstat_of_calls",
)
SCHEMA = """
CREATE TABLE _sqlite_migrations (
   "id" INTEGER PRIMARY KEY, "migration_set" TEXT, "name" TEXT, "applied_at" TEXT
);
CREATE UNIQUE INDEX idx__sqlite_migrations_migration_set_name
    ON _sqlite_migrations ("migration_set", "name");
CREATE TABLE calls (
    id TEXT PRIMARY KEY, sip_id TEXT NOT NULL, started TEXT NOT NULL, answered TEXT, ended TEXT,
    caller TEXT, asserted INTEGER NOT NULL, called TEXT NOT NULL, scenario TEXT NOT NULL,
    language TEXT, manager INTEGER, owner TEXT, ended_by TEXT, outcome TEXT, sip_code INTEGER,
    mos REAL, quality TEXT, trunk TEXT NOT NULL DEFAULT '', verstat TEXT
) STRICT;
CREATE TABLE call_events (
    call TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE, seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, kind TEXT NOT NULL, details TEXT NOT NULL, PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE sip_messages (
    id INTEGER PRIMARY KEY, sip_id TEXT NOT NULL, at TEXT NOT NULL, sent INTEGER NOT NULL,
    peer TEXT NOT NULL, transport TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_start ON calls (started);
CREATE INDEX calls_open ON calls (id) WHERE ended IS NULL;
CREATE INDEX calls_by_caller ON calls (caller, started);
CREATE INDEX calls_by_owner ON calls (owner, started) WHERE owner IS NOT NULL;
CREATE INDEX sip_messages_of_call ON sip_messages (sip_id, id);
CREATE INDEX sip_messages_by_time ON sip_messages (at);
"""
#: What the timeline of a caller tells who was put through in the end.
PUT_THROUGH: tuple[tuple[int, str, dict[str, object]], ...] = (
    (0, "answer", {}),
    (900, "login", {"verdict": "accepted"}),
    (2000, "transfer", {"target": "+48221234567", "uri": "sip:+48221234567@t", "trunk": "t"}),
    (2010, "second-leg", {"sip_id": "b1@x"}),
    (3000, "moved", {"uri": "sip:desk@t", "trunk": "t"}),
    (3010, "second-leg", {"sip_id": "b2@x"}),
    (7010, "joined", {"sip_id": "b2@x"}),
    (60_010, "second-leg-audio", {"sip_id": "b2@x", "codec": "PCMA", "mos": 4.1}),
    (60_011, "parted", {"seconds": 53.0}),
    (60_012, "transferred", {"reached": "answered", "way": "bridge", "code": 200, "reason": ""}),
)


def old_database(path: Path, calls: int = 0, *, every: int = 10, events: int = 0) -> Path:
    """Make one, with so many calls of two owners; every so many calls somebody is put through.

    Call 0 has nobody who got in, and call 1 has not ended.
    """
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.executemany(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('records', ?, '2026-11-01')",
            [(name,) for name in MIGRATIONS],
        )
        db.executemany(
            "INSERT INTO calls VALUES (?, ?, ?, ?, ?, '+48600100101', 1, 'line', 'infolinia', "
            "'pl', ?, ?, 'caller', 'hung-up', 200, 4.2, ?, 't', NULL)",
            (_call(number) for number in range(calls)),
        )
        db.executemany(
            "INSERT INTO call_events VALUES (?, ?, ?, ?, ?)", _events(calls, every, events)
        )
        db.commit()
    return path


def _call(number: int) -> tuple[object, ...]:
    day, second = f"2026-{1 + number // 28 % 11:02}-{1 + number % 28:02}", number % 60
    times = [f"{day}T10:{minute:02}:{second:02}.000+00:00" for minute in (0, 0, 2)]
    if number == 1:
        times[2] = None  # type: ignore[call-overload]
    owner = (1 + number % 2, f"10000{number % 2}") if number else (None, None)
    return (f"{number:08}", f"{number}@x", *times, *owner, json.dumps({"codec": "PCMA"}))


def _events(calls: int, every: int, more: int) -> Iterable[tuple[str, int, int, str, str]]:
    prompt = json.dumps({"key": "menu.intro", "text": "Saldo: jeden złoty dwa grosze. " * 2})
    for number in range(calls):
        story = PUT_THROUGH if number % every == 0 else PUT_THROUGH[:2]
        for seq, (at_ms, kind, details) in enumerate(story):
            yield f"{number:08}", seq, at_ms, kind, json.dumps(details)
        for seq in range(len(story), len(story) + more):
            yield f"{number:08}", seq, 61_000, "prompt", prompt
