"""Backup: one moment of everything that the line keeps, in one file, while it runs.

The archive is a compressed tar: ``manifest.json`` first, with the sum of every other file, then the
database and the folders.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sipagent import __version__, times
from sipagent.config import Config
from sipagent.config_sources import OWN
from sipagent.errors import SetupError
from sipagent.store.database import open_database, writing

#: Names in the archive, besides those of ``folders``.
MANIFEST, DATABASE, SETTINGS, LOCAL = "manifest.json", "database", "settings", "local"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Held:
    """How much a backup holds."""

    files: int
    bytes: int
    made: str


def folders(config: Config) -> dict[str, Path]:
    """Return the folders that belong to the database, by their names in a backup."""
    paths = config.paths
    return {
        "outbox": paths.outbox,
        "maildir": paths.maildir,
        "recordings": paths.recordings,
        "attachments": paths.attachments,
    }


def backup(config: Config, settings: Path, target: Path) -> Held:
    """Write a backup; the line may run meanwhile.

    The files are linked, and a snapshot of the database begun, under one write lock: no message is
    there without its attachment. Where ``target`` exists it is replaced once the new one is whole.

    Args:
        config: what is kept where.
        settings: agent.toml.
        target: the file to write.

    Raises:
        SetupError: a file cannot be read or written.
        DataError: the database cannot be used.
    """
    if target.is_dir():
        raise SetupError(f"{target}: the backup was not made: it is a folder; name a file in it")
    unfinished = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(
            prefix=".backup-", dir=config.paths.database.parent
        ) as name:
            work = Path(name)
            _gather(config, settings, work)
            held = _pack(work, unfinished)
        os.replace(unfinished, target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        why = error.strerror or error
        raise SetupError(f"{target}: the backup was not made: {why}") from None
    return held


def _gather(config: Config, settings: Path, work: Path) -> None:
    with (
        closing(open_database(config.paths.database, [])) as db,
        closing(sqlite3.connect(work / DATABASE)) as copy,
    ):
        # Copied through a connection that has begun to read under the lock, and goes on after it.
        with closing(sqlite3.connect(config.paths.database, isolation_level=None)) as reader:
            with writing(db):
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                for name, folder in folders(config).items():
                    _link(folder, work / name)
            reader.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    _link(config.paths.local, work / LOCAL)
    for file in (settings, settings.parent / OWN):
        if file.is_file():
            place = work / SETTINGS / file.relative_to(settings.parent)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


def _link(folder: Path, place: Path) -> None:
    """Take what is in a folder now; a link costs no time, and outlives the file."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            copy = place / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # it was on its way, and is gone
                _link_or_copy(path, copy)


def _link_or_copy(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copy2(path, copy)


def _pack(work: Path, target: Path) -> Held:
    files = sorted(path for path in work.rglob("*") if path.is_file())
    names = [path.relative_to(work).as_posix() for path in files]
    made = times.stored(datetime.now(UTC), "seconds")
    # What stands there was left by a killed program, or put there by somebody else.
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # A recording that still grows is packed as long as it was when it was summed.
        sizes = [path.stat().st_size for path in files]
        sums = {
            name: sum_of(path, size) for name, path, size in zip(names, files, sizes, strict=True)
        }
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as tar:
            told = {"version": __version__, "made": made, "sums": sums}
            manifest = json.dumps(told).encode()
            _add(tar, MANIFEST, io.BytesIO(manifest), len(manifest))
            for name, path, size in zip(names, files, sizes, strict=True):
                with path.open("rb") as content:
                    _add(tar, name, content, size)
        file.flush()
        os.fsync(file.fileno())
    return Held(len(files), sum(sizes), made)


def _add(tar: tarfile.TarFile, name: str, content: BinaryIO, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, content)


def sum_of(path: Path, size: int) -> str:
    """Return the SHA-256 of the first bytes of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (block := file.read(min(_BLOCK, size))):
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()
