"""A database with two managers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.billing.schema import billing
from sipagent.infoline.schema import infoline
from sipagent.records.schema import records
from sipagent.store.database import open_database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    found = open_database(tmp_path / "line.db", [records, infoline, billing])
    for key, code in ((1, "ZLOTY-KLUCZ"), (2, "BAJKA")):
        found.execute(
            "INSERT INTO managers (id, code, name) VALUES (?, ?, ?)", [key, code, f"Firma {code}"]
        )
    found.conn.commit()
    yield found
    found.close()
