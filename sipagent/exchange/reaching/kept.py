"""What becomes of calls to users, as it is kept."""

from collections import defaultdict

import sqlite_utils

from sipagent.exchange import writing
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.values import Kind, Ref, Target

_USER = "(SELECT id FROM parties WHERE kind = 'user' AND name = ?)"


def load(db: sqlite_utils.Database) -> dict[str, Handling]:
    """Return what becomes of calls to each user, as far as that is not as usual."""
    forwards: dict[str, dict[When, Forward]] = defaultdict(dict)
    for user, when, kind, name, number, seconds, in_groups in db.execute(
        "SELECT users.name, occasion, targets.kind, targets.name, number, seconds, in_groups "
        "FROM forwards JOIN parties AS users ON users.id = user_id "
        "LEFT JOIN parties AS targets ON targets.id = party_id"
    ).fetchall():
        target = number or Ref(Kind(kind), name)
        forwards[user][When(when)] = Forward(target, seconds, bool(in_groups))
    found = {user: Handling(forwards=of_user) for user, of_user in forwards.items()}
    for user, dnd, follow, seconds in db.execute(
        "SELECT name, dnd, follow, seconds FROM handlings JOIN parties ON parties.id = user_id"
    ).fetchall():
        found[user] = Handling(bool(dnd), forwards[user], Follow(follow), seconds)
    return found


def put_forward(db: sqlite_utils.Database, user: str, when: When, forward: Forward) -> None:
    """Forward calls to a user, within a transaction."""
    party, number = _columns(db, forward.target)
    writing.next_version(db)
    db.execute(
        f"INSERT OR REPLACE INTO forwards VALUES ({_USER}, ?, ?, ?, ?, ?)",
        [user, when, party, number, forward.seconds, int(forward.in_groups)],
    )


def drop_forwards(db: sqlite_utils.Database, user: str, *whens: When) -> None:
    """Forward calls to a user no more, within a transaction."""
    writing.next_version(db)
    for when in whens:
        db.execute(f"DELETE FROM forwards WHERE user_id = {_USER} AND occasion = ?", [user, when])


def put_dnd(db: sqlite_utils.Database, user: str, *, on: bool) -> None:
    """Let nothing ring at a user's, or all again, within a transaction."""
    _put(db, user, {"dnd": int(on)})


def put_follow(db: sqlite_utils.Database, user: str, follow: Follow, seconds: int) -> None:
    """Say when a user's mobile rings, within a transaction."""
    _put(db, user, {"follow": follow, "seconds": seconds})


def _put(db: sqlite_utils.Database, user: str, values: dict[str, str | int]) -> None:
    writing.next_version(db)
    changed = ", ".join(f"{name} = excluded.{name}" for name in values)
    db.execute(
        f"INSERT INTO handlings (user_id, {', '.join(values)}) "
        f"VALUES ({_USER}, {', '.join('?' * len(values))}) "
        f"ON CONFLICT (user_id) DO UPDATE SET {changed}",
        [user, *values.values()],
    )


def _columns(db: sqlite_utils.Database, target: Target) -> tuple[int | None, str | None]:
    """Return the key of a party, or else the number."""
    if isinstance(target, str):
        return None, target
    row = db.execute("SELECT id FROM parties WHERE kind = ? AND name = ?", [*target]).fetchone()
    return int(row[0]), None
