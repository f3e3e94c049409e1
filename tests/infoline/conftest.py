"""A database of the infoline, empty or with the sample data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.infoline.directory import Directory
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.importing import import_files
from sipagent.store.database import open_database

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
