"""The recordings that announcements play: files in one folder, each fit before it is there."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import Field, TypeAdapter, ValidationError

from sipagent.errors import DataError
from sipagent.exchange.values import RecordingFile
from sipagent.speech import recordings
from sipagent.toml import sentences

#: Of a file: the line reads it, whoever has put it there.
_MODE = 0o644


def keep(content: BinaryIO, name: str, folder: Path) -> str:
    """Keep a recording, and return the name that it has there.

    The same one again is the one that is there; another one of the same name gets a number.

    Args:
        content: WAV, MP3, OGG or FLAC.
        name: of the file that it comes from.
        folder: where recordings are.

    Raises:
        DataError: it cannot be played, or not be kept, and why.
    """
    try:
        TypeAdapter(Annotated[RecordingFile, Field(min_length=1)]).validate_python(name)
        folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(content, file)
                os.fchmod(handle, _MODE)
            recordings.read(Path(unfinished))
            return _placed(Path(unfinished), folder / name)
        finally:
            os.unlink(unfinished)
    except ValidationError as error:
        raise DataError("\n".join(sentences(error))) from None
    except OSError as error:
        raise DataError(f"{folder / name}: cannot be kept: {error.strerror}") from None
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None


def _placed(file: Path, wanted: Path) -> str:
    """Give a file the first of the names that is free, or already is that of the same file."""
    for place in _names(wanted):
        try:
            os.link(file, place)
        except FileExistsError:
            if not _same(file, place):
                continue
        return place.name
    raise AssertionError("numbers have no end")


def _names(wanted: Path) -> Iterator[Path]:
    yield wanted
    for number in itertools.count(2):
        yield wanted.with_stem(f"{wanted.stem}-{number}")


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(1 << 16):
            if block != second.read(1 << 16):
                return False
    return True
