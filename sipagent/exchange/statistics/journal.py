"""Reading the journal of the queues, in order and row by row, however many there are."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlite_utils

from sipagent.exchange.statistics.calls import Call
from sipagent.exchange.statistics.members import Offer, Talk
from sipagent.exchange.statistics.presence import Change
from sipagent.reports.days import Days, bound

_A_DAY = timedelta(days=1)
#: What became of a callback is told by the call that the queue dials for it.
_CALLS = """
SELECT queue, arrived_at, outcome, waited, talked, wrapped, callback_of IS NOT NULL,
    CASE outcome WHEN 'callback' THEN (
        SELECT CASE WHEN total(again.outcome = 'answered') THEN 'reached'
            WHEN count(again.ended_at) = count(*) AND count(*) THEN 'given up' END
        FROM queue_calls AS again INDEXED BY queue_calls_of_origin
        WHERE again.callback_of = queue_calls.id
    ) END
FROM queue_calls WHERE arrived_at >= :first AND arrived_at < :last{queues} ORDER BY arrived_at
"""
_OFFERS = """
SELECT member, outcome, count(*) FROM queue_offers
WHERE offered_at >= :first AND offered_at < :last{queues} GROUP BY member, outcome
"""
#: Those that arrived on the days, whenever they were answered; and those that may have gone on in
#: them: no talk is longer than a day. Nobody knows how long one was that a crash has ended.
_TALKS = """
SELECT member, {answered}, CASE WHEN ended_at IS NULL THEN talked ELSE ifnull(talked, 0) END,
    wrapped, arrived_at >= :first AND arrived_at < :last AND talked IS NOT NULL
FROM queue_calls WHERE outcome = 'answered' AND (
    (arrived_at >= :first AND arrived_at < :last)
    OR (answered_at >= :before AND answered_at < :last)
){queues}
"""
#: The index of those who come and go is found by exactly these states.
_CHANGES = """
SELECT queue, member, {at}, state, reason FROM queue_states
WHERE at < ? AND state IN ('in', 'out', 'pause', 'resume') ORDER BY at, id
"""


def calls(db: sqlite_utils.Database, days: Days, queues: Sequence[str] = ()) -> Iterator[Call]:
    """Yield the calls that arrived on some days, of all queues or of those that are named."""
    among, values = chosen(days, queues)
    return map(Call._make, db.execute(_CALLS.format(queues=among), values))


def offers(db: sqlite_utils.Database, days: Days, queues: Sequence[str] = ()) -> Iterator[Offer]:
    """Yield how often members were rung on some days, by how it went."""
    among, values = chosen(days, queues)
    return map(Offer._make, db.execute(_OFFERS.format(queues=among), values))


def talks(db: sqlite_utils.Database, days: Days, queues: Sequence[str] = ()) -> Iterator[Talk]:
    """Yield the calls that members have answered who arrived on some days, or talked on them."""
    among, values = chosen(days, queues)
    values["before"] = bound(days.begin - _A_DAY)
    sql = _TALKS.format(answered=_seconds("answered_at"), queues=among)
    return map(Talk._make, db.execute(sql, values))


def changes(db: sqlite_utils.Database, until: datetime) -> Iterator[Change]:
    """Yield the coming and going of all members before a moment."""
    sql = _CHANGES.format(at=_seconds("at"))
    return map(Change._make, db.execute(sql, [bound(until)]))


def chosen(days: Days, queues: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the SQL that chooses queues, and its values with those of ``:first`` and ``:last``."""
    first, last = days.bounds
    names = {f"queue{number}": name for number, name in enumerate(queues)}
    among = f" AND queue IN ({', '.join(f':{one}' for one in names)})" if names else ""
    return among, {"first": first, "last": last, **names}


def _seconds(column: str) -> str:
    """Return the SQL for a stored moment in seconds since 1970, with its milliseconds."""
    return f"round((julianday({column}) - 2440587.5) * 86400, 3)"
