"""TOML files that people write: read, validated, and every mistake named with its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sipagent.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

#: The way to a value: names of tables and keys, and the index in an array of tables.
Keys = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*(?P<array>\[?)\[\s*(?P<name>[^\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*(?P<name>[A-Za-z0-9_\-\"'.*#]+)\s*=")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a file.

    Args:
        keys: the way to it; none where it concerns all of the file.
        what: a sentence without its place.
        quoted: a text that stands there in quotes, where the file has it: then it is wrong.
    """

    keys: Keys
    what: str
    quoted: str = ""

    def __str__(self) -> str:
        name = ".".join(map(str, self.keys))
        return f"{name}: {self.what}" if name else self.what

    def told(self, path: Path) -> str:
        """Return the sentence with file and line."""
        line = self.line(_text(path))
        return f"{path}:{line}: {self}" if line else f"{path}: {self}"

    def line(self, text: str) -> int | None:
        """Return the line of a file's text that is wrong, or the nearest one that is there."""
        mark = f'"{self.quoted}"'
        for number, line in enumerate(text.splitlines() if self.quoted else (), 1):
            if mark in line:
                return number
        return line_in(text, self.keys)


def read(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        ConfigError: the file is missing, unreadable, not UTF-8 or not TOML.
    """
    return parse(read_text(path), path)


def read_text(path: Path) -> str:
    """Return what stands in a file.

    Raises:
        ConfigError: it is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def parse(text: str, path: Path) -> dict[str, Any]:
    """Return the tables of what stands in a file, or is to stand there.

    Raises:
        ConfigError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: its tables and lists are too deep to be read") from None


def validate(
    model: type[Model],
    data: dict[str, Any],
    *paths: Path,
    context: Mapping[str, object] | None = None,
) -> Model:
    """Return ``data``, which comes from some files, as ``model``.

    Args:
        model: what it is to be.
        data: the tables.
        paths: of the files.
        context: what the validators of the model are told.

    Raises:
        ConfigError: one line a mistake, each with file, line, key and what is expected.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise ConfigError("\n".join(explain(error, *paths))) from None


def explain(error: ValidationError, *paths: Path, prefix: Keys = ()) -> list[str]:
    """Return one sentence a mistake; ``prefix`` is the table that was validated."""
    return [f"{place_in(paths, one.keys)}: {one}" for one in mistakes(error, prefix)]


def mistakes(error: ValidationError, prefix: Keys = ()) -> list[Mistake]:
    """Return what is wrong in the table ``prefix``, which was validated."""
    return [Mistake((*prefix, *one["loc"]), _what(one)) for one in error.errors()]


def sentences(error: ValidationError) -> list[str]:
    """Return one sentence a mistake of values that come from no file."""
    return [str(one) for one in mistakes(error)]


def by_key(error: ValidationError) -> list[tuple[Keys, str]]:
    """Return the way to each mistake of values that come from no file, and what is wrong there."""
    return [(mistake["loc"], _what(mistake)) for mistake in error.errors()]


def place(path: Path, keys: Keys) -> str:
    """Return ``file:line`` of the key, or of the nearest table that holds it."""
    line = line_of(path, keys)
    return f"{path}:{line}" if line else str(path)


def place_in(paths: Sequence[Path], keys: Keys) -> str:
    """Return ``file:line`` of the key in the last file that has it, or else in the first one."""
    return place(_source(paths, keys), keys)


def _source(paths: Sequence[Path], keys: Keys) -> Path:
    """Return the last file that has the whole key, else the first one."""
    return next((path for path in reversed(paths) if _has(path, keys)), paths[0])


def _has(path: Path, keys: Keys) -> bool:
    return any(found == keys for _, found in _keys_of(_text(path)))


def line_of(path: Path, keys: Keys) -> int | None:
    """Return the 1-based line where a key stands; its table's line where the key is missing."""
    return line_in(_text(path), keys)


def line_in(text: str, keys: Keys) -> int | None:
    """Return the line of a file's text where a key stands; see ``line_of``."""
    best, depth = None, 0
    for number, found in _keys_of(text):
        if len(found) > depth and keys[: len(found)] == found:
            best, depth = number, len(found)
    return best


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@lru_cache(maxsize=16)  # who reads a file asks for the lines of many keys
def _keys_of(text: str) -> Sequence[tuple[int, Keys]]:
    """Return the line and the whole way of every table and key."""
    return tuple(_keys_by_line(text.splitlines()))


def _keys_by_line(lines: Sequence[str]) -> Iterator[tuple[int, Keys]]:
    table: Keys = ()
    counts: dict[Keys, int] = {}
    for number, line in enumerate(lines, 1):
        if match := _TABLE.match(line):
            table = _split(match["name"])
            if match["array"]:
                array = (*_resolved(table[:-1], counts), table[-1])
                counts[array] = counts.get(array, -1) + 1
            table = _resolved(table, counts)
            yield number, table
        elif match := _KEY.match(line):
            yield number, table + _split(match["name"])


def _resolved(table: Keys, counts: Mapping[Keys, int]) -> Keys:
    """Return the way to a table; through an array it leads to the last table of that."""
    way: Keys = ()
    for name in table:
        way = (*way, name)
        if way in counts:
            way = (*way, counts[way])
    return way


def _split(name: str) -> Keys:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _what(mistake: Any) -> str:
    match mistake["type"]:
        case "extra_forbidden":
            return "unknown key; remove it or correct its name"
        case "missing":
            return "is missing"
        case _:
            given = mistake.get("input")
            shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
            return f"{mistake['msg'].removeprefix('Value error, ')}{shown}"
