"""Voices from Piper's repository: both files whole and checked, or none."""

import difflib
import hashlib
import http.client
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import urlopen

from piper import download_voices as repository

from sipagent.errors import SetupError
from sipagent.speech.voices import Voice, find

Progress = Callable[[int, int], None]

#: Seconds without a byte after which a download is given up.
TIMEOUT = 30.0

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class _File:
    extension: str
    url: str
    size: int
    md5: str


def install(name: str, directory: Path, progress: Progress = lambda here, total: None) -> Voice:
    """Download a voice into the voices directory and return it.

    Size and MD5 of each file are compared with the repository's list before either is put in
    its place; a download that fails leaves nothing behind.

    Args:
        name: such as ``pl_PL-gosia-medium``.
        directory: is created where it is missing.
        progress: is told how many bytes are here, and of how many.

    Raises:
        SetupError: no network, no such voice, a damaged download, no room on the disk.
    """
    with _explained(name, directory):
        files = _files(name)
        total = sum(file.size for file in files)
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=directory) as part:
            here = 0
            for file in files:
                for size in _fetch(file, Path(part, file.extension)):
                    progress(here + size, total)
                here += file.size
            for file in files:
                os.replace(Path(part, file.extension), directory / f"{name}{file.extension}")
    return find(name, directory)


def _files(name: str) -> list[_File]:
    """Return what the repository says of a voice's files; the model comes last.

    A voice is there when its model is, so the model must be the last to be put in place.
    """
    match = repository.VOICE_PATTERN.match(name)
    if match is None:
        raise SetupError(f"{name!r} is no name of a voice, such as pl_PL-gosia-medium")
    with urlopen(repository.VOICES_JSON, timeout=TIMEOUT) as answer:
        voices = json.load(answer)
    if name not in voices:
        raise SetupError(f"the repository has no voice {name!r}; {_others(name, list(voices))}")
    parts = match.groupdict()
    code = f"{parts['lang_family']}_{parts['lang_region']}"
    return [
        _file(voices[name]["files"], extension, {**parts, "lang_code": code})
        for extension in (".onnx.json", ".onnx")
    ]


def _file(listed: dict[str, dict[str, Any]], extension: str, parts: dict[str, str]) -> _File:
    url = repository.URL_FORMAT.format(extension=extension, **parts)
    facts = next(facts for path, facts in listed.items() if path.endswith(extension))
    return _File(extension, url, facts["size_bytes"], facts["md5_digest"])


def _others(name: str, names: list[str]) -> str:
    same = [other for other in names if other.startswith(name[:2] + "_")]
    near = difflib.get_close_matches(name, names, 5) or same
    return f"perhaps: {', '.join(sorted(near))}" if near else "and none in this language"


def _fetch(file: _File, target: Path) -> Iterator[int]:
    """Download a file, yielding the bytes that are here."""
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with urlopen(file.url, timeout=TIMEOUT) as answer, target.open("wb") as out:
        for block in _blocks(answer):
            out.write(block)
            digest.update(block)
            size += len(block)
            yield size
    if size != file.size or digest.hexdigest() != file.md5:
        raise SetupError(f"{file.url}: the download is damaged ({size} bytes); try again")


def _blocks(answer: IO[bytes]) -> Iterator[bytes]:
    while block := answer.read(_BLOCK):
        yield block


@contextmanager
def _explained(name: str, directory: Path) -> Iterator[None]:
    try:
        yield
    except (URLError, TimeoutError, http.client.HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise SetupError(
            f"Piper's voice repository cannot be reached: {reason}. On a machine "
            f"without Internet, download {name}.onnx and {name}.onnx.json elsewhere and copy both "
            f"into {directory}"
        ) from None
    except (ValueError, KeyError, StopIteration):
        raise SetupError("Piper's voice repository answers with something unknown") from None
    except OSError as error:
        raise SetupError(f"{directory}: the voice cannot be stored: {error.strerror}") from None
