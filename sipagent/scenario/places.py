"""Where in a scenario file something stands."""

import re
from pathlib import Path

from sipagent import toml


def place(path: Path, keys: tuple[str, ...]) -> str:
    """Return ``file:line`` of a key, or of the nearest table that holds it.

    Unlike ``toml.place`` it knows tables that are named by a telephone key.
    """
    for depth in range(len(keys), 0, -1):
        if number := _table(path, keys[:depth]):
            rest = keys[depth : depth + 1]
            return f"{path}:{_key(path, number, rest[0]) if rest else number}"
    return toml.place(path, keys)


def mention(path: Path, text: str) -> str | None:
    """Return ``file:line`` of a text in quotes, None where there is none."""
    for number, line in enumerate(_lines(path), 1):
        if f'"{text}"' in line:
            return f"{path}:{number}"
    return None


def _table(path: Path, keys: tuple[str, ...]) -> int | None:
    """Return the line of ``[keys]``."""
    parts = (rf"""["']?{re.escape(key)}["']?""" for key in keys)
    header = re.compile(r"\s*\[\s*" + r"\s*\.\s*".join(parts) + r"\s*\]")
    return next((n for n, line in enumerate(_lines(path), 1) if header.match(line)), None)


def _key(path: Path, table: int, key: str) -> int:
    """Return the line of a key in the table that begins at a line, else that line."""
    assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    for number, line in enumerate(_lines(path)[table:], table + 1):
        if line.lstrip().startswith("["):
            break
        if assignment.match(line):
            return number
    return table


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
