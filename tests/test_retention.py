"""Retention: what is old goes, what is young or unfinished stays, and it is logged."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
import structlog
import time_machine

from sipagent import expiry, retention
from sipagent.config import Config, LoginSection, PathsSection, RetentionSection
from sipagent.domains import composed
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.owner_requests import owner_requests
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.retention import Retention
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.threads import STORE
from sipagent.tickets.model import Attachment, Filter
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import submit
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAINS = composed()
#: For what does not get as far as to delete.
NOWHERE = Single(sqlite_utils.Database(memory=True, execute_plugins=False))


def counts(*found: int, **more: int) -> dict[str, int]:
    """Return how much of each kind was deleted."""
    asked = ("recordings", "transcripts", "tickets", "calls", "messages", "traces")
    kinds = [one.kind for one in retention.expiring(Config(), composed())]
    return {**dict.fromkeys(kinds, 0), **dict(zip(asked, found, strict=False)), **more}


ONE_EACH = counts(1, 1, 0, 1, 1, 1)


def config(folder: Path, **days: Any) -> Config:
    paths = PathsSection(
        database=folder / "line.db",
        recordings=folder / "rec",
        outbox=folder / "outbox",
        attachments=folder / "att",
    )
    return Config(paths=paths, retention=RetentionSection.model_validate(days))


def keep(folder: Path, age: int, name: str) -> None:
    """Leave one thing of each kind, so many days old."""
    then = NOW - timedelta(days=age)
    db = open_database(folder / "line.db", [owner_requests, messages, records])
    submit(db, lambda: then, recording=f"{name}.wav", words="Cieknie woda.")
    (folder / "rec").mkdir(exist_ok=True)
    (folder / "rec" / f"{name}.wav").write_bytes(b"x")
    box = Outbox(Single(db), folder / "outbox", Config().mail, clock=lambda: then)
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
    db = open_database(folder / "line.db", [owner_requests, messages, records])
    try:
        return {
            "files": sorted(path.name for path in (folder / "rec").iterdir()),
            "words": [
                f"{row[0]}:{row[1]}"
                for row in db.execute(
                    "SELECT recording, transcript FROM ticket_entries "
                    "WHERE recording NOT NULL ORDER BY id DESC"
                )
            ],
            "calls": sorted(row[0] for row in db.execute("SELECT id FROM calls")),
            "events": sorted(row[0] for row in db.execute("SELECT call FROM call_events")),
            "traces": sorted(row[0] for row in db.execute("SELECT sip_id FROM sip_messages")),
            "outbox": sorted(row[0] for row in db.execute("SELECT state FROM outbox")),
        }
    finally:
        db.close()


async def run(made: Config, *, dry_run: bool = False) -> retention.Deleted:
    rooms = [*DOMAINS.migrations, messages, records]
    with closing(open_database(made.paths.database, rooms)) as db:
        return await retention.run(Single(db), made, DOMAINS, NOW, dry_run=dry_run)


async def test_what_is_old_goes_and_what_is_young_or_unfinished_stays(tmp_path: Path) -> None:
    keep(tmp_path, 40, "old")
    keep(tmp_path, 20, "young")
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    with structlog.testing.capture_logs() as logs:
        assert await run(days) == ONE_EACH
    assert left(tmp_path) == {
        "files": ["young.wav"],
        "words": ["young.wav:Cieknie woda.", ":"],
        "calls": ["old-live", "young", "young-live"],
        "events": ["young"],
        "traces": ["young"],
        "outbox": ["refused", "waiting", "waiting"],
    }
    assert {**logs[-1], "event": "retention"}.items() >= {"recordings": 1, "calls": 1}.items()
    assert await run(days) == counts()


async def test_a_dry_run_counts_and_deletes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, 40, "old")
    before = left(tmp_path)
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    assert await run(days, dry_run=True) == ONE_EACH
    assert left(tmp_path) == before


async def test_zero_days_keep_for_ever(tmp_path: Path) -> None:
    keep(tmp_path, 4000, "old")
    days = config(tmp_path, recordings=0, transcripts=0, calls=0, messages=0, traces=0, tickets=0)
    assert await run(days) == counts()


async def test_tickets_that_were_left_alone_go_with_all_that_belongs_to_them(
    tmp_path: Path,
) -> None:
    """But never one whose letter has not left the house, nor a number for the second time."""
    keep(tmp_path, 40, "old")
    keep(tmp_path, 20, "young")
    db = open_database(tmp_path / "line.db", [owner_requests])
    kept = Tickets(db, lambda: NOW - timedelta(days=40))
    waiting = submit(db, lambda: NOW - timedelta(days=40), recording="")
    (tmp_path / "att").mkdir()
    for name in (picture := "0" * 32, f"{picture}.small"):
        (tmp_path / "att" / name).touch()
    kept.reply(101, "Dalej cieknie.", files=[Attachment("kran.png", picture, "image/png", 1)])
    kept.delete(kept.find(submit(db)).id)
    days = config(tmp_path, recordings=0, transcripts=0, calls=0, messages=0, traces=0, tickets=30)
    assert await run(days, dry_run=True) == counts(tickets=1)
    assert await run(days) == counts(tickets=1)
    assert [ticket.number for ticket in kept.listed(Filter())] == [waiting, 102]
    assert left(tmp_path)["files"] == ["young.wav"]
    assert list((tmp_path / "att").iterdir()) == []
    assert db.execute("SELECT count(*) FROM ticket_entries").fetchone()[0] == 2
    assert submit(db) == waiting + 2
    db.close()


async def test_what_cannot_be_deleted_keeps_nothing_else(tmp_path: Path) -> None:
    for name in ("stuck", "old"):
        keep(tmp_path, 40, name)
    (tmp_path / "rec" / "stuck.wav").unlink()
    (tmp_path / "rec" / "stuck.wav" / "inside").mkdir(parents=True)
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    with pytest.raises(retention.Kept, match=r"recordings: 1 of them stay.*stuck\.wav") as kept:
        await run(days)
    assert kept.value.deleted == counts(1, 2, 0, 2, 2, 2)
    assert left(tmp_path)["files"] == ["stuck.wav"]
    assert {words.partition(":")[0] for words in left(tmp_path)["words"]} == {"stuck.wav", ""}
    (tmp_path / "rec" / "stuck.wav" / "inside").rmdir()
    (tmp_path / "rec" / "stuck.wav").rmdir()
    assert await run(days) == counts(recordings=1)


async def test_a_broken_table_keeps_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise ZeroDivisionError("a mistake")

    keep(tmp_path, 40, "old")
    monkeypatch.setattr("sipagent.tickets.expiry.forget_words", fail)
    days = config(tmp_path, recordings=30, transcripts=30, calls=30, messages=30, traces=30)
    with pytest.raises(retention.Kept, match="transcripts: a mistake") as kept:
        await run(days)
    assert kept.value.deleted == counts(1, 0, 0, 1, 1, 1)


async def test_callers_log_in_while_much_is_deleted(tmp_path: Path) -> None:
    """A wrong login is written down, and so waits for the database."""
    count = 20 * expiry.BATCH

    def fill(db: sqlite_utils.Database) -> None:
        db.conn.executemany(
            "INSERT INTO calls (id, sip_id, started, ended, asserted, called, scenario) "
            "VALUES (?, '', '2020-01-01', '2020-01-01', 0, 'x', 'x')",
            [(str(number),) for number in range(count)],
        )

    seen: set[int] = set()
    rooms = [*DOMAINS.migrations, messages, records]
    async with Store(tmp_path / "line.db", rooms) as store:
        await store.write(fill)
        login = Login(store.blocking, LoginSection())
        days = config(tmp_path, calls=30)
        deleting = asyncio.create_task(retention.run(store.blocking, days, DOMAINS, NOW))
        while not deleting.done():
            result = await STORE.run(login.check, "999999", "+48600100199", now=NOW)
            assert result.verdict in {Verdict.REFUSED, Verdict.LOCKED}
            seen.add(store.view.execute("SELECT count(*) FROM calls").fetchone()[0])
            await asyncio.sleep(0)
        assert (await deleting)["calls"] == count
    assert seen - {0, count}


@pytest.mark.parametrize(("traces", "calls"), [(30, 0), (30, 50), (0, 30), (50, 30)])
async def test_a_trace_does_not_outlive_its_call(tmp_path: Path, traces: int, calls: int) -> None:
    keep(tmp_path, 40, "old")
    await run(config(tmp_path, traces=traces, calls=calls))
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
    due = Retention(config(tmp_path), DOMAINS, NOWHERE).next_run(datetime.fromisoformat(now))
    assert due == datetime.fromisoformat(expected)


async def test_another_time_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asyncio.Event()

    async def run(*_: Any) -> None:
        ran.set()

    monkeypatch.setattr(retention, "run", run)
    almost = datetime(2026, 11, 23, 2, 44, 59, 950_000, tzinfo=UTC)  # 3:44:59.95 in Warsaw
    with time_machine.travel(almost, tick=True):
        made = config(tmp_path)
        daily = Retention(made, DOMAINS, NOWHERE)
        await daily.start()
        await asyncio.sleep(0)
        later = made.retention.model_copy(update={"at": "03:45"})
        daily.use(made.model_copy(update={"retention": later}))
        async with asyncio.timeout(PATIENCE):
            await ran.wait()
        await daily.stop()


async def test_the_daemon_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asyncio.Event()

    async def run(*_: Any) -> None:
        ran.set()

    monkeypatch.setattr(retention, "run", run)
    almost = datetime(2026, 11, 23, 2, 29, 59, 950_000, tzinfo=UTC)  # 3:29:59.95 in Warsaw
    with time_machine.travel(almost, tick=True):
        daily = Retention(config(tmp_path), DOMAINS, NOWHERE)
        await daily.start()
        async with asyncio.timeout(PATIENCE):
            await ran.wait()
        await daily.stop()
