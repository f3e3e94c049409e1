"""The table of drafts and versions of scenarios."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

scenarios = Migrations("scenarios")


@scenarios()
def versions(db: sqlite_utils.Database) -> None:
    """Make the table; what is live stands in the files, and here only as what it was."""
    db.execute(
        """
        CREATE TABLE scenario_versions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            scenario TEXT NOT NULL,
            at TEXT NOT NULL,            -- UTC, ISO 8601 with offset
            person TEXT NOT NULL,        -- who has made it; empty: it was found in the file
            state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'found')),
            text TEXT NOT NULL,          -- TOML
            places TEXT NOT NULL         -- JSON, as in the file beside it
        ) STRICT
        """
    )
    db.execute("CREATE INDEX scenario_versions_of ON scenario_versions (scenario, id)")
