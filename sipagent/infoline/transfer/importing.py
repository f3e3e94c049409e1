"""The import: files are read and checked, then the directory changes in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.online.imports import leave_out, take_over
from sipagent.infoline.transfer import changes
from sipagent.infoline.transfer.checks import check
from sipagent.infoline.transfer.compare import compare, forget, mark_replaced
from sipagent.infoline.transfer.csvfile import CsvFile
from sipagent.infoline.transfer.jsonfile import JsonFile
from sipagent.infoline.transfer.kinds import Kind, kinds
from sipagent.infoline.transfer.leaving import settle
from sipagent.infoline.transfer.mapping import ColumnMap, load
from sipagent.infoline.transfer.merge import Count, merge
from sipagent.infoline.transfer.mistakes import Mistakes, Refusal
from sipagent.infoline.transfer.staging import Staging
from sipagent.infoline.transfer.xlsxfile import XlsxFile
from sipagent.store.database import writing

#: Called with the name of a stage of the work, how much of it is done, and how much there is.
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows by kind, which were left out, and what changed where asked for."""

    counts: list[Count]
    refusals: list[Refusal]
    changes: list[changes.Change]


class _DryRun(Exception):
    """Ends a transaction that was only tried."""


def import_files(
    db: sqlite_utils.Database,
    paths: Sequence[Path],
    *,
    country: str = "PL",
    encoding: str | None = None,
    columns: Path | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    with_changes: bool = False,
    manager: str | None = None,
    report: Report = lambda stage, done, total: None,
) -> Imported:
    """Import CSV, Excel and JSON files, or directories of CSV and Excel files, as one whole.

    Args:
        db: a database with the migrations of the infoline.
        paths: files in any order.
        country: where a phone number without prefix belongs (ISO 3166).
        encoding: of all files; None to find it out (see ``decoding``).
        columns: a file that says under which headings the columns stand (see ``mapping``).
        skip_bad: leave out rows that are wrong, and what hangs on them (see ``leaving``).
        dry_run: do everything, and take it back.
        with_changes: find out every field that changes; takes a while on a large line.
        manager: code of the only manager whose rows are taken; None: everybody's.
        report: is told how far the work is.

    Raises:
        DataError: one line a mistake, with file, line and column; nothing was imported.
        ConfigError: the file of columns is wrong.
    """
    known = kinds(country)
    mistakes = Mistakes(skip=skip_bad)
    headings = load(columns, known) if columns else ColumnMap()
    files = [_file(path, headings, encoding, skip_bad) for path in _paths(paths)]
    staging = Staging(db, known)
    try:
        for file in files:
            file.read(known, staging, mistakes, _told(report, file.path.name))
        report("checking", 0, 1)
        staging.finish()
        mark_replaced(staging)
        seen = _version(db)
        examine = partial(_examine, staging, known, mistakes, with_changes, manager)
        examine()
        with _tried(db, dry_run):
            # Somebody may have changed meanwhile what the rows were compared with.
            if _version(db) != seen:
                examine()
            take_over(db, datetime.now(UTC))
            counts = merge(staging, _told(report, "writing"))
            found = changes.changes_since(db) if with_changes else []
        return Imported(counts, mistakes.refusals, found)
    finally:
        forget(staging)
        changes.forget(db)
        staging.drop()


def _examine(
    staging: Staging,
    known: Sequence[Kind],
    mistakes: Mistakes,
    with_changes: bool,
    manager: str | None,
) -> None:
    (settle if mistakes.skip else check)(staging, known, mistakes, manager)
    mistakes.raise_any()
    leave_out(staging.db)
    compare(staging)
    if with_changes:
        changes.remember(staging.db)


def _version(db: sqlite_utils.Database) -> int:
    """Return a number that changes when another connection commits something."""
    return int(db.execute("PRAGMA main.data_version").fetchone()[0])


@contextmanager
def _tried(db: sqlite_utils.Database, dry_run: bool) -> Iterator[None]:
    """Write for good, or take it all back at the end."""
    with suppress(_DryRun), writing(db):
        yield
        if dry_run:
            raise _DryRun


def _told(report: Report, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: report(stage, done, total)


def _file(
    path: Path, columns: ColumnMap, encoding: str | None, skip_bad: bool
) -> CsvFile | XlsxFile | JsonFile:
    match path.suffix.lower():
        case ".json" if skip_bad:
            raise DataError(f"{path}: rows are left out of tables; a JSON document is taken whole")
        case ".json":
            return JsonFile(path, encoding)
        case ".xlsx" | ".xlsm":
            return XlsxFile(path, columns)
        case _:
            return CsvFile(path, columns, encoding)


def _paths(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
        elif inside := sorted([*path.glob("*.csv"), *path.glob("*.xlsx")]):
            files.extend(inside)
        else:
            raise DataError(f"{path}: has no *.csv or *.xlsx files")
    return files
