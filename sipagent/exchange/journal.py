"""What was changed in the exchange, and when: kept for some days, without secrets."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.exchange.difference import Change, What
from sipagent.store.database import delete_some

_SELECT = "SELECT at, what, kind, entry, fields FROM exchange_changes"


def note(db: sqlite_utils.Database, number: int, changes: Iterable[Change]) -> None:
    """Note the changes of a number, within the transaction that makes them."""
    now = times.stored(datetime.now(UTC), "seconds")
    db.conn.executemany(
        "INSERT INTO exchange_changes VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, at, now, one.what, one.kind, one.key, _json(one.fields))
            for at, one in enumerate(changes)
        ],
    )


def since(db: sqlite_utils.Database, kind: str, key: str, number: int) -> list[Change]:
    """Return how an entry was changed after the change of a number, the oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE kind = ? AND entry = ? AND version > ? ORDER BY version, seq",
        [kind, key, number],
    )
    return [_change(*row) for _, *row in rows.fetchall()]


def latest(db: sqlite_utils.Database, count: int) -> list[tuple[datetime, Change]]:
    """Return the last changes, the oldest first, each with when it was made."""
    rows = db.execute(f"{_SELECT} ORDER BY version DESC, seq DESC LIMIT ?", [count])
    return [(datetime.fromisoformat(at), _change(*row)) for at, *row in reversed(rows.fetchall())]


def delete_before(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete what is told of changes before a moment; see ``store.database.delete_some``."""
    return delete_some(db, "exchange_changes", "at < ?", [times.stored(moment, "seconds")], limit)


def _change(what: What, kind: str, key: str, fields: str) -> Change:
    return Change(what, kind, key, {name: (*pair,) for name, pair in json.loads(fields).items()})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
