"""A scenario on paper: the text of its file, and the places of its elements in a file beside it."""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sipagent import toml
from sipagent.errors import SetupError
from sipagent.panel.scenarios.layout import Place, snapped


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is kept of a scenario: its file's text, and where its elements stand on the drawing."""

    text: str
    places: Mapping[str, Place] = field(default_factory=dict)


def sheet_of(path: Path) -> Sheet:
    """Return a scenario as it stands in its files.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        places = _beside(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        places = ""
    return Sheet(toml.read_text(path), parsed_places(places))


def put(sheet: Sheet, path: Path) -> None:
    """Write a scenario to its files, each as a whole or not at all; the places go first.

    Raises:
        SetupError: they cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(_beside(path), written_places(sheet.places))
        _write(path, sheet.text)
    except OSError as error:
        raise SetupError(
            f"{path}: cannot be written: {error.strerror}; the panel needs the right to write "
            f"into {path.parent}"
        ) from None


def written_places(places: Mapping[str, Place]) -> str:
    """Return what the file beside says: one element a line, so that differences are short."""
    rows = [f"  {json.dumps(name)}: [{at.x}, {at.y}]" for name, at in sorted(places.items())]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def parsed_places(text: str) -> dict[str, Place]:
    """Return places; what makes no sense is left out, and stands somewhere."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(rows, dict):
        return {}
    return {name: snapped(*at) for name, at in rows.items() if _is_a_place(at)}


def _is_a_place(at: object) -> bool:
    return isinstance(at, list) and len(at) == 2 and all(type(one) is int for one in at)


def _beside(path: Path) -> Path:
    return path.with_suffix(".places.json")


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
