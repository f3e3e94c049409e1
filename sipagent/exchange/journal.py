"""What was changed in the exchange, when and by whom: kept for some days, without secrets."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.exchange.difference import Change, What
from sipagent.store.database import delete_some

_SELECT = "SELECT version, at, by, what, kind, entry, fields FROM exchange_changes"


@dataclass(frozen=True, slots=True)
class Noted:
    """A change as it is on record.

    Args:
        number: of what was changed at once; several may have one.
        at: when.
        by: who, by their name in the panel; empty: a command, or a code from a telephone.
        change: what.
    """

    number: int
    at: datetime
    by: str
    change: Change


def note(db: sqlite_utils.Database, number: int, changes: Iterable[Change], by: str = "") -> None:
    """Note the changes of a number, within the transaction that makes them."""
    now = times.stored(datetime.now(UTC), "seconds")
    db.conn.executemany(
        "INSERT INTO exchange_changes (version, seq, at, by, what, kind, entry, fields) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (number, at, now, by, one.what, one.kind, one.key, _json(one.fields))
            for at, one in enumerate(changes)
        ],
    )


def since(db: sqlite_utils.Database, kind: str, key: str, number: int) -> list[Noted]:
    """Return how an entry was changed after the change of a number, the oldest first."""
    return _select(
        db,
        "kind = ? AND entry = ? AND version > ? ORDER BY version, seq",
        [kind, key, number],
    )


def of_number(db: sqlite_utils.Database, number: int) -> list[Noted]:
    """Return what was changed at once; nothing where that is not kept any more."""
    return _select(db, "version = ? ORDER BY seq", [number])


def latest(db: sqlite_utils.Database, count: int) -> list[Noted]:
    """Return the last changes, the oldest first."""
    return _select(db, "1 ORDER BY version DESC, seq DESC LIMIT ?", [count])[::-1]


def page(
    db: sqlite_utils.Database, count: int, *, kind: str = "", key: str = "", before: int = 0
) -> list[Noted]:
    """Return changes, the latest first: so many, and those that were made with the last of them.

    Args:
        db: the database.
        count: of changes.
        kind, key: of the entry; empty: of all.
        before: the number of a change before which they were made; 0: the latest of all.
    """
    one = "kind = ? AND entry = ?" if kind else "? = ?"
    where = f"{one} AND (? = 0 OR version < ?)"
    values = [kind, key if kind else "", before, before]
    numbers = f"SELECT version FROM exchange_changes WHERE {where} ORDER BY version DESC LIMIT ?"
    (last,) = db.execute(f"SELECT min(version) FROM ({numbers})", [*values, count]).fetchone()
    return _select(db, f"{where} AND version >= ? ORDER BY version DESC, seq", [*values, last or 0])


def delete_before(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete what is told of changes before a moment; see ``store.database.delete_some``."""
    return delete_some(db, "exchange_changes", "at < ?", [times.stored(moment, "seconds")], limit)


def _select(db: sqlite_utils.Database, where: str, values: Sequence[object]) -> list[Noted]:
    rows = db.execute(f"{_SELECT} WHERE {where}", values)
    return [
        Noted(number, datetime.fromisoformat(at), by, _change(*row))
        for number, at, by, *row in rows.fetchall()
    ]


def _change(what: What, kind: str, key: str, fields: str) -> Change:
    return Change(what, kind, key, {name: (*pair,) for name, pair in json.loads(fields).items()})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
