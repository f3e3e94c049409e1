"""The import: files are read and checked, then the directory changes in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.transfer.checks import check
from sipagent.infoline.transfer.compare import compare, forget, mark_replaced
from sipagent.infoline.transfer.csvfile import CsvFile
from sipagent.infoline.transfer.jsonfile import JsonFile
from sipagent.infoline.transfer.kinds import Kind, kinds
from sipagent.infoline.transfer.merge import Count, merge
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.staging import Staging
from sipagent.store.database import writing

#: Called with the name of a stage of the work, how much of it is done, and how much there is.
Report = Callable[[str, int, int], None]


class _DryRun(Exception):
    """Ends a transaction that was only tried."""


def import_files(
    db: sqlite_utils.Database,
    paths: Sequence[Path],
    *,
    country: str = "PL",
    encoding: str | None = None,
    dry_run: bool = False,
    report: Report = lambda stage, done, total: None,
) -> list[Count]:
    """Import CSV and JSON files, or directories of CSV files, as one whole.

    Args:
        db: a database with the migrations of the infoline.
        paths: files in any order.
        country: where a phone number without prefix belongs (ISO 3166).
        encoding: of all files; None to find it out (see ``decoding``).
        dry_run: do everything, and take it back.
        report: is told how far the work is.

    Returns:
        What became of the rows, one entry a kind.

    Raises:
        DataError: one line a mistake, with file, line and column; nothing was imported.
    """
    known = kinds(country)
    mistakes = Mistakes()
    staging = Staging(db, known)
    try:
        for path in _files(paths):
            file = JsonFile(path, encoding) if _is_json(path) else CsvFile(path, encoding)
            file.read(known, staging, mistakes, _told(report, path.name))
        report("checking", 0, 1)
        staging.finish()
        mark_replaced(staging)
        seen = _version(db)
        _examine(staging, known, mistakes)
        with _tried(db, dry_run):
            # Somebody may have changed meanwhile what the rows were compared with.
            if _version(db) != seen:
                _examine(staging, known, mistakes)
            return merge(staging, _told(report, "writing"))
    finally:
        forget(staging)
        staging.drop()


def _examine(staging: Staging, known: Sequence[Kind], mistakes: Mistakes) -> None:
    check(staging, known, mistakes)
    mistakes.raise_any()
    compare(staging)


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


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
        elif inside := sorted(path.glob("*.csv")):
            files.extend(inside)
        else:
            raise DataError(f"{path}: has no *.csv files")
    return files
