"""Reading the journal of the queues, in order and row by row, however many there are."""

from collections.abc import Iterator, Sequence

import sqlite_utils

from sipagent.exchange.statistics.calls import Call
from sipagent.exchange.statistics.clock import Days

#: What became of a callback is told by the call that the queue dials for it.
_CALLS = """
SELECT queue, arrived_at, outcome, waited, talked, wrapped, callback_of IS NOT NULL,
    CASE outcome WHEN 'callback' THEN (
        SELECT CASE WHEN total(again.outcome = 'answered') THEN 'reached'
            WHEN count(again.ended_at) = count(*) AND count(*) THEN 'given up' END
        FROM queue_calls AS again WHERE again.callback_of = queue_calls.id
    ) END
FROM queue_calls WHERE arrived_at >= ? AND arrived_at < ?{queues} ORDER BY arrived_at
"""


def calls(db: sqlite_utils.Database, days: Days, queues: Sequence[str] = ()) -> Iterator[Call]:
    """Yield the calls that arrived on some days, of all queues or of those that are named."""
    sql = _CALLS.format(queues=_among("queue", queues))
    return map(Call._make, db.execute(sql, [*days.bounds, *queues]))


def _among(column: str, names: Sequence[str]) -> str:
    return f" AND {column} IN ({', '.join('?' * len(names))})" if names else ""
