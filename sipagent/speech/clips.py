"""Clips on disk: ``KEY.CRC.wav`` in one directory, bounded in size, the least used go first.

The name holds a checksum, so that a clip that the disk or a crash spoilt is found when the cache
is opened. Clips speak of people's money: only the daemon's user may read them.
"""

import os
import tempfile
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sipagent.errors import SetupError
from sipagent.speech import wav
from sipagent.speech.clip import Clip

#: Seconds for which a clip stays after it was stored or handed out: a player is about to open it.
GRACE = 180.0

# Seconds after which an unfinished file was left by a process that died.
_STALE = 3600.0


@dataclass(slots=True)
class _Entry:
    clip: Clip
    size: int


def write(directory: Path, key: str, content: bytes) -> Path:
    """Store a WAV file under a key, whole or not at all.

    Raises:
        OSError: the disk is full, or the directory cannot be written.
    """
    path = directory / f"{key}.{zlib.crc32(content):08x}.wav"
    put(path, content)
    return path


def put(path: Path, content: bytes) -> None:
    """Put a file in the place of what is there, whole or not at all, whoever else does the same.

    Raises:
        OSError: the disk is full, or the directory cannot be written.
    """
    handle, unfinished = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


class Clips:
    """The cache of one process.

    Args:
        directory: is created where it is missing.
        limit: size in bytes above which the least used clips are deleted.
    """

    def __init__(self, directory: Path, limit: int) -> None:
        self.directory = directory
        self._limit = limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # least used first
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes of all clips."""
        return self._size

    def open(self) -> int:
        """Find the clips of earlier runs, check each, delete the spoilt; return how many went.

        Reads every byte of the cache: call it in a thread.

        Raises:
            SetupError: the directory cannot be made or written.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.directory):
                pass
        except OSError as error:
            raise SetupError(
                f"{self.directory}: clips cannot be stored here: {error.strerror}; "
                "correct its owner, or set paths.cache to another directory"
            ) from None
        spoilt = 0
        for path in sorted(self._files(), key=_last_used):
            clip = _whole(path)
            if clip is None:
                path.unlink(missing_ok=True)
                spoilt += 1
            else:
                self._insert(path.name.partition(".")[0], clip)
        self._make_room()
        return spoilt

    def get(self, key: str) -> Clip | None:
        """Return a clip and note that it was handed out; None where there is none.

        A file that vanished or changed its size since it was stored is forgotten.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        try:
            intact = entry.clip.path.stat().st_size == entry.size
            if intact:
                os.utime(entry.clip.path)
        except OSError:
            intact = False
        if not intact:
            self._forget(key)
            return None
        self._entries.move_to_end(key)
        return entry.clip

    def add(self, key: str, file: str, seconds: float) -> Clip:
        """Take in a file that ``write`` has stored, make room for it, and return it.

        Raises:
            OSError: the file is gone.
        """
        clip = Clip(self.directory / file, seconds)
        self._insert(key, clip)
        self._make_room()
        return clip

    def _files(self) -> Iterator[Path]:
        now = time.time()
        for path in self.directory.iterdir():
            if path.suffix == ".wav":
                yield path
            elif path.suffix == ".part" and now - _last_used(path) > _STALE:
                path.unlink(missing_ok=True)

    def _insert(self, key: str, clip: Clip) -> None:
        self._drop(key, unless=clip.path)
        size = clip.path.stat().st_size
        self._entries[key] = _Entry(clip, size)
        self._size += size

    def _make_room(self) -> None:
        for key in list(self._entries):
            if self._size <= self._limit:
                break
            if not _in_use(self._entries[key].clip.path):
                self._drop(key)

    def _drop(self, key: str, unless: Path | None = None) -> None:
        entry = self._forget(key)
        if entry is not None and entry.clip.path != unless and not _in_use(entry.clip.path):
            entry.clip.path.unlink(missing_ok=True)

    def _forget(self, key: str) -> _Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
        return entry


def _last_used(path: Path) -> float:
    # ``get`` sets the time of change, so that another process that shares the cache sees it; the
    # time of access would count our own check of the file.
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _in_use(path: Path) -> bool:
    return time.time() - _last_used(path) < GRACE


def _whole(path: Path) -> Clip | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    seconds = wav.seconds(content)
    if seconds is None or not path.name.endswith(f".{zlib.crc32(content):08x}.wav"):
        return None
    return Clip(path, seconds)
