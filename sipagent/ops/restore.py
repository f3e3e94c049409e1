"""Restore: what a backup holds comes back, all of it or nothing.

Nothing of the archive is used before all of it is known to be whole, and a restore that was cut
off half way keeps the line from starting until it is run again.
"""

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlite_utils

from sipagent.config import Config
from sipagent.errors import DataError, SetupError
from sipagent.ops.backup import DATABASE, LOCAL, MANIFEST, SETTINGS, Held, folders, sum_of

#: What a restore keeps of what was there before, and where settings of the backup go.
BEFORE, ASIDE = ".before-restore", "from-backup"


def marker(config: Config) -> Path:
    """Return the file that is there while a restore is under way, or was cut off."""
    return config.paths.database.with_name(config.paths.database.name + ".restoring")


@contextlib.contextmanager
def running(config: Config) -> Iterator[None]:
    """Keep restores away while the line runs.

    Raises:
        SetupError: a restore is under way, or was cut off and has to be run again.
    """
    with _lock(config, fcntl.LOCK_SH, "a restore is under way; start the line after it"):
        if marker(config).exists():
            raise SetupError(
                f"{marker(config)}: a restore was cut off half way; run sipagent restore again"
            )
        yield


@contextlib.contextmanager
def _lock(config: Config, kind: int, problem: str) -> Iterator[None]:
    path = config.paths.database.with_name(config.paths.database.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(problem) from None
        yield


def restore(config: Config, source: Path) -> Held:
    """Put back what a backup holds.

    What was there is kept beside it as ``NAME.before-restore``, until the next restore. Settings,
    prompts and scenarios stay as they are on this machine; those of the backup are put into
    ``from-backup`` beside the database. Run again after it was cut off, it comes to the same end.

    Raises:
        SetupError: the line runs, or a file cannot be written.
        DataError: the backup is not whole, or is none.
    """
    with _lock(config, fcntl.LOCK_EX, "the line runs; stop it before you restore a backup"):
        parent = config.paths.database.parent
        try:
            with tempfile.TemporaryDirectory(prefix=".restore-", dir=parent) as name:
                work = Path(name)
                held = _unpack(source, work)
                _sound(work / DATABASE)
                _belong(work, parent)
                if not marker(config).exists():
                    _forget_before(config)
                marker(config).touch()
                for folder, place in folders(config).items():
                    _put(work / folder, place)
                _put_aside(work, parent / ASIDE)
                _put_database(work / DATABASE, config.paths.database)
                marker(config).unlink()
        except OSError as error:
            raise SetupError(f"{source}: was not restored: {error}") from None
    return held


def _unpack(source: Path, work: Path) -> Held:
    """Take a backup out, and see that it is whole.

    Raises:
        DataError: it is not.
    """
    try:
        with tarfile.open(source, "r:gz") as tar:
            tar.extractall(work, filter="data")
        told = json.loads((work / MANIFEST).read_text("utf-8"))
        sums, made = dict(told["sums"]), str(told["made"])
    except FileNotFoundError as error:
        missing = Path(error.filename or source)
        problem = "no such file" if missing == source else f"there is no {missing.name} in it"
        raise DataError(f"{source}: {problem}") from None
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{source}: is no whole backup of sipagent ({error})") from None
    if DATABASE not in sums:
        raise DataError(f"{source}: has no database, so it is no backup of sipagent")
    there = {path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()}
    if strange := sorted(there - {MANIFEST, *sums}):
        raise DataError(f"{source}: {strange[0]} has no sum; nothing was restored")
    for name, expected in sums.items():
        path = work / name
        if not path.is_file() or sum_of(path, path.stat().st_size) != expected:
            raise DataError(f"{source}: {name} is damaged; nothing was restored")
    return Held(len(sums), sum((work / name).stat().st_size for name in sums), made)


def _sound(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as db:
            found = db.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise DataError(f"the database in the backup is damaged: {found}")


def _belong(work: Path, parent: Path) -> None:
    """Give everything to whom the line's data belong, where root restores it."""
    if os.geteuid() == 0:
        owner = parent.stat()
        for path in (work, *work.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)


def _forget_before(config: Config) -> None:
    for place in folders(config).values():
        _away(_before(place))
    _before(config.paths.database).unlink(missing_ok=True)


def _put_aside(work: Path, aside: Path) -> None:
    _away(aside)
    aside.mkdir()
    for name in (SETTINGS, LOCAL):
        if (work / name).exists():
            shutil.move(work / name, aside / name)


def _put(new: Path, place: Path) -> None:
    """Put a folder in place of what is there, which is kept."""
    new.mkdir(exist_ok=True)
    unfinished = place.with_name(place.name + ".restored")
    _away(unfinished)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(new, unfinished)
    _keep(place)
    unfinished.rename(place)


def _put_database(new: Path, place: Path) -> None:
    """Put a database in place of the one that is there, which is kept; there always is one."""
    if place.exists():
        with closing(sqlite_utils.Database(place)) as db:  # what its log holds goes into it
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not _before(place).exists():
            os.link(place, _before(place))
    for end in ("-wal", "-shm"):  # of the old one: they would be taken for the new one's
        place.with_name(place.name + end).unlink(missing_ok=True)
    os.replace(new, place)


def _keep(place: Path) -> None:
    """Move what is there aside; where a restore was cut off, that was done before it."""
    if place.exists() and _before(place).exists():
        _away(place)
    elif place.exists():
        place.rename(_before(place))


def _before(place: Path) -> Path:
    return place.with_name(place.name + BEFORE)


def _away(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)
