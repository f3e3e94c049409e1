"""Recordings as PJMEDIA writes them: 16-bit WAV files, complete only when they are closed."""

import asyncio
import os
import struct
import time
from pathlib import Path

from sipagent.threads import FILES

#: RIFF header, ``fmt `` of 16 bytes and the head of ``data``, as PJMEDIA writes them.
_HEADER = 44
#: Where the header has the bytes a second, and of all samples of a moment.
_RATES = struct.Struct("<28xIH")
#: Longest wait for PJMEDIA's clock thread to close a file, in seconds, and its step.
_CLOSING = 1.0
_LOOK = 0.01


async def completed(path: Path) -> float:
    """Return the length in seconds of a recording that was stopped, once it is safe on disk.

    One that nobody closed in time is repaired, as after a crash.
    """
    deadline = time.monotonic() + _CLOSING
    while not _closed(path) and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK)
    return await FILES.run(repair, path)


def repair(path: Path) -> float:
    """Make the header of a recording fit its length, sync it, and return its seconds.

    A program that died leaves the lengths at zero. A file without any sound, or none, is 0.0.
    """
    try:
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _HEADER:
                return 0.0
            a_second, block = _RATES.unpack(file.read(_RATES.size))
            if not (a_second and block):
                return 0.0
            data = (size - _HEADER) // block * block
            file.seek(4)
            file.write(struct.pack("<I", _HEADER - 8 + data))
            file.seek(_HEADER - 4)
            file.write(struct.pack("<I", data))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return 0.0
    return float(data / a_second)


def _closed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return True
    if len(head) < _HEADER:
        return False
    (data,) = struct.unpack("<I", head[-4:])
    return bool(data) and data == size - _HEADER
