"""Files of recordings: two channels of 16 bits at 8 kHz, a second at a time; sealed, or plain WAV.

A sealed file is a head and then a place of equal size for each second: its length in bytes (none:
the second is lost, which is silence), and the sound, encrypted with the file's own key and the
number of the second as nonce (AES-256-GCM). So a second can be written late, or never, and a file
of a program that was killed is good up to its last whole second.
"""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sipagent.errors import DataError, SetupError
from sipagent.sip import recording

#: Samples a second, and bytes of a moment (both channels) and of a second.
RATE, MOMENT = 8000, 4
SECOND = RATE * MOMENT

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_MARK = b"sipagent sealed\n"
_LENGTH = struct.Struct("<I")
_TAG = 16
_PLACE = _LENGTH.size + SECOND + _TAG


class Writer(Protocol):
    """Takes a recording second by second."""

    def write(self, number: int, sound: bytes) -> None:
        """Write a second by its number; only the last one may be shorter.

        The same one may be written again, as long as it is the same sound.

        Raises:
            OSError: it cannot be written now.
        """

    def close(self, length: int) -> None:
        """Complete a file of so many bytes of sound, and sync it; what was not written is silence.

        Raises:
            OSError: it cannot be completed.
        """


class PlainWriter:
    """Writes a WAV file.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file = _made(path, header(0))

    def write(self, number: int, sound: bytes) -> None:
        """Write a second."""
        _put(self._file, sound, _HEADER.size + number * SECOND)

    def close(self, length: int) -> None:
        """Complete it."""
        try:
            os.truncate(self._file, _HEADER.size + length)
            _put(self._file, header(length), 0)
            os.fsync(self._file)
        finally:
            os.close(self._file)


class SealedWriter:
    """Writes a sealed file.

    Args:
        path: of the file, which is not there yet: what a key has sealed it never seals again.
        key: of the file.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._file = _made(path, _MARK)
        self._cipher = AESGCM(key)

    def write(self, number: int, sound: bytes) -> None:
        """Write a second."""
        sealed = self._cipher.encrypt(_nonce(number), sound, _MARK)
        _put(self._file, _LENGTH.pack(len(sealed)) + sealed, len(_MARK) + number * _PLACE)

    def close(self, length: int) -> None:
        """Complete it."""
        try:
            whole, rest = divmod(length, SECOND)
            end = len(_MARK) + whole * _PLACE + (_LENGTH.size + rest + _TAG if rest else 0)
            os.truncate(self._file, end)
            os.fsync(self._file)
        finally:
            os.close(self._file)


def header(length: int) -> bytes:
    """Return the head of a WAV file of so many bytes of sound."""
    return _HEADER.pack(
        *(b"RIFF", _HEADER.size - 8 + length, b"WAVE", b"fmt ", 16),
        *(1, 2, RATE, SECOND, MOMENT, 16, b"data", length),
    )


def sound_of(path: Path, key: bytes | None, first: int = 0) -> Iterator[bytes]:
    """Yield the sound of a file second by second; what is lost is silence.

    Args:
        path: of the file.
        key: of the file; None: it is not sealed.
        first: the second that it begins with.

    Raises:
        SetupError: it cannot be read.
        DataError: it was changed, or is damaged.
    """
    try:
        with path.open("rb") as file:
            if key is None:
                file.seek(_HEADER.size + first * SECOND)
                while second := file.read(SECOND):
                    yield second
                return
            if file.read(len(_MARK)) != _MARK:
                raise DataError(f"{path}: is no sealed recording")
            cipher, number = AESGCM(key), first
            file.seek(len(_MARK) + first * _PLACE)
            while place := file.read(_PLACE):
                yield _opened(cipher, number, place, path)
                number += 1
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}") from error


def length_of(path: Path, sealed: bool) -> int:
    """Return how many bytes of sound a whole file has.

    Raises:
        SetupError: it cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}") from error
    if not sealed:
        return max(0, size - _HEADER.size)
    whole, rest = divmod(max(0, size - len(_MARK)), _PLACE)
    return whole * SECOND + max(0, rest - _LENGTH.size - _TAG)


def repaired(path: Path, key: bytes | None) -> float:
    """Make a file whole that a killed program has left, and return its seconds.

    A file without any sound, or none, is 0.0.

    Raises:
        OSError: it cannot be read or written.
    """
    if key is None:
        return recording.repair(path)
    try:
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size - len(_MARK)
            whole = max(0, size) // _PLACE
            file.seek(end := len(_MARK) + whole * _PLACE)
            rest = _last(AESGCM(key), whole, file.read())
            if not rest:  # a second that was being written
                file.truncate(min(end, len(_MARK) + max(0, size)))
            os.fsync(file.fileno())
    except FileNotFoundError:
        return 0.0
    return whole + rest / SECOND


def _last(cipher: AESGCM, number: int, place: bytes) -> int:
    """Return the bytes of sound in the last place, which is shorter; 0 where it is not whole."""
    with contextlib.suppress(struct.error, InvalidTag):
        (length,) = _LENGTH.unpack_from(place)
        return len(cipher.decrypt(_nonce(number), place[_LENGTH.size :][:length], _MARK))
    return 0


def _opened(cipher: AESGCM, number: int, place: bytes, path: Path) -> bytes:
    (length,) = _LENGTH.unpack_from(place) if len(place) >= _LENGTH.size else (0,)
    if not length:
        return bytes(SECOND)
    try:
        return cipher.decrypt(_nonce(number), place[_LENGTH.size : _LENGTH.size + length], _MARK)
    except InvalidTag:
        raise DataError(f"{path}: second {number} was changed, or is damaged") from None


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _made(path: Path, head: bytes) -> int:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        _put(file, head, 0)
    except BaseException:
        os.close(file)
        path.unlink(missing_ok=True)
        raise
    return file


def _put(file: int, content: bytes, at: int) -> None:
    """Write all of something at a place; a disk that gets full takes a part of it."""
    while content:
        written = os.pwrite(file, content, at)
        content, at = content[written:], at + written
