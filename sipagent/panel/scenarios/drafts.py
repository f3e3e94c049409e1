"""Drafts and versions of scenarios: every change is one more, and nobody overwrites another's.

A draft is what follows upon the last version that was live. Each change to it is a row, so that it
can be undone; publishing keeps the last of them and drops the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.panel.scenarios.sheet import Sheet, parsed_places, written_places

#: Changes of a draft that can be undone.
MOST_CHANGES = 200
_COLUMNS = "id, scenario, at, person, state, text, places"


class State(StrEnum):
    """What a version is."""

    DRAFT = "draft"
    #: It was published here.
    PUBLISHED = "published"
    #: It stood in the file, and was not published here.
    FOUND = "found"


class Overtaken(DataError):
    """Somebody else has changed the draft meanwhile."""

    code = "overtaken"


@dataclass(frozen=True, slots=True)
class Version:
    """A scenario as it was at a moment."""

    id: int
    scenario: str
    at: str
    person: str
    state: State
    sheet: Sheet


def draft(db: sqlite_utils.Database, scenario: str) -> Version | None:
    """Return the draft of a scenario; None: there is none."""
    return _one(db, "scenario = ? AND state = 'draft' ORDER BY id DESC LIMIT 1", scenario)


def drafted(db: sqlite_utils.Database) -> set[str]:
    """Return the names of all scenarios that have a draft."""
    rows = db.execute("SELECT DISTINCT scenario FROM scenario_versions WHERE state = 'draft'")
    return {str(name) for (name,) in rows.fetchall()}


def lived(db: sqlite_utils.Database, scenario: str) -> list[Version]:
    """Return the versions that were live, the latest first."""
    where = "scenario = ? AND state != 'draft' ORDER BY id DESC"
    rows = db.execute(f"SELECT {_COLUMNS} FROM scenario_versions WHERE {where}", [scenario])
    return [_version(row) for row in rows.fetchall()]


def base(db: sqlite_utils.Database, scenario: str) -> Version | None:
    """Return the version upon which a draft follows; None: it is the first."""
    where = "scenario = ? AND state != 'draft' ORDER BY id DESC LIMIT 1"
    return _one(db, where, scenario)


def of_id(db: sqlite_utils.Database, scenario: str, key: int) -> Version | None:
    """Return a version of a scenario."""
    return _one(db, "scenario = ? AND id = ?", scenario, key)


def live_at(db: sqlite_utils.Database, scenario: str, at: str) -> Version | None:
    """Return the version that was live at a moment: before the first one that is kept, that one."""
    then = "scenario = ? AND state != 'draft' AND at <= ? ORDER BY id DESC LIMIT 1"
    first = "scenario = ? AND state != 'draft' ORDER BY id LIMIT 1"
    return _one(db, then, scenario, at) or _one(db, first, scenario)


def save(
    db: sqlite_utils.Database,
    scenario: str,
    sheet: Sheet,
    person: str,
    at: datetime,
    *,
    known: int,
    file: Sheet | None,
) -> Version:
    """Keep a change of the draft; the first one begins it.

    Args:
        db: within a transaction.
        scenario: its name.
        sheet: how it is now.
        person: who has changed it.
        at: now.
        known: the number of the draft that was changed; 0: there was none.
        file: what is live; None: nothing is.

    Raises:
        Overtaken: that is not the draft any more.
    """
    _require(db, scenario, known)
    if not known and file is not None:
        found(db, scenario, file, at)
    row = [scenario, times.stored(at), person, State.DRAFT, *_cells(sheet)]
    key = _insert(db, row)
    db.execute(
        "DELETE FROM scenario_versions WHERE scenario = ? AND state = 'draft' AND id <= "
        "(SELECT id FROM scenario_versions WHERE scenario = ? AND state = 'draft' "
        "ORDER BY id DESC LIMIT 1 OFFSET ?)",
        [scenario, scenario, MOST_CHANGES],
    )
    return Version(key, scenario, times.stored(at), person, State.DRAFT, sheet)


def undo(db: sqlite_utils.Database, scenario: str, *, known: int) -> Version | None:
    """Take the last change of a draft back; return what is left of it, None: nothing.

    Raises:
        Overtaken: that is not the draft any more.
    """
    _require(db, scenario, known)
    db.execute("DELETE FROM scenario_versions WHERE id = ? AND state = 'draft'", [known])
    return draft(db, scenario)


def discard(db: sqlite_utils.Database, scenario: str, *, known: int) -> None:
    """Drop a draft.

    Raises:
        Overtaken: that is not the draft any more.
    """
    _require(db, scenario, known)
    _drop(db, scenario)


def published(
    db: sqlite_utils.Database, scenario: str, person: str, at: datetime, *, known: int
) -> None:
    """Let a draft be the version that is live; its changes are dropped.

    Raises:
        Overtaken: that is not the draft any more.
    """
    _require(db, scenario, known)
    sheet = _existing(draft(db, scenario)).sheet
    _drop(db, scenario)
    _insert(db, [scenario, times.stored(at), person, State.PUBLISHED, *_cells(sheet)])


def found(db: sqlite_utils.Database, scenario: str, file: Sheet, at: datetime) -> None:
    """Keep what stands in the file, where it is not the version that is known to be live."""
    last = base(db, scenario)
    if last is None or last.sheet.text != file.text:
        _insert(db, [scenario, times.stored(at), "", State.FOUND, *_cells(file)])


def _require(db: sqlite_utils.Database, scenario: str, known: int) -> None:
    there = draft(db, scenario)
    if (there.id if there else 0) != known:
        raise Overtaken("the draft was changed meanwhile")


def _existing(version: Version | None) -> Version:
    if version is None:
        raise Overtaken("there is no draft any more")
    return version


def _drop(db: sqlite_utils.Database, scenario: str) -> None:
    db.execute(
        "DELETE FROM scenario_versions WHERE scenario = ? AND state = 'draft'", [scenario]
    )  # fmt: skip


def _insert(db: sqlite_utils.Database, row: Sequence[object]) -> int:
    cursor = db.execute(
        "INSERT INTO scenario_versions (scenario, at, person, state, text, places) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        list(row),
    )
    return int(cursor.lastrowid or 0)


def _cells(sheet: Sheet) -> tuple[str, str]:
    return sheet.text, written_places(sheet.places)


def _one(db: sqlite_utils.Database, where: str, *values: object) -> Version | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM scenario_versions WHERE {where}", list(values)
    ).fetchone()  # fmt: skip
    return None if row is None else _version(row)


def _version(row: tuple[Any, ...]) -> Version:
    key, scenario, at, person, state, text, places = row
    return Version(key, scenario, at, person, State(state), Sheet(text, parsed_places(places)))
