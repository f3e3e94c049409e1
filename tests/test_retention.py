"""Retention: what is old goes, what is young or unfinished stays, and it is logged."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import time_machine

from sipagent import retention
from sipagent.config import Config, PathsSection, RetentionSection
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.tickets import Request, Tickets, Transcription, tickets
from sipagent.records.schema import records
from sipagent.retention import Deleted, Retention
from sipagent.store.database import open_database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUEST = Request(1, "Z", "E", "100001", "Anna", "", None, "c", "pl", "b@example.org", "", "")


def config(folder: Path, **days: Any) -> Config:
    paths = PathsSection(
        database=folder / "line.db", recordings=folder / "rec", outbox=folder / "outbox"
    )
    return Config(paths=paths, retention=RetentionSection.model_validate(days))


def keep(folder: Path, age: int, name: str) -> None:
    """Leave one thing of each kind, so many days old."""
    then = NOW - timedelta(days=age)
    db = open_database(folder / "line.db", [tickets, messages, records])
    kept = Tickets(db, lambda: then)
    ticket = kept.draft(replace(REQUEST, recording=f"{name}.wav"))
    kept.submit(ticket, 1.0)
    kept.transcribed(ticket, Transcription.DONE, "Cieknie woda.")
    (folder / "rec").mkdir(exist_ok=True)
    (folder / "rec" / f"{name}.wav").write_bytes(b"x")
    box = Outbox(db, folder / "outbox", Config().mail, clock=lambda: then)
    (key,) = box.put(Message("a@example.org", "s", "t"))
    box.refused(box.find(key), "550")
    box.put(Message("waiting@example.org", "s", "t"))
    text = then.isoformat(timespec="milliseconds")
    db.execute(
        "INSERT INTO calls (id, sip_id, started, ended, asserted, called, scenario) "
        "VALUES (?, '', ?, ?, 0, 'x', 'x')",
        [name, text, text],
    )
    db.execute("INSERT INTO call_events VALUES (?, 1, 0, 'answer', '{}')", [name])
    db.execute(
        "INSERT INTO sip_messages (sip_id, at, sent, peer, transport, text) "
        "VALUES (?, ?, 0, '', 'UDP', '')",
        [name, text],
    )
    db.execute(
        "INSERT INTO calls (id, sip_id, started, asserted, called, scenario) "
        "VALUES (?, '', ?, 0, 'x', 'x')",
        [f"{name}-live", text],
    )
    db.conn.commit()
    db.close()


def left(folder: Path) -> dict[str, list[str]]:
    db = open_database(folder / "line.db", [tickets, messages, records])
    try:
        return {
            "files": sorted(path.name for path in (folder / "rec").iterdir()),
            "words": [f"{one.request.recording}:{one.transcript}" for one in Tickets(db).listed()],
            "calls": sorted(row[0] for row in db.execute("SELECT id FROM calls")),
            "events": sorted(row[0] for row in db.execute("SELECT call FROM call_events")),
            "traces": sorted(row[0] for row in db.execute("SELECT sip_id FROM sip_messages")),
            "outbox": sorted(row[0] for row in db.execute("SELECT state FROM outbox")),
        }
    finally:
        db.close()


def test_what_is_old_goes_and_what_is_young_or_unfinished_stays(tmp_path: Path) -> None:
    keep(tmp_path, 40, "old")
    keep(tmp_path, 20, "young")
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    with structlog.testing.capture_logs() as logs:
        assert retention.run(days, NOW) == Deleted(1, 1, 1, 1, 1)
    assert left(tmp_path) == {
        "files": ["young.wav"],
        "words": ["young.wav:Cieknie woda.", ":"],
        "calls": ["old-live", "young", "young-live"],
        "events": ["young"],
        "traces": ["young"],
        "outbox": ["refused", "waiting", "waiting"],
    }
    assert {**logs[-1], "event": "retention"}.items() >= {"recordings": 1, "calls": 1}.items()
    assert retention.run(days, NOW) == Deleted()


def test_a_dry_run_counts_and_deletes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, 40, "old")
    before = left(tmp_path)
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    assert retention.run(days, NOW, dry_run=True) == Deleted(1, 1, 1, 1, 1)
    assert left(tmp_path) == before


def test_zero_days_keep_for_ever(tmp_path: Path) -> None:
    keep(tmp_path, 4000, "old")
    days = config(tmp_path, recordings=0, transcripts=0, calls=0, messages=0, traces=0)
    assert retention.run(days, NOW) == Deleted()


@pytest.mark.parametrize(("traces", "calls"), [(30, 0), (30, 50), (0, 30), (50, 30)])
def test_a_trace_does_not_outlive_its_call(tmp_path: Path, traces: int, calls: int) -> None:
    keep(tmp_path, 40, "old")
    retention.run(config(tmp_path, traces=traces, calls=calls), NOW)
    assert left(tmp_path)["traces"] == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T02:29:00+01:00", "2026-11-23T03:30:00+01:00"),
        ("2026-11-23T03:30:00+01:00", "2026-11-24T03:30:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T03:30:00+01:00"),
    ],
)
def test_it_runs_at_night_by_local_time(tmp_path: Path, now: str, expected: str) -> None:
    due = Retention(config(tmp_path)).next_run(datetime.fromisoformat(now))
    assert due == datetime.fromisoformat(expected)


async def test_the_daemon_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(retention, "run", lambda *args, **more: loop.call_soon_threadsafe(ran.set))
    almost = datetime(2026, 11, 23, 2, 29, 59, 950_000, tzinfo=UTC)  # 3:29:59.95 in Warsaw
    with time_machine.travel(almost, tick=True):
        daily = Retention(config(tmp_path))
        await daily.start()
        async with asyncio.timeout(5):
            await ran.wait()
        await daily.stop()
