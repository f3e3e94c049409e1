"""JSON files of an import: one document, managers → estates → owners → premises → charges."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sipagent.infoline.transfer.decoding import decode
from sipagent.infoline.transfer.jsonplace import line_of
from sipagent.infoline.transfer.kinds import Column, Kind, Value, to_list
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.staging import Staging
from sipagent.infoline.transfer.table import Progress

#: Kind → the kinds that stand inside it.
_INSIDE = {
    "managers": ("estates",),
    "estates": ("owners",),
    "owners": ("premises", "accounts"),
    "premises": ("charges",),
}

#: Columns that are called otherwise here.
_NAMES = dict.fromkeys(("manager", "estate", "premises", "account"), "code")
_SEARCHED = 2_000_000
_KEYS = ("manager", "estate", "login", "premises")


class _Number(str):
    """A number as it stands in the file: an amount must not pass through a float."""

    __slots__ = ()


class JsonFile:
    """One document; a row's place is its path, such as ``managers[0].estates[2]``."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self._text = decode(path, encoding)

    def sentence(self, place: int | str, column: str | None, text: str) -> str:
        """Return a mistake as ``file:line: managers[0].name: text``."""
        spot = ".".join(part for part in (str(place), _NAMES.get(column or "", column)) if part)
        # In a document of many megabytes the path alone must do: finding the line takes seconds.
        line = f":{line_of(self._text, spot)}" if len(self._text) <= _SEARCHED else ""
        return f"{self.path}{line}: {spot or 'the document'}: {text}"

    def read(
        self, kinds: Sequence[Kind], staging: Staging, mistakes: Mistakes, progress: Progress
    ) -> None:
        """Stage every row, and note every mistake."""
        try:
            document = json.loads(
                self._text, parse_float=_Number, parse_int=_Number, parse_constant=_Number
            )
        except json.JSONDecodeError as error:
            mistakes.add(f"{self.path}:{error.lineno}: is no JSON: {error.msg}")
            return
        except RecursionError:
            mistakes.add(f"{self.path}:1: is no document of this kind: it is nested too deeply")
            return
        walk = _Walk(self, kinds, staging, mistakes)
        if isinstance(document, dict) and set(document) == {"managers"}:
            walk.members("managers", document, "", {})
        else:
            mistakes.add(self.sentence("", None, 'must be {"managers": [...]} and nothing else'))
        progress(len(self._text), len(self._text))


class _Walk:
    """Goes down the document; ``known`` holds the keys of the objects around the current one."""

    def __init__(
        self, file: JsonFile, kinds: Sequence[Kind], staging: Staging, mistakes: Mistakes
    ) -> None:
        self._file = file
        self._kinds = {kind.name: kind for kind in kinds}
        self._staging = staging
        self._mistakes = mistakes
        self._source = staging.source(file)

    def members(
        self, kind: str, parent: Mapping[str, Any], place: str, known: Mapping[str, Value]
    ) -> None:
        """Stage the objects of ``parent[kind]``."""
        found = parent[kind]
        place = f"{place}.{kind}" if place else kind
        if not isinstance(found, list):
            self._wrong(place, None, "must be a list")
            return
        for number, member in enumerate(found):
            if isinstance(member, dict):
                self._object(self._kinds[kind], member, f"{place}[{number}]", known)
            else:
                self._wrong(f"{place}[{number}]", None, "must be an object")

    def _object(
        self, kind: Kind, found: Mapping[str, Any], place: str, known: Mapping[str, Value]
    ) -> None:
        inside = _INSIDE.get(kind.name, ())
        own = [column for column in kind.columns if column.name not in known]
        self._strangers(found, {column.json for column in own} | set(inside), place)
        row = {column.name: known.get(column.name) for column in kind.columns}
        row |= {column.name: self._value(column, found, place) for column in own}
        if all(row[name] is not None for name in kind.keys):
            self._staging.add(kind.name, self._source, place, row.values())
        around = dict(known) | {name: row[name] for name in _KEYS if name in row}
        if isinstance(login := around.get("login"), str):
            self._replaced(kind.name, found, login)
        for name in inside:
            if name in found:
                self.members(name, found, place, around)

    def _replaced(self, kind: str, found: Mapping[str, Any], login: str) -> None:
        if kind != "owners":
            return
        if "accounts" in found:
            self._staging.replace("accounts", login)
        if "premises" in found:
            # A premises without charges has none: the document is nested, not laid side by side.
            self._staging.replace("premises", login)
            self._staging.replace("charges", login)

    def _strangers(self, found: Mapping[str, Any], allowed: set[str], place: str) -> None:
        for name in found:
            if name not in allowed:
                known = ", ".join(sorted(allowed))
                self._wrong(f"{place}.{name}", None, f"is not known here; known are {known}")

    def _value(self, column: Column, found: Mapping[str, Any], place: str) -> Value:
        value = found.get(column.json)
        if value is None:
            if column.required:
                self._wrong(place, None, f"{column.json!r} is missing")
            return None
        try:
            if column.one is not None:
                return self._list(column, value, f"{place}.{column.json}")
            return column.read(_text(value))
        except ValueError as error:
            self._wrong(place, column.json, str(error))
            return None

    def _list(self, column: Column, value: Any, place: str) -> str:
        if not isinstance(value, list) or column.one is None:
            raise ValueError("must be a list of texts")
        return to_list(self._each(column, value, place))

    def _each(self, column: Column, value: list[Any], place: str) -> Iterator[str]:
        for number, member in enumerate(value):
            try:
                if column.one is not None:
                    yield column.one(_text(member).strip())
            except ValueError as error:
                self._wrong(f"{place}[{number}]", None, str(error))

    def _wrong(self, place: str, column: str | None, text: str) -> None:
        self._mistakes.add(self._file.sentence(place, column, text))


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return str(value)
        case _:
            raise ValueError("must be a text or a number, not a list or an object")
