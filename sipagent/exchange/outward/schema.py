"""The table of what users have called over the trunks, day by day: it outlives a restart."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.schema import exchange

outward = Migrations("outward")


@outward()
def usage(db: sqlite_utils.Database) -> None:
    """Make the table."""
    exchange.apply(db)  # users have used it
    db.execute(
        """
        CREATE TABLE outward_usage (
            user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            day TEXT NOT NULL,           -- local, ISO 8601
            milliseconds INTEGER NOT NULL,
            abroad INTEGER NOT NULL,     -- milliseconds of calls abroad and to dear numbers
            grosze INTEGER NOT NULL,     -- without VAT
            PRIMARY KEY (user_id, day)
        ) STRICT
        """
    )
