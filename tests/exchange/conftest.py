"""A database with a small firm in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.exchange.exchanges import firm


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    """A database with an exchange of nobody."""
    database = open_database(tmp_path / "line.db", [exchange])
    yield database
    database.close()


@pytest.fixture
def db(empty: sqlite_utils.Database) -> sqlite_utils.Database:
    """The same with Anna, Jan, their group and its number."""
    editing.replace(empty, firm())
    return empty
