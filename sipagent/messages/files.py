"""Files that survive a power cut, readable by this user only."""

import contextlib
import os
import re
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from sipagent.errors import DataError, SetupError

#: Names that the outbox gives; nothing else in the directory is ever deleted.
_OURS = re.compile(r"[0-9a-f]{8,12}\.[0-9a-f]{16}\.eml")


class Files:
    """The e-mails of the outbox, one file each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, name: str, content: bytes) -> None:
        """Write a file; it is there for good once ``sync`` has returned as well.

        Raises:
            SetupError: the disk is full or cannot be written; nothing is left of the file.
        """
        path = self._directory / name
        try:
            make_directory(self._directory)
            write_durably(path, content)
        except OSError as error:
            self.delete([name])
            raise self._refusal(error) from error

    def sync(self) -> None:
        """Return when the names of all files are on the disk.

        Raises:
            SetupError: the disk fails.
        """
        try:
            sync_directory(self._directory)
        except OSError as error:
            raise self._refusal(error) from error

    def read(self, name: str) -> bytes:
        """Return a file.

        Raises:
            DataError: it is not there any more.
            SetupError: it cannot be read.
        """
        path = self._directory / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise DataError(
                f"{path}: the message is lost; restore the file from a backup, then have it "
                "tried again"
            ) from None
        except OSError as error:
            raise SetupError(
                f"{path}: the message cannot be read: {error.strerror}; check the rights, and "
                "paths.outbox"
            ) from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already, or stays, is nobody's loss."""
        for name in names:
            with contextlib.suppress(OSError):
                (self._directory / name).unlink()

    def strays(self, known: Collection[str], age: float) -> list[str]:
        """Return files of the outbox that are not ``known`` and older than ``age`` seconds."""
        if not self._directory.is_dir():
            return []
        oldest = time.time() - age
        return [
            entry.name
            for entry in os.scandir(self._directory)
            if _OURS.fullmatch(entry.name) and entry.name not in known and _written(entry) < oldest
        ]

    def _refusal(self, error: OSError) -> SetupError:
        return SetupError(
            f"{self._directory}: the message cannot be kept: {error.strerror}; make room, or "
            "check the rights and paths.outbox"
        )


def make_directory(path: Path) -> None:
    """Make a directory that only this user may enter, and its parents.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_directory(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file that only this user may read, and return when it is on the disk.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Return when the names in a directory are on the disk.

    Raises:
        OSError: the disk fails.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:  # gone meanwhile
        return float("inf")
