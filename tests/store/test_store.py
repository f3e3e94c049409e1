"""One thread writes: in order, together, and none harms another; who reads never waits."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlite_utils.migrations import Migrations

from sipagent.errors import DataError, SetupError
from sipagent.store import writer
from sipagent.store.data import Data, Single
from sipagent.store.database import open_database
from sipagent.store.store import Store
from tests.examples import examples
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

lines = Migrations("lines")


@lines()
def table(db: sqlite_utils.Database) -> None:
    db.execute("CREATE TABLE lines (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "line.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with Store(path, [lines]) as store:
        yield store


@pytest.fixture
async def turns(store: Store) -> AsyncIterator["Turns"]:
    turns = Turns(store)
    yield turns
    turns.go.set()


class Turns:
    """Holds the thread that writes, so that more gathers behind what it does."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.go = threading.Event()
        self.began = threading.Event()

    async def hold(self) -> "asyncio.Task[None]":
        """Return the job that holds it, which has begun."""
        job = asyncio.create_task(self.store.write(self._wait))
        await asyncio.to_thread(self.began.wait, 10)
        return job

    def _wait(self, db: sqlite_utils.Database) -> None:
        self.began.set()
        self.go.wait(10)


def adding(text: str) -> Callable[[sqlite_utils.Database], int]:
    """Return a job that adds a line, and returns its id."""

    def add(db: sqlite_utils.Database) -> int:
        return int(db.execute("INSERT INTO lines (text) VALUES (?)", [text]).lastrowid or 0)

    return add


def texts(db: sqlite_utils.Database) -> list[str]:
    return [text for (text,) in db.execute("SELECT text FROM lines ORDER BY id").fetchall()]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock, as an import of another program does."""
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_what_is_written_is_committed_when_it_returns(store: Store, path: Path) -> None:
    assert await store.write(adding("one")) == 1
    assert texts(open_database(path, [])) == ["one"]
    assert await store.read(texts) == ["one"]
    assert texts(store.view) == ["one"]


async def test_what_gathers_is_written_in_order_and_in_one_transaction(
    store: Store, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    commit = store._writer._commit

    def counted(batch: deque[Any]) -> Exception | None:
        sizes.append(len(batch))
        return commit(batch)

    monkeypatch.setattr(store._writer, "_commit", counted)
    first = await turns.hold()
    rest = [asyncio.create_task(store.write(adding(f"{number:02}"))) for number in range(20)]
    await asyncio.sleep(0)
    turns.go.set()
    assert await asyncio.gather(first, *rest) == [None, *range(1, 21)]
    assert sizes == [1, 20]
    assert await store.read(texts) == [f"{number:02}" for number in range(20)]


async def test_one_that_fails_harms_no_other(store: Store, turns: Turns) -> None:
    def fails(db: sqlite_utils.Database) -> None:
        adding("half")(db)
        raise DataError("not wanted")

    first = await turns.hold()
    tasks = [asyncio.create_task(store.write(job)) for job in (adding("a"), fails, adding("b"))]
    again = asyncio.create_task(store.write(adding("a")))
    await asyncio.sleep(0)
    turns.go.set()
    await first
    assert await tasks[0] == 1
    with pytest.raises(DataError, match="not wanted"):
        await tasks[1]
    assert await tasks[2] == 2
    with pytest.raises(sqlite3.IntegrityError):
        await again
    assert await store.read(texts) == ["a", "b"]


async def test_who_is_cancelled_before_the_turn_writes_nothing(store: Store, turns: Turns) -> None:
    first = await turns.hold()
    late = asyncio.create_task(store.write(adding("late")))
    await asyncio.sleep(0)
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    turns.go.set()
    await first
    await store.write(adding("next"))
    assert await store.read(texts) == ["next"]


async def test_what_has_begun_is_written_though_its_caller_is_gone(
    store: Store, turns: Turns
) -> None:
    def work(db: sqlite_utils.Database) -> None:
        turns._wait(db)
        adding("begun")(db)

    job = asyncio.create_task(store.write(work))
    await asyncio.to_thread(turns.began.wait, 10)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    turns.go.set()
    await store.write(lambda db: None)
    assert await store.read(texts) == ["begun"]


async def test_who_reads_does_not_wait_for_who_writes(
    store: Store, turns: Turns, path: Path
) -> None:
    await store.write(adding("one"))
    first = await turns.hold()
    assert await store.read(texts) == ["one"]
    turns.go.set()
    await first
    with locked(path):
        assert await store.read(texts) == ["one"]
        assert texts(store.view) == ["one"]


async def test_many_read_at_once(store: Store) -> None:
    await store.write(adding("one"))
    together = threading.Barrier(4)

    def reads(db: sqlite_utils.Database) -> list[str]:
        together.wait(10)
        return texts(db)

    assert await asyncio.gather(*(store.read(reads) for _ in range(4))) == [["one"]] * 4


async def test_nobody_writes_who_reads(store: Store) -> None:
    for write in (store.read(adding("x")), asyncio.to_thread(adding("x"), store.view)):
        with pytest.raises((SetupError, sqlite3.OperationalError)):
            await write


async def test_a_busy_database_is_waited_for_and_then_told(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(path):
        waiting = asyncio.create_task(store.write(adding("patient")))
        await asyncio.sleep(0.6)
        assert not waiting.done()
    assert await waiting == 1
    monkeypatch.setattr(writer, "BUSY_SECONDS", 0.3)
    with locked(path), pytest.raises(DataError, match="somebody else has been writing"):
        await store.write(adding("impatient"))
    assert await store.write(adding("next")) == 2


async def test_who_waits_for_another_program_is_served_as_soon_as_it_is_done(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_RETRY", 60.0)
    with locked(path):
        waiting = asyncio.create_task(store.write(adding("one")))
        await asyncio.sleep(0.4)
        store.post("INSERT INTO lines (text) VALUES (?)", ("two",))
        await store.written()
    async with asyncio.timeout(PATIENCE):
        await waiting
        await store.write(lambda db: None)
    assert await store.read(texts) == ["one", "two"]


async def test_a_full_disk_is_told_and_posts_wait_for_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_RETRY", 0.02)
    db = store._writer._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    store.post("INSERT INTO lines (text) VALUES (?)", ("posted",))
    for _ in range(2):
        with pytest.raises(SetupError, match="make room"):
            await store.write(adding("x" * 100_000))
    db.execute("PRAGMA max_page_count = 100000")
    assert await store.write(adding("after")) == 2
    assert await store.read(texts) == ["posted", "after"]


async def test_who_waits_for_posts_does_so_again_after_a_job_that_found_no_room(
    store: Store, path: Path
) -> None:
    db = store._writer._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(SetupError, match="make room"):
        await store.write(adding("x" * 100_000))
    db.execute("PRAGMA max_page_count = 100000")
    for number in range(10):
        store.post("INSERT INTO lines (text) VALUES (?)", (f"{number}",))
        await store.written()
        assert texts(store.view)[-1] == f"{number}"


async def test_a_deleted_file_is_told_and_none_is_made_in_its_place(
    store: Store, path: Path
) -> None:
    for file in path.parent.glob("line.db*"):
        file.unlink()
    with pytest.raises(SetupError, match="was deleted or replaced"):
        await store.write(adding("one"))
    with pytest.raises(SetupError, match="unable to open database file"):
        await store.read(texts)
    assert texts(store.view) == [], "what is open already can be read"
    assert not path.exists()


async def test_posts_and_jobs_keep_their_order(store: Store) -> None:
    for number in range(0, 40, 2):
        store.post("INSERT INTO lines (text) VALUES (?)", (f"{number:02}",))
        await store.write(adding(f"{number + 1:02}"))
    assert await store.read(texts) == [f"{number:02}" for number in range(40)]


async def test_what_was_asked_before_the_end_is_done(path: Path) -> None:
    store = Store(path, [lines])
    jobs = [asyncio.create_task(store.write(adding(f"{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*jobs) == list(range(1, 51))
    with pytest.raises(SetupError, match="being stopped"):
        await store.write(adding("late"))


async def test_what_a_thread_does_whose_caller_has_gone_is_done_before_the_end(
    path: Path,
) -> None:
    """A connection that is closed under a thread would end the whole program."""
    store = Store(path, [lines])
    reading, go = threading.Event(), threading.Event()
    found: list[list[str]] = []

    def work(db: sqlite_utils.Database) -> None:
        reading.set()
        go.wait(10)
        found.append(texts(db))

    caller = asyncio.create_task(store.read(work))
    await asyncio.to_thread(reading.wait, 10)
    caller.cancel()
    await asyncio.wait((caller,))
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    go.set()
    await closing
    assert found == [[]]


async def test_a_job_that_waits_for_another_is_a_mistake(store: Store) -> None:
    with pytest.raises(RuntimeError, match="a job waits for another one"):
        await store.write(lambda db: store.blocking.write(adding("x")))


async def test_durable_is_what_is_synced(store: Store) -> None:
    def synchronous(db: sqlite_utils.Database) -> int:
        return int(db.execute("PRAGMA synchronous").fetchone()[0])

    assert await store.write(synchronous) == 1
    assert await store.write(synchronous, durable=True) == 2
    assert await store.write(synchronous) == 1


@pytest.mark.parametrize("kind", ["daemon", "command"])
async def test_a_thread_and_a_command_have_the_same(store: Store, path: Path, kind: str) -> None:
    data: Data = store.blocking if kind == "daemon" else Single(open_database(path, []))

    def fails(db: sqlite_utils.Database) -> None:
        adding("half")(db)
        raise DataError("not wanted")

    def work() -> list[str]:
        assert data.write(adding("one"), durable=True) == 1
        with pytest.raises(DataError, match="not wanted"):
            data.write(fails)
        return data.read(texts)

    assert await asyncio.to_thread(work) == ["one"]


_jobs = st.lists(
    st.tuples(st.sampled_from(["write", "fail", "post", "cancel", "read"]), st.booleans()),
    max_size=30,
)


@given(_jobs)
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_history_loses_or_invents_a_line(
    tmp_path_factory: pytest.TempPathFactory, jobs: list[tuple[str, bool]]
) -> None:
    """What returned is there, what failed is not, and all of it stands in the order of asking."""

    async def history() -> None:
        path = tmp_path_factory.mktemp("history") / "line.db"
        sure: list[str] = []
        maybe: set[str] = set()
        asked: list[tuple[str, str, asyncio.Task[Any]]] = []
        async with Store(path, [lines]) as store:
            for number, (kind, pause) in enumerate(jobs):
                text = f"{number:03}"
                if kind == "post":
                    store.post("INSERT INTO lines (text) VALUES (?)", (text,))
                    sure.append(text)
                elif kind == "read":
                    asked.append((kind, text, asyncio.create_task(store.read(texts))))
                else:
                    job = failing(text) if kind == "fail" else adding(text)
                    task = asyncio.create_task(store.write(job))
                    asked.append((kind, text, task))
                    await asyncio.sleep(0)
                    if kind == "cancel":
                        task.cancel()
                        maybe.add(text)
                if pause:
                    await asyncio.sleep(0.002)
            results = await asyncio.gather(*(one for *_, one in asked), return_exceptions=True)
        for (kind, text, _), result in zip(asked, results, strict=True):
            if kind == "write":
                assert isinstance(result, int)
                sure.append(text)
            elif kind == "fail":
                assert isinstance(result, DataError)
            elif kind == "read":
                assert isinstance(result, list)
        kept = texts(open_database(path, []))
        assert kept == sorted(kept)
        assert set(sure) <= set(kept) <= set(sure) | maybe

    asyncio.run(history())


def failing(text: str) -> Callable[[sqlite_utils.Database], None]:
    """Return a job that fails when it has added a line."""

    def fail(db: sqlite_utils.Database) -> None:
        adding(text)(db)
        raise DataError("not wanted")

    return fail
