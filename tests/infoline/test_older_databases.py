"""Databases from the time when PINs and lock-outs were the infoline's own tables."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.access.pins import has_pin
from sipagent.infoline.editing import remove_owner
from sipagent.infoline.schema import infoline
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

OWNER = """
INSERT INTO managers (id, code, name) VALUES (1, 'm', 'M');
INSERT INTO estates (id, manager_id, code, name) VALUES (1, 1, 'e', 'E');
INSERT INTO owners (id, manager_id, estate_id, login, name) VALUES (5, 1, 1, '100001', 'Anna');
"""
#: What the steps ``lockout`` and ``pins`` made, each in its time.
LOCKOUT = """
CREATE TABLE login_failures (
    kind TEXT NOT NULL CHECK (kind IN ({kinds})),
    value TEXT NOT NULL,
    asserted INTEGER NOT NULL CHECK (asserted IN (0, 1)),
    failures INTEGER NOT NULL,
    failed_at TEXT NOT NULL,
    PRIMARY KEY (kind, value, asserted)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failures_by_age ON login_failures (failed_at);
INSERT INTO login_failures VALUES ('number', '+48600100101', 0, 4, '2026-01-01T00:00:00');
"""
PINS = """
CREATE TABLE pin_failures (at TEXT NOT NULL) STRICT;
CREATE INDEX pin_failures_by_time ON pin_failures (at);
INSERT INTO pin_failures VALUES ('2026-01-01T00:00:00');
INSERT INTO owner_pins VALUES (5, '$argon2id$', '2026-01-01');
"""


def _older(path: Path, last: str, tables: str) -> None:
    """Make a database that a program wrote whose infoline ended before the step ``last``."""
    with closing(sqlite_utils.Database(path)) as db:
        infoline.apply(db, stop_before=last)
        for table in ("login_failures", "pin_failures", "pins"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM _sqlite_migrations WHERE migration_set = 'access'")
        db.conn.executescript(OWNER + tables)


@pytest.mark.parametrize(
    ("last", "tables"),
    [
        ("contracts", LOCKOUT.format(kinds="'number', 'login'")),
        (
            "pins_by_subject",
            LOCKOUT.format(kinds="'number', 'login', 'pin-number', 'pin-login'") + PINS,
        ),
    ],
)
def test_nothing_is_lost(tmp_path: Path, last: str, tables: str) -> None:
    path = tmp_path / "line.db"
    _older(path, last, tables)
    with closing(open_database(path, [infoline])) as db:
        assert db.execute("SELECT value, failures FROM login_failures").fetchall() == [
            ("+48600100101", 4)
        ]
        db.execute("INSERT INTO login_failures VALUES ('pin-login', '1', 0, 1, '2026-01-01')")
        pins = 1 if "owner_pins" in tables else 0
        assert db.execute("SELECT count(*) FROM pin_failures").fetchone()[0] == pins
        assert has_pin(db, "owner:5") is bool(pins)
        assert not db["owner_pins"].exists()
        remove_owner(db, "100001")
        assert not has_pin(db, "owner:5")
    open_database(path, [infoline]).close()
