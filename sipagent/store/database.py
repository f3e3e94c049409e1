"""SQLite: opening, migrating and writing, with errors that say what to do."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import EACCES
from pathlib import Path
from typing import Protocol

import sqlite_utils

from sipagent.errors import DataError, SetupError, SipAgentError

#: Longest time in seconds that a writer waits for another one, such as an import that commits.
BUSY_SECONDS = 10.0

_LEDGER = "_sqlite_migrations"


class Migrations(Protocol):
    """A room's schema: ``sqlite_utils.migrations.Migrations`` fits."""

    name: str

    def pending(self, db: sqlite_utils.Database) -> Sequence[object]:
        """Return the steps that the database lacks."""

    def apply(self, db: sqlite_utils.Database) -> None:
        """Take the missing steps."""


def open_database(path: Path, migrations: Sequence[Migrations]) -> sqlite_utils.Database:
    """Return the database of ``path``, made where it is missing, with every migration applied.

    WAL lets readers go on while somebody writes; ``synchronous = NORMAL`` is safe there against
    a crash of the program, and a power cut costs at most the last commits, never the file.

    The connection may be handed from thread to thread; one at a time uses it, because a transaction
    belongs to a connection.

    Raises:
        SetupError: the file or its directory cannot be made or written.
        DataError: it is no SQLite database, is damaged, or was written by a newer program.
    """
    with explained(path):
        _create(path)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, check_same_thread=False, factory=_Connection
        )
        connection.belongs_to(path)
        try:
            return _prepare(connection, path, migrations)
        except BaseException:
            connection.close()
            raise


def require_database(path: Path, what: str) -> None:
    """Check that the database of a line is there; ``what`` is what somebody looks for in it.

    Opening it would make an empty one, owned by whoever looks: the line could not write to it.

    Raises:
        SetupError: there is none.
    """
    if not path.exists():
        raise SetupError(f"{path}: there are no {what} yet; start the line, or give --config")


def open_reader(path: Path) -> sqlite_utils.Database:
    """Return another connection to a database that is open already; it cannot write.

    It may be handed from thread to thread, and is used by one at a time.

    Raises:
        SetupError: the file is gone; none is made in its place.
    """
    with explained(path):
        place = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(place, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        # The files are opened by whoever reads first; they might be gone by then.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return sqlite_utils.Database(connection, execute_plugins=False)


@contextmanager
def writing(db: sqlite_utils.Database) -> Iterator[None]:
    """Hold the write lock for a block; all of it is committed, or nothing.

    ``Database.atomic`` starts as a reader, and a reader that turns writer fails at once where
    somebody else has written in between. This one asks for the lock first, and waits for it.

    Raises:
        DataError: somebody else keeps the lock for longer than ``BUSY_SECONDS``.
        SetupError: the disk is full or read-only, or the file was deleted.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield
        return
    with explained(file_of(db)):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.rollback()
            raise
        try:
            if isinstance(db.conn, _Connection):
                db.conn.require_file()
            db.conn.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


def delete_some(
    db: sqlite_utils.Database,
    table: str,
    where: str,
    values: Sequence[object],
    limit: int | None,
) -> int:
    """Delete so many rows at the most; return how many. Without a limit they are only counted.

    Raises:
        DataError, SetupError: as ``writing``.
    """
    if limit is None:
        with explained(file_of(db)):
            found = db.execute(f"SELECT count(*) FROM {table} WHERE {where}", values)
            return int(found.fetchone()[0])
    some = f"SELECT rowid FROM {table} WHERE {where} LIMIT ?"
    with writing(db):
        gone = db.execute(f"DELETE FROM {table} WHERE rowid IN ({some})", [*values, limit])
        return int(gone.rowcount)


def rehearsal(path: Path, copy: Path, migrations: Sequence[Migrations]) -> None:
    """Make a database in which somebody may write as in another one, and nothing counts.

    Args:
        path: the other one.
        copy: the new one; it has the tables of some rooms as they are.
        migrations: those of the rooms.

    Raises:
        SetupError, DataError: as ``open_database``.
    """
    open_database(path, migrations).close()
    db = open_database(copy, migrations)
    try:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("ATTACH ? AS original", [str(path)])
        # A transaction that begins as a reader never locks the original.
        with explained(path), db.atomic(), _without_triggers(db):
            for table in _own_tables(db) - {_LEDGER}:
                db.execute(f"DELETE FROM main.{table}")
                db.execute(f"INSERT INTO main.{table} SELECT * FROM original.{table}")
            for index in _full_text(db):
                _copy_index(db, index)
    finally:
        db.close()


@contextmanager
def _without_triggers(db: sqlite_utils.Database) -> Iterator[None]:
    """Keep triggers from writing inside the block: what they have written is copied as well."""
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        db.execute(statement)


def _own_tables(db: sqlite_utils.Database) -> set[str]:
    """Return the tables that somebody has made: those behind a full-text index are SQLite's."""
    rows = db.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    return {name for (name,) in rows if name != "sqlite_schema"}


def _full_text(db: sqlite_utils.Database) -> set[str]:
    rows = db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'"
    )
    return {name for (name,) in rows}


def _copy_index(db: sqlite_utils.Database, index: str) -> None:
    columns = ", ".join(("rowid", *db[index].columns_dict))
    db.execute(f"DELETE FROM main.{index}")
    db.execute(f"INSERT INTO main.{index} ({columns}) SELECT {columns} FROM original.{index}")


def prove_writable(db: sqlite_utils.Database) -> None:
    """Write to the database as a proof that it takes what is written; nothing in it changes.

    Raises:
        DataError, SetupError: it does not.
    """
    with writing(db):
        version = db.conn.execute("PRAGMA user_version").fetchone()[0]
        db.conn.execute(f"PRAGMA user_version = {version}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk refuse inside the block into errors that say what to do.

    What only a mistake of the program can cause stays as it is.

    Raises:
        SetupError: rights, or a disk that is full or fails.
        DataError: no database, a damaged one, or one that somebody else keeps busy.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        explanation = _translate(error, path)
        if explanation is None:
            raise
        raise explanation from error


def is_busy(error: Exception) -> bool:
    """Whether an error of ``explained`` says that somebody else writes: that passes."""
    return _kind(error.__cause__) in ("BUSY", "LOCKED")


def file_of(db: sqlite_utils.Database) -> Path:
    """Return the file behind a connection."""
    if isinstance(db.conn, _Connection):
        return db.conn.path
    name = db.conn.execute("PRAGMA database_list").fetchone()[2]
    return Path(name or ":memory:")


class _Connection(sqlite3.Connection):
    """A connection that knows its file: SQLite goes on writing to one that was deleted."""

    #: Where its file was opened.
    path: Path
    _file: tuple[int, int]

    def belongs_to(self, path: Path) -> None:
        """Take the file that is there now for the one that was opened."""
        self.path, self._file = path, _identity(path)

    def require_file(self) -> None:
        """Check that what is written now will be found again.

        Raises:
            SetupError: the file was deleted or replaced.
        """
        try:
            same = _identity(self.path) == self._file
        except OSError:
            same = False
        if not same:
            raise SetupError(
                f"{self.path}: was deleted or replaced while sipagent runs, so that nothing can "
                "be kept; put the file back, or restore a backup, and start sipagent again"
            )


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Names, numbers and balances are nobody else's business; the WAL gets the same mode.
        # Only a missing file is opened here: closing any descriptor of a database drops the
        # POSIX locks of all connections that this process has to it, and the next program that
        # closes its own would delete the WAL under them (sqlite.org/howtocorrupt.html, 2.2).
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_file():
            return
        raise SetupError(
            f"{path}: the database cannot be opened: {error.strerror}; "
            "check paths.database, the rights of the directory and the user that runs sipagent"
        ) from error


def _prepare(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migrations]
) -> sqlite_utils.Database:
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # An entry point of some other package has no business in this database.
    db = sqlite_utils.Database(connection, execute_plugins=False)
    for room in migrations:
        _migrate(db, path, room)
    return db


def _use_wal(connection: sqlite3.Connection) -> None:
    # The busy timeout does not cover this switch: two programs that make a database together
    # would fail each other.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # The lower byte is the primary code (sqlite.org/rescode.html).
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _migrate(db: sqlite_utils.Database, path: Path, room: Migrations) -> None:
    _refuse_newer(db, path, room)
    if not room.pending(db):
        return
    # Two programs that start together must not both take the same step: the lock comes first,
    # and what is pending is asked again behind it. A room is upgraded whole, or not at all.
    with writing(db):
        room.apply(db)


def _refuse_newer(db: sqlite_utils.Database, path: Path, room: Migrations) -> None:
    if not db[_LEDGER].exists():
        return
    rows = db.execute(f"SELECT name FROM {_LEDGER} WHERE migration_set = ?", [room.name])
    strange = {name for (name,) in rows} - _names(room)
    if strange:
        raise DataError(
            f"{path}: was written by a newer sipagent (it has {', '.join(sorted(strange))} of "
            f"{room.name!r}); upgrade the program, or restore a backup made with this version"
        )


def _names(room: Migrations) -> set[str]:
    # On an empty database everything is pending: that is the list of all steps.
    with sqlite_utils.Database(memory=True, execute_plugins=False) as empty:
        return {str(getattr(step, "name", "")) for step in room.pending(empty)}


def _kind(error: BaseException | None) -> str:
    """Return the primary code of SQLite, such as ``BUSY`` (sqlite.org/rescode.html)."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return name.split("_")[1] if "_" in name else ""


def _translate(error: sqlite3.DatabaseError, path: Path) -> SipAgentError | None:
    match _kind(error):
        case "BUSY" | "LOCKED":
            return DataError(
                f"{path}: somebody else has been writing for {BUSY_SECONDS:.0f} seconds; "
                "try again when that import is done"
            )
        case "NOTADB":
            return DataError(f"{path}: is not an SQLite database; check paths.database")
        case "CORRUPT":
            return DataError(f"{path}: is damaged ({error}); restore it from a backup")
        case "READONLY" | "CANTOPEN" | "PERM":
            if not os.access(path, os.R_OK | os.W_OK):
                # For those who say what to do about rights (sipagent.rights).
                error.__cause__ = PermissionError(EACCES, os.strerror(EACCES), str(path))
            return SetupError(
                f"{path}: cannot be written ({error}); check the rights of the file and of its "
                "directory, and whether the disk is mounted read-only"
            )
        case "FULL" | "IOERR":
            return SetupError(f"{path}: the disk fails or is full ({error}); make room on it")
        case _:
            return None
