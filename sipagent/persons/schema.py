"""The table of those who are being erased; of those who were, it keeps counts alone."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

persons = Migrations("persons")


@persons()
def erasures(db: sqlite_utils.Database) -> None:
    """Make the table."""
    db.execute(
        """
        CREATE TABLE person_erasures (
            id INTEGER PRIMARY KEY,
            began TEXT NOT NULL,         -- UTC, ISO 8601 with offset, as all times here
            person TEXT,                 -- JSON, see persons.Person; NULL as soon as all is erased
            done TEXT NOT NULL DEFAULT '{}',  -- JSON: name of a holding → how much was erased
            files TEXT NOT NULL DEFAULT '[]',  -- JSON: paths of what no row names any more
            ended TEXT
        ) STRICT
        """
    )
