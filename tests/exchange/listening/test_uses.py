"""What is kept of each time that somebody has listened in."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.exchange.listening.paths import Mode
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.listening.uses import StoredUses, Use, uses_before
from sipagent.records.recorder import CallStart, Recorder
from sipagent.store.store import Store

pytestmark = pytest.mark.unit

USE = Use("Maria Zych", "Jan Kowal <102>", "call-1", "call-2", Mode.WHISPER)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "line.db", [listening]) as opened:
        yield opened


async def rows(store: Store) -> list[tuple[object, ...]]:
    await store.written()
    found = await store.read(
        lambda db: db.execute(
            "SELECT listener, whom, call, by_call, mode, began, ended FROM listens"
        ).fetchall()
    )
    return list(found)


async def test_who_whom_how_and_from_when_until_when(store: Store) -> None:
    uses, before = StoredUses(store), datetime.now(UTC) - timedelta(seconds=1)
    number = await uses.begin(USE)
    ((*whole, began, ended),) = await rows(store)
    assert whole == ["Maria Zych", "Jan Kowal <102>", "call-1", "call-2", "whisper"]
    assert before < datetime.fromisoformat(str(began)) <= datetime.now(UTC)
    assert ended is None
    uses.end(number)
    ((*_, began, ended),) = await rows(store)
    assert str(began) <= str(ended)


async def test_what_a_crash_has_cut_off_ends_with_the_call_of_who_listened(store: Store) -> None:
    recorder, uses = Recorder(store), StoredUses(store)
    start = CallStart("call-2", "x", None, True, "*55", "listen")
    record = await recorder.open(start)
    await uses.begin(USE)
    await uses.begin(Use("Maria Zych", "Jan", "call-1", "gone", Mode.LISTEN))
    await record.close("crash", "crash", 0)
    await uses.recover()
    ended = await store.read(lambda db: db.execute("SELECT ended FROM calls").fetchone()[0])
    known, unknown = await rows(store)
    assert known[-1] == ended
    assert unknown[-1] == unknown[-2], "nothing is known of that call"


async def test_old_ones_are_deleted(store: Store, tmp_path: Path) -> None:
    await StoredUses(store).begin(USE)
    later = datetime.now(UTC) + timedelta(days=1)
    with closing(store.view):
        assert list(uses_before(store.blocking, later - timedelta(days=2), False)) == []
        assert list(uses_before(store.blocking, later, True)) == [1]
        assert list(uses_before(store.blocking, later, False)) == [1]
    assert await rows(store) == []
