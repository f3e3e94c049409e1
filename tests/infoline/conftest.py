"""A database of the infoline, empty or with the sample data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from openpyxl import Workbook

from sipagent.infoline.directory import Directory
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.importing import import_files
from sipagent.store.database import open_database
from tests.infoline.import_helpers import Book, Write

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    """An empty database."""
    database = open_database(tmp_path / "line.db", [infoline])
    yield database
    database.close()


@pytest.fixture
def sample(db: sqlite_utils.Database) -> sqlite_utils.Database:
    """The same, with ``data/sample`` in it."""
    import_files(db, [SAMPLE])
    return db


@pytest.fixture
def directory(sample: sqlite_utils.Database) -> Directory:
    """Look-ups in the sample data."""
    return Directory(sample)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a text file, and return its path."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return make


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Save a workbook of sheets, each a list of rows, and return its path."""

    def make(**sheets: list[list[Any]]) -> Path:
        workbook = Workbook()
        workbook.active.title = "Pusty"
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "book.xlsx"
        workbook.save(path)
        return path

    return make
