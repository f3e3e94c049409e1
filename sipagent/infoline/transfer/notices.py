"""Importing notices: a table of them, all or nothing; those that are there already stay."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline import values
from sipagent.infoline.notices import Notice, Notices
from sipagent.infoline.transfer.cells import is_nothing
from sipagent.infoline.transfer.csvfile import CsvFile
from sipagent.infoline.transfer.kinds import Column, Kind
from sipagent.infoline.transfer.mapping import ColumnMap
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.xlsxfile import XlsxFile
from sipagent.store.database import writing


def _or_nothing(read: Callable[[str], str], text: str) -> str:
    return "" if is_nothing(text) else read(text)


def _optional(name: str, read: Callable[[str], str]) -> Column:
    return Column(name, partial(_or_nothing, read), name, required=False)


_KIND = Kind(
    "notices",
    "notice",
    (
        Column("manager", values.code, "manager"),
        _optional("estate", values.code),
        Column("notice", str.strip, "notice"),
        _optional("english", str.strip),
        Column("first_day", values.day, "first_day"),
        Column("last_day", values.day, "last_day"),
    ),
)


def import_notices(
    db: sqlite_utils.Database, path: Path, encoding: str | None = None
) -> list[Notice]:
    """Keep the notices of a CSV or Excel file, and return them.

    Raises:
        DataError: one line a mistake, with file, line and column; nothing was kept.
    """
    mistakes = Mistakes()
    is_sheet = path.suffix.lower() in {".xlsx", ".xlsm"}
    columns = ColumnMap()
    file = XlsxFile(path, columns) if is_sheet else CsvFile(path, columns, encoding)
    notices, kept = Notices(db), []
    with writing(db):
        for place, row in file.rows(_KIND, mistakes):
            manager, estate, text, english, first, last = (str(one or "") for one in row)
            days = date.fromisoformat(first), date.fromisoformat(last)
            try:
                kept.append(notices.add(manager, text, *days, estate=estate, english=english))
            except DataError as error:
                mistakes.add(file.sentence(place, None, str(error)))
        mistakes.raise_any()
    return kept
