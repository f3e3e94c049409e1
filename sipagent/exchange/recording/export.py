"""Recordings as files that programs can play: WAV, Ogg Opus and MP3, of two channels."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from sipagent.errors import SetupError
from sipagent.exchange.recording.files import RATE


class Format(StrEnum):
    """How a recording is written."""

    WAV = "wav"
    OPUS = "opus"
    MP3 = "mp3"

    @property
    def written(self) -> tuple[str, str]:
        """Its format and subtype, as libsndfile calls them."""
        match self:
            case Format.WAV:
                return "WAV", "PCM_16"
            case Format.OPUS:
                return "OGG", "OPUS"
            case Format.MP3:
                return "MP3", "MPEG_LAYER_III"

    @classmethod
    def of(cls, path: Path) -> "Format":
        """Return the format that a file's name says.

        Raises:
            SetupError: it says none of them.
        """
        ending = path.suffix.removeprefix(".").lower()
        if ending == "ogg":
            return cls.OPUS
        if ending not in set(cls):
            raise SetupError(f"{path}: name a file that ends in .wav, .opus or .mp3")
        return cls(ending)


def export(sound: Iterable[bytes], target: Path, form: Format) -> None:
    """Write a recording into a file that nobody else may read; only the whole of it is there.

    Args:
        sound: second by second.
        target: the file.
        form: how it is written.

    Raises:
        SetupError: it cannot be written.
        DataError: as ``files.sound_of``; the file is not there then.
    """
    with _private(target) as path:
        try:
            _write(sound, path, form)
        except (OSError, soundfile.LibsndfileError) as error:
            raise SetupError(f"{target}: cannot be written: {error}") from None


def in_memory(sound: Iterable[bytes], form: Format) -> BinaryIO:
    """Return a recording as a file that is on no disk, at its beginning.

    Raises:
        SetupError, DataError: as ``export``.
    """
    file = open(os.memfd_create("recording", os.MFD_CLOEXEC), "r+b")  # noqa: SIM115
    try:
        _write(sound, file.fileno(), form)
    except (OSError, soundfile.LibsndfileError) as error:
        file.close()
        raise SetupError(f"the recording cannot be written as {form}: {error}") from None
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write(sound: Iterable[bytes], place: Path | int, form: Format) -> None:
    container, subtype = form.written
    with soundfile.SoundFile(
        place, "w", RATE, 2, format=container, subtype=subtype, closefd=False
    ) as file:
        for second in sound:
            file.write(np.frombuffer(second, "<i2").reshape(-1, 2))


@contextmanager
def _private(target: Path) -> Iterator[Path]:
    """Give a place beside a file for a block, which becomes the file where that ends well."""
    beside = target.with_name(f".{target.name}.part")
    with contextlib.ExitStack() as left:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # What stands there was left by a killed program, or put there by somebody else.
            beside.unlink(missing_ok=True)
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            left.callback(beside.unlink, missing_ok=True)
            yield beside
            beside.replace(target)
        except OSError as error:
            raise SetupError(f"{target}: cannot be written: {error.strerror}") from None
