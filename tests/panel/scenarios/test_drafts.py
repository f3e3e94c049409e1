"""Drafts and versions as rows: what is a draft, what was live when, what is dropped."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent import times
from sipagent.panel.scenarios import drafts
from sipagent.panel.scenarios.drafts import Overtaken, State
from sipagent.panel.scenarios.layout import Place
from sipagent.panel.scenarios.schema import scenarios
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 2, 12, tzinfo=UTC)
FILE, ONE, TWO = Sheet("file"), Sheet("one", {"a": Place(10, 20)}), Sheet("two")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    """Open a database."""
    with closing(open_database(tmp_path / "line.db", [scenarios])) as one:
        yield one


def save(db: sqlite_utils.Database, sheet: Sheet, known: int, day: int = 0) -> int:
    """Keep a change of a draft so many days later; return its number."""
    at = BEGAN + timedelta(days=day)
    with db.conn:
        return drafts.save(db, "x", sheet, "anna", at, known=known, file=FILE).id


def publish(db: sqlite_utils.Database, known: int, day: int) -> None:
    """Publish a draft so many days later."""
    with db.conn:
        drafts.published(db, "x", "anna", BEGAN + timedelta(days=day), known=known)


def test_a_draft_is_its_last_change_and_knows_its_places(db: sqlite_utils.Database) -> None:
    assert drafts.draft(db, "x") is None
    first = save(db, ONE, 0)
    found = drafts.draft(db, "x")
    assert found is not None
    assert (found.id, found.sheet, found.person, found.state) == (first, ONE, "anna", State.DRAFT)
    second = save(db, TWO, first)
    with pytest.raises(Overtaken):
        save(db, ONE, first)
    with pytest.raises(Overtaken), db.conn:
        drafts.undo(db, "x", known=first)
    with db.conn:
        left = drafts.undo(db, "x", known=second)
    assert left is not None
    assert left.sheet == ONE
    assert save(db, TWO, first) > second  # a number stands for one change, and for no other one
    assert drafts.draft(db, "other") is None
    assert drafts.drafted(db) == {"x"}


def test_changes_are_dropped_where_there_are_very_many(
    db: sqlite_utils.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_CHANGES", 3)
    known = 0
    for number in range(10):
        known = save(db, Sheet(str(number)), known)
    rows = db.execute("SELECT text FROM scenario_versions WHERE state = 'draft'").fetchall()
    assert [text for (text,) in rows] == ["7", "8", "9"]
    assert [one.sheet for one in drafts.lived(db, "x")] == [FILE]


def test_what_was_live_at_a_moment_is_known(db: sqlite_utils.Database) -> None:
    publish(db, save(db, ONE, 0, day=0), day=1)
    publish(db, save(db, TWO, 0, day=2), day=3)
    lived = drafts.lived(db, "x")
    assert [one.state for one in lived] == [
        State.PUBLISHED, State.FOUND, State.PUBLISHED, State.FOUND,
    ]  # fmt: skip
    for day, text in ((-1, "file"), (0.5, "file"), (1.5, "one"), (5, "two")):
        version = drafts.live_at(db, "x", times.stored(BEGAN + timedelta(days=day)))
        assert version is not None
        assert version.sheet.text == text
    assert drafts.live_at(db, "other", times.stored(BEGAN)) is None
    assert drafts.draft(db, "x") is None
