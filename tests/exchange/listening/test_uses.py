"""What is kept of each time that somebody has listened in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.exchange.listening.paths import Mode
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.listening.uses import KeptUse, StoredUses, Use, uses, uses_before
from sipagent.records.recorder import CallStart, Recorder
from sipagent.store.store import Store

pytestmark = pytest.mark.unit

USE = Use("Maria Zych", "Jan Kowal <102>", "call-1", "call-2", Mode.WHISPER)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "line.db", [listening]) as opened:
        yield opened


async def kept(store: Store, since: datetime | None = None, limit: int = 9) -> list[KeptUse]:
    await store.written()
    return await store.read(lambda db: uses(db, since, limit))


async def test_who_whom_how_and_from_when_until_when(store: Store) -> None:
    stored, before = StoredUses(store), datetime.now(UTC) - timedelta(seconds=1)
    await stored.begin(USE)
    (use,) = await kept(store)
    assert use == KeptUse(**asdict(USE), began=use.began, ended=None)
    assert before < datetime.fromisoformat(use.began) <= datetime.now(UTC)
    stored.end("another")
    stored.end(USE.by_call)
    (use,) = await kept(store)
    assert use.began <= (use.ended or "")


async def test_the_latest_come_first(store: Store) -> None:
    stored = StoredUses(store)
    for mode in Mode:
        await stored.begin(replace(USE, mode=mode))
    assert [use.mode for use in await kept(store, limit=2)] == ["barge", "whisper"]
    assert await kept(store, datetime.now(UTC) + timedelta(seconds=5)) == []


async def test_what_a_crash_has_cut_off_ends_with_the_call_of_who_listened(store: Store) -> None:
    recorder, stored = Recorder(store), StoredUses(store)
    record = await recorder.open(CallStart("call-2", "x", None, True, "*55", "listen"))
    await stored.begin(replace(USE, by_call="gone"))
    await stored.begin(USE)
    await record.close("crash", "crash", 0)
    await stored.recover()
    ended = await store.read(lambda db: db.execute("SELECT ended FROM calls").fetchone()[0])
    known, unknown = await kept(store)
    assert known.ended == ended
    assert unknown.ended == unknown.began, "nothing is known of that call"


async def test_old_ones_are_deleted(store: Store) -> None:
    await StoredUses(store).begin(USE)
    later = datetime.now(UTC) + timedelta(days=1)

    def deleted(moment: datetime, dry_run: bool) -> list[int]:
        return list(uses_before(store.blocking, moment, dry_run))

    assert await asyncio.to_thread(deleted, later - timedelta(days=2), False) == []
    assert await asyncio.to_thread(deleted, later, True) == [1]
    assert await asyncio.to_thread(deleted, later, False) == [1]
    assert await kept(store) == []
