"""Opening, migrating and writing a database."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.errors import DataError, SetupError
from sipagent.infoline.schema import infoline
from sipagent.store.database import (
    delete_some,
    explained,
    file_of,
    open_database,
    prove_writable,
    rehearsal,
    writing,
)

pytestmark = pytest.mark.unit


def room(*names: str) -> Migrations:
    """A schema whose steps make a table each."""
    migrations = Migrations("room")
    for name in names:

        def step(db: sqlite_utils.Database, table: str = name) -> None:
            db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)")

        migrations(name=name)(step)
    return migrations


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "down" / "line.db"


def pragma(db: sqlite_utils.Database, name: str) -> object:
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_database_has_everything_set(path: Path) -> None:
    db = open_database(path, [room("one"), infoline])
    assert pragma(db, "journal_mode") == "wal"
    assert pragma(db, "foreign_keys") == 1
    assert pragma(db, "synchronous") == 1
    assert pragma(db, "busy_timeout") == 10_000
    assert {"one", "owners", "charges", "login_failures"} <= set(db.table_names())
    assert file_of(db) == path


def test_only_its_user_reads_it(path: Path) -> None:
    db = open_database(path, [room("one")])
    files = [path, *path.parent.glob("line.db-*")]
    assert len(files) > 1
    assert all(stat.S_IMODE(os.stat(file).st_mode) == 0o600 for file in files)
    db.close()


def test_migrations_are_applied_once_and_new_ones_later(path: Path) -> None:
    open_database(path, [room("one")]).close()
    open_database(path, [room("one")]).close()
    db = open_database(path, [room("one", "two")])
    applied = db.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()
    assert applied == [("one",), ("two",)]


def test_a_failing_migration_leaves_nothing(path: Path) -> None:
    broken = room("one")

    @broken()
    def wrong(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE half (id)")
        raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError):
        open_database(path, [broken])
    db = open_database(path, [])
    assert "half" not in db.table_names()


def test_a_newer_database_is_refused(path: Path) -> None:
    open_database(path, [room("one", "two")]).close()
    with pytest.raises(DataError, match=r"newer sipagent.*two.*upgrade the program"):
        open_database(path, [room("one")])


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 200)
    with pytest.raises(DataError, match=r"letter\.txt: is not an SQLite database"):
        open_database(path, [room("one")])


def test_a_damaged_database_is_refused(path: Path) -> None:
    db = open_database(path, [infoline])
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    content = bytearray(path.read_bytes())
    content[200:4096] = b"\xaa" * (4096 - 200)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"damaged|not an SQLite"):
        open_database(path, [infoline])


@pytest.mark.parametrize("kind", ["a directory", "below a file"])
def test_impossible_places_are_explained(tmp_path: Path, kind: str) -> None:
    if kind == "a directory":
        path = tmp_path
    else:
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "line.db"
    with pytest.raises(SetupError, match=r"cannot be opened.*paths\.database"):
        open_database(path, [])


def test_a_disk_that_takes_nothing_is_explained(path: Path) -> None:
    db = open_database(path, [room("one")])
    db.execute("PRAGMA query_only = on")
    with pytest.raises(SetupError, match="read-only"), writing(db):
        db.execute("INSERT INTO one VALUES (1)")


def test_a_full_disk_is_explained(path: Path) -> None:
    db = open_database(path, [room("one")])
    db.execute(f"PRAGMA max_page_count = {pragma(db, 'page_count')}")
    with pytest.raises(SetupError, match="make room"), writing(db):
        db.execute("CREATE TABLE more AS SELECT zeroblob(100000) AS blob")
    assert "more" not in db.table_names()


def test_mistakes_of_the_program_stay_what_they_are(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), explained(path):
        open_database(path, []).execute("SELECT * FROM nowhere")


def test_writing_is_all_or_nothing(path: Path) -> None:
    db = open_database(path, [room("one")])

    def spoil(number: int) -> None:
        with writing(db):
            db.execute("INSERT INTO one VALUES (?)", [number])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        spoil(1)
    with writing(db):
        db.execute("INSERT INTO one VALUES (2)")
        with pytest.raises(InterruptedError):
            spoil(3)
    assert db.execute("SELECT id FROM one").fetchall() == [(2,)]


def test_a_busy_database_is_explained(path: Path) -> None:
    one, other = open_database(path, [room("one")]), open_database(path, [room("one")])
    other.conn.execute("PRAGMA busy_timeout = 20")
    with (
        writing(one),
        pytest.raises(DataError, match="somebody else has been writing"),
        writing(other),
    ):
        pass


def test_readers_go_on_while_somebody_writes(path: Path) -> None:
    writer, reader = open_database(path, [room("one")]), open_database(path, [room("one")])
    with writing(writer):
        writer.execute("INSERT INTO one VALUES (1)")
        assert reader.execute("SELECT count(*) FROM one").fetchone() == (0,)
    assert reader.execute("SELECT count(*) FROM one").fetchone() == (1,)


def test_writers_take_turns(path: Path) -> None:
    open_database(path, [room("one")]).close()

    def add(first: int) -> None:
        db = open_database(path, [room("one")])
        for number in range(first, first + 50):
            with writing(db):
                # Reading first is what makes plain BEGIN fail beside another writer.
                db.execute("SELECT count(*) FROM one").fetchone()
                db.execute("INSERT INTO one VALUES (?)", [number])
        db.close()

    threads = [threading.Thread(target=add, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_database(path, []).execute("SELECT count(*) FROM one").fetchone() == (200,)


def _open(path: Path) -> None:
    open_database(path, [room("one"), infoline]).close()


def test_programs_that_start_together_migrate_once(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_open, args=(path,)) for _ in range(4)]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
    assert [program.exitcode for program in programs] == [0] * 4


def test_threads_that_start_together_find_it_open(tmp_path: Path) -> None:
    failures: list[Exception] = []
    for attempt in range(10):
        start = threading.Barrier(8)

        def go(path: Path = tmp_path / f"{attempt}.db", start: threading.Barrier = start) -> None:
            start.wait()
            try:
                _open(path)
            except (DataError, SetupError) as error:
                failures.append(error)

        threads = [threading.Thread(target=go) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


def test_what_is_written_after_another_program_came_and_went_is_not_lost(tmp_path: Path) -> None:
    """Opening twice in one process must not drop the locks that keep the WAL alive."""
    path = tmp_path / "line.db"
    first = open_database(path, [])
    second = open_database(path, [])
    first.execute("CREATE TABLE t (n INTEGER)")
    look = (
        "import sqlite3; "
        f"db = sqlite3.connect({str(path)!r}); print(db.execute('SELECT * FROM t').fetchall())"
    )

    def seen_elsewhere() -> str:
        command = [sys.executable, "-c", look]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert seen_elsewhere() == "[]"
    with writing(first):
        first.execute("INSERT INTO t VALUES (1)")
    assert seen_elsewhere() == "[(1,)]"
    second.close()
    first.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_promised_by_a_database_that_was_deleted(path: Path, replaced: bool) -> None:
    """SQLite itself goes on writing to the file that nobody can find any more."""
    db = open_database(path, [room("one")])
    for file in path.parent.iterdir():
        file.unlink()
    if replaced:
        open_database(path, [room("one")]).close()
    for write in (prove_writable, insert):
        with pytest.raises(SetupError, match=r"line\.db: was deleted or replaced.*start sipagent"):
            write(db)
    db.close()


def test_a_read_only_database_is_known(path: Path) -> None:
    db = open_database(path, [room("one")])
    prove_writable(db)
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(SetupError, match="cannot be written"):
        prove_writable(db)
    db.close()


def test_the_proof_changes_nothing(path: Path) -> None:
    db = open_database(path, [room("one")])
    db.execute("PRAGMA user_version = 7")
    prove_writable(db)
    assert pragma(db, "user_version") == 7


def test_a_part_is_deleted_or_all_is_counted(path: Path) -> None:
    db = open_database(path, [room("one")])
    with writing(db):
        db.conn.executemany("INSERT INTO one VALUES (?)", [(number,) for number in range(5)])
    assert delete_some(db, "one", "id > ?", [0], None) == 4
    assert [delete_some(db, "one", "id > ?", [0], 3) for _ in range(3)] == [3, 1, 0]
    assert delete_some(db, "one", "1 = 1", [], None) == 1


def insert(db: sqlite_utils.Database) -> None:
    with writing(db):
        db.execute("INSERT INTO one DEFAULT VALUES")


def test_what_is_found_by_its_words_is_so_in_a_rehearsal(path: Path, tmp_path: Path) -> None:
    words = Migrations("words")

    @words()
    def index(db: sqlite_utils.Database) -> None:
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")

    with closing(open_database(path, [words])) as original, writing(original):
        original.execute("INSERT INTO words (rowid, text) VALUES (7, 'kolejka'), (9, 'saldo')")
    rehearsal(path, tmp_path / "copy.db", [words])
    with closing(open_database(tmp_path / "copy.db", [words])) as rehearsed:
        found = rehearsed.execute("SELECT rowid FROM words WHERE words MATCH 'saldo'").fetchall()
    assert found == [(9,)]


def test_triggers_write_nothing_while_rows_are_copied_for_a_rehearsal(
    path: Path, tmp_path: Path
) -> None:
    counted = Migrations("counted")

    @counted()
    def table(db: sqlite_utils.Database) -> None:
        db.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, times INTEGER NOT NULL)")
        db.execute(
            "CREATE TRIGGER inserted AFTER INSERT ON one BEGIN "
            "UPDATE one SET times = times + 1 WHERE id = NEW.id; END"
        )

    with closing(open_database(path, [counted])) as original, writing(original):
        original.execute("INSERT INTO one VALUES (7, 0)")
    rehearsal(path, tmp_path / "copy.db", [counted])
    with closing(open_database(tmp_path / "copy.db", [counted])) as rehearsed:
        assert list(rehearsed.query("SELECT * FROM one")) == [{"id": 7, "times": 1}]
        rehearsed.execute("INSERT INTO one VALUES (8, 0)")
        assert list(rehearsed.query("SELECT times FROM one")) == [{"times": 1}, {"times": 1}]


def test_what_is_rehearsed_does_not_count(path: Path, tmp_path: Path) -> None:
    """It begins with what there is, whoever is writing just then."""
    rooms = [room("one")]
    copy = tmp_path / "copy.db"
    with closing(open_database(path, rooms)) as original:
        original.execute("INSERT INTO one VALUES (7)")
        original.conn.commit()
        with writing(original):
            original.execute("INSERT INTO one VALUES (8)")
            rehearsal(path, copy, rooms)
        with closing(open_database(copy, rooms)) as rehearsed:
            assert list(rehearsed.query("SELECT id FROM one")) == [{"id": 7}]
            rehearsed.execute("DELETE FROM one")
            rehearsed.conn.commit()
        assert original["one"].count == 2
