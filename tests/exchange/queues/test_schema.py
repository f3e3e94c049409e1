"""Tables of queues: an exchange that is there gets them, and loses nothing."""

import sqlite3

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reading import load
from tests.exchange.exchanges import firm

pytestmark = pytest.mark.unit


def party(db: sqlite_utils.Database, kind: str, name: str, number: str) -> None:
    db.execute(
        "INSERT INTO parties (kind, name, extension, version) VALUES (?, ?, ?, 1)",
        [kind, name, number],
    )


def test_queues_and_rooms_can_be_led_to_and_nothing_is_lost(db: sqlite_utils.Database) -> None:
    queues.apply(db)
    party(db, "queue", "Serwis", "1000")
    party(db, "room", "Zarząd", "*22")
    assert load(db).exchange == firm()
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_queues_may_lead_to_each_other(db: sqlite_utils.Database) -> None:
    there = firm().model_copy(
        update={
            "queues": (
                Queue(name="Biuro", number="1000", leads={"too-long": "queue:Serwis"}),
                Queue(name="Serwis", number="1001", leads={"nobody": "queue:Biuro"}),
            )
        }
    )
    editing.replace(db, there)
    assert load(db).exchange == there


@pytest.mark.parametrize(("kind", "number"), [("queue", "*22"), ("guest", "1000"), ("user", "*01")])
def test_others_cannot(db: sqlite_utils.Database, kind: str, number: str) -> None:
    queues.apply(db)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        party(db, kind, "Serwis", number)
