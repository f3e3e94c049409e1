"""Changes of telephones and e-mails by owners: as they are on record, and what they come to."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlite_utils

from sipagent.errors import DataError


class Medium(StrEnum):
    """What is changed."""

    PHONE = "phone"
    EMAIL = "email"


class Action(StrEnum):
    """What becomes of it."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"
    #: Which one comes first.
    ORDER = "order"
    #: The office has put its own list in place of what the owner had changed.
    IMPORT = "import"


class State(StrEnum):
    """Where a change stands."""

    #: The code was not typed yet.
    ASKED = "asked"
    #: It was, and the change counts from ``due`` on.
    WAITING = "waiting"
    DONE = "done"
    #: Somebody to whom it was told has stopped it.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Change:
    """A change; times are UTC, ISO 8601 with offset."""

    id: int
    owner_id: int
    medium: Medium
    action: Action
    #: What is replaced or removed; empty: nothing.
    old: str
    #: What comes; for an order all of them, as JSON.
    new: str
    #: Where the code went.
    proof: str
    state: State
    #: IP address that asked.
    browser: str
    language: str
    asked: str
    proved: str | None
    #: When it comes to count; None: at once.
    due: str | None
    #: When it was made, or stopped.
    settled: str | None
    #: All of the medium, once it is made.
    before: tuple[str, ...]
    after: tuple[str, ...]

    def made(self, members: Sequence[str]) -> list[str]:
        """Return what a list comes to, as it is when the change is made."""
        match self.action:
            case Action.REPLACE if self.old in members:
                return _each_once(self.new if one == self.old else one for one in members)
            case Action.ADD | Action.REPLACE:
                return _each_once((*members, self.new))
            case Action.REMOVE:
                return [one for one in members if one != self.old]
            case _:
                first = [one for one in json.loads(self.new) if one in members]
                return _each_once((*first, *members))


_COLUMNS = ", ".join(Change.__dataclass_fields__)


def selected(db: sqlite_utils.Database, where: str, *values: object) -> list[Change]:
    """Return changes by a condition in SQL, with values for its marks."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM owner_changes WHERE {where}", values)
    return [_change(row) for row in rows.fetchall()]


def found(db: sqlite_utils.Database, change: int) -> Change:
    """Return a change.

    Raises:
        DataError: there is none.
    """
    for one in selected(db, "id = ?", change):
        return one
    raise DataError(f"there is no change {change}")


def journal(db: sqlite_utils.Database, owner: int, limit: int) -> list[Change]:
    """Return what became of an owner's changes, the latest first; not those without their code."""
    where = "owner_id = ? AND state <> 'asked' ORDER BY id DESC LIMIT ?"
    return selected(db, where, owner, limit)


def _each_once(members: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(members))


def _change(row: Sequence[object]) -> Change:
    values = dict(zip(Change.__dataclass_fields__, row, strict=True))
    values |= {
        "medium": Medium(str(values["medium"])),
        "action": Action(str(values["action"])),
        "state": State(str(values["state"])),
        "before": _members(values["before"]),
        "after": _members(values["after"]),
    }
    return Change(**values)  # type: ignore[arg-type]


def _members(kept: object) -> tuple[str, ...]:
    return tuple(json.loads(str(kept))) if kept else ()
