"""What an import changes, row by row and field by field: the directory before it, and after it."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

import sqlite_utils

from sipagent.infoline.transfer.private import create
from sipagent.infoline.transfer.sheets import SHEETS, Sheet

_HEADER = ("change", "kind", "row", "field", "before", "after")


@dataclass(frozen=True, slots=True)
class Change:
    """A row that came, went, or differs; ``fields`` has what was, and what is, by column."""

    what: Literal["added", "changed", "removed"]
    kind: str
    row: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


_ALL = {"manager": None}


def remember(db: sqlite_utils.Database) -> None:
    """Keep the directory as it is now, in temporary tables; it may be large, so take no lock."""
    forget(db)
    for sheet in SHEETS:
        db.execute(f"CREATE TEMP TABLE before_{sheet.name} AS {_counted(sheet)}", _ALL)


def changes_since(db: sqlite_utils.Database) -> list[Change]:
    """Return what differs now from what was remembered."""
    return [change for sheet in SHEETS for change in _differences(db, sheet)]


def forget(db: sqlite_utils.Database) -> None:
    """Drop what was remembered."""
    for sheet in SHEETS:
        db.execute(f"DROP TABLE IF EXISTS temp.before_{sheet.name}")


def _counted(sheet: Sheet) -> str:
    """Return the statement of a sheet with a number for equal rows: a list may repeat itself."""
    columns = ", ".join(sheet.columns)
    return f"""
    WITH rows ({columns}) AS ({sheet.select()})
    SELECT *, row_number() OVER (PARTITION BY {columns}) AS nth FROM rows
    """


def _differences(db: sqlite_utils.Database, sheet: Sheet) -> Iterator[Change]:
    now = f"SELECT * FROM ({_counted(sheet)})"
    then = f"SELECT * FROM temp.before_{sheet.name}"
    gone = _by_key(sheet, db.execute(f"{then} EXCEPT {now}", _ALL).fetchall())
    come = _by_key(sheet, db.execute(f"{now} EXCEPT {then}", _ALL).fetchall())
    for key in sorted({*gone, *come}):
        for old, new in zip_longest(gone.get(key, ()), come.get(key, ())):
            yield _change(sheet, key, old, new)


def _by_key(
    sheet: Sheet, rows: Sequence[tuple[Any, ...]]
) -> dict[tuple[str, ...], list[list[Any]]]:
    found: dict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    places = [sheet.columns.index(key) for key in sheet.keys]
    for *row, _ in rows:
        found[tuple(row[place] for place in places)].append(sheet.readable(row))
    return found


def _change(
    sheet: Sheet, key: tuple[str, ...], old: list[Any] | None, new: list[Any] | None
) -> Change:
    empty = [""] * len(sheet.columns)
    pairs = zip(sheet.columns, old or empty, new or empty, strict=True)
    fields = {
        column: (str(before), str(after))
        for column, before, after in pairs
        if before != after and column not in sheet.keys
    }
    what: Literal["added", "changed", "removed"] = (
        "changed" if old and new else "added" if new else "removed"
    )
    return Change(what, sheet.name, " / ".join(key), fields)


def write_changes(path: Path, changes: Sequence[Change]) -> None:
    """Write one line a field; the file opens in a Polish Excel as it is.

    Raises:
        OSError: it cannot be written.
    """
    with create(path, "utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(_HEADER)
        for change in changes:
            row = (change.what, change.kind, change.row)
            for name, values in change.fields.items():
                writer.writerow((*row, name, *values))
            if not change.fields:
                writer.writerow((*row, "", "", ""))
