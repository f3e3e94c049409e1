"""Whisper models on this machine: where they are, and whether they are as they were fetched."""

import hashlib
from pathlib import Path

from sipagent.errors import SetupError

#: What makes a directory a model (faster-whisper's conversion).
FILES = ("config.json", "tokenizer.json", "model.bin")
_INSTALL = "sipagent transcription install"
# For ``sha256sum --check``. A model that was copied here by hand has none.
_SUMS = "SHA256SUMS"


def find(name: str, directory: Path) -> Path:
    """Return the directory of a model: of its name among the models, or one that is given.

    Raises:
        SetupError: it is not there; the text says what to do.
    """
    path = directory / name
    if whole(path):
        return path.resolve()
    raise SetupError(f"there is no model {name!r} in {directory}; fetch it with: {_INSTALL}")


def installed(directory: Path) -> list[str]:
    """Return the names of the models that are there."""
    if not directory.is_dir():
        return []
    # One whose name begins with a dot is on its way, or was interrupted.
    return sorted(p.name for p in directory.iterdir() if whole(p) and not p.name.startswith("."))


def whole(path: Path) -> bool:
    """Return whether a directory has what makes a model; cheap."""
    return all((path / file).is_file() for file in FILES)


def sound(path: Path) -> bool:
    """Return whether a model is whole and its files have the sums that were recorded.

    Reads all of it: about a second for each gigabyte.
    """
    if not whole(path):
        return False
    sums = path / _SUMS
    lines = sums.read_text("utf-8").splitlines() if sums.exists() else []
    return all(_unchanged(path, *line.partition("  ")[::2]) for line in lines)


def record(path: Path) -> dict[str, str]:
    """Write down the sums of a model's files, and return them: name → SHA-256."""
    sums = {file.name: _sum(file) for file in sorted(path.iterdir())}
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    (path / _SUMS).write_text(text, "utf-8")
    return sums


def _unchanged(path: Path, digest: str, name: str) -> bool:
    return (path / name).is_file() and _sum(path / name) == digest


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
