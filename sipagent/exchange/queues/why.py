"""Why a member was not rung at a moment: told from the journal."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.exchange.values import Ref

#: A member is not rung again at once after this time since they were rung in vain.
_REST = timedelta(seconds=10)
_AFTER = {
    "missed": "had just missed a call",
    "refused": "had just declined a call",
    "busy": "was busy for a call, though in none of the exchange",
    "unreachable": "had no telephone that could ring: none is registered, or it does not answer",
}
_DOING = {
    "talk": "talked",
    "wrap": "had time for other work after a call",
    "ring": "was being rung",
}

#: Shows a stored moment.
Shown = Callable[[str], str]


def why(
    db: sqlite_utils.Database, queue: str, member: Ref, moment: datetime, shown: Shown
) -> list[str]:
    """Return sentences that tell why a member was rung, or was not.

    Args:
        db: the database.
        queue: its name.
        member: who.
        moment: when.
        shown: shows moments.
    """
    who, at = str(member), times.stored(moment)
    rung = list(_rung(db, who, at, shown))
    if rung:
        return rung
    told = list(_waiting(db, queue, at, shown))
    for sentence in (*_absent(db, queue, who, at, shown), *_rested(db, who, moment, shown)):
        return [*told, sentence]
    others = [
        f"{other} was rung for it from {shown(begun)} on"
        for other, begun in db.execute(
            "SELECT member, offered_at FROM queue_offers WHERE queue = ? AND offered_at <= ? "
            "AND (ended_at IS NULL OR ended_at > ?) ORDER BY offered_at",
            [queue, at, at],
        ).fetchall()
    ]
    free = f"{who} was free"
    return [*told, free, *others]


def _rung(db: sqlite_utils.Database, who: str, at: str, shown: Shown) -> Iterator[str]:
    for queue, begun, ended, outcome in db.execute(
        "SELECT queue, offered_at, ended_at, outcome FROM queue_offers WHERE member = ? "
        "AND offered_at <= ? AND (ended_at IS NULL OR ended_at > ?)",
        [who, at, at],
    ).fetchall():
        end = "still" if ended is None else f"until {shown(ended)} ({outcome})"
        yield f"{who} was rung for queue {queue} from {shown(begun)}, {end}"


def _waiting(db: sqlite_utils.Database, queue: str, at: str, shown: Shown) -> Iterator[str]:
    found = db.execute(
        "SELECT count(*), min(arrived_at) FROM queue_calls WHERE queue = ? AND arrived_at <= ? "
        "AND (coalesce(answered_at, ended_at) IS NULL OR coalesce(answered_at, ended_at) > ?)",
        [queue, at, at],
    ).fetchone()
    count, first = found
    if count:
        yield f"{count} waited in queue {queue}, the first one since {shown(first)}"
    else:
        yield f"nobody waited in queue {queue}"


def _absent(
    db: sqlite_utils.Database, queue: str, who: str, at: str, shown: Shown
) -> Iterator[str]:
    """Yield what kept a member from being rung."""
    logged = _last(db, who, at, "queue = ? AND state IN ('in', 'out')", queue)
    if logged is None or logged[0] == "out":
        since = "" if logged is None else f" since {shown(logged[1])}"
        yield f"{who} was not logged into queue {queue}{since}"
    paused = _last(db, who, at, "state IN ('pause', 'resume')")
    if paused is not None and paused[0] == "pause":
        reason = f" ({paused[2]})" if paused[2] else ""
        yield f"{who} paused since {shown(paused[1])}{reason}"
    doing = _last(db, who, at, "state IN ('talk', 'wrap', 'ring', 'ready', 'idle')")
    if doing is not None and doing[0] in _DOING:
        whose = f" for queue {doing[3]}" if doing[3] else " in a call of their own"
        yield f"{who} {_DOING[doing[0]]}{whose} since {shown(doing[1])}"


def _rested(db: sqlite_utils.Database, who: str, moment: datetime, shown: Shown) -> Iterator[str]:
    for outcome, ended in db.execute(
        "SELECT outcome, ended_at FROM queue_offers WHERE member = ? AND ended_at <= ? "
        "AND ended_at > ? ORDER BY ended_at DESC",
        [who, times.stored(moment), times.stored(moment - _REST)],
    ).fetchall():
        if outcome in _AFTER:
            yield f"{who} {_AFTER[outcome]}, at {shown(ended)}"


def _last(
    db: sqlite_utils.Database, who: str, at: str, where: str, *values: str
) -> tuple[str, str, str, str | None] | None:
    found: tuple[str, str, str, str | None] | None = db.execute(
        f"SELECT state, at, reason, queue FROM queue_states WHERE member = ? AND at <= ? "
        f"AND {where} ORDER BY id DESC LIMIT 1",
        [who, at, *values],
    ).fetchone()
    return found
