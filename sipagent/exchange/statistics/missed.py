"""Callers who hung up while waiting, and whether somebody has talked with them since.

Somebody has, where the same number later waits again and is answered, calls a person of the house
who answers, or is called from the house and answers, all within a window after the last time that
the caller hung up. Whoever hides the number cannot be called back, and is never known to have come
again. A phone of the house has come again only where a queue's member has answered it: it calls,
and is called, for other reasons.

Those who hung up at once are left out, as in the service level. Who had asked to be called back,
and was not reached as often as is set, is among them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlite_utils

from sipagent.exchange.statistics.calls import Service
from sipagent.exchange.statistics.journal import chosen
from sipagent.records.schema import ADDRESS
from sipagent.reports.days import Days, bound

_ABANDONED = """
SELECT number, name, queue, arrived_at, ifnull(waited, 0) FROM queue_calls
WHERE arrived_at >= :first AND arrived_at < :last AND outcome = 'abandoned'
    AND (waited >= :short OR callback_of IS NOT NULL){queues}
ORDER BY arrived_at
"""
_CAME_AGAIN = """
SELECT EXISTS (
    SELECT 1 FROM queue_calls
    WHERE number = :number AND arrived_at > :after AND arrived_at < :until AND outcome = 'answered'
) OR EXISTS (
    SELECT 1 FROM calls JOIN call_legs ON call = id
    WHERE :number LIKE '+%' AND caller = :number AND started > :after AND started < :until
        AND call_legs.answered IS NOT NULL
)
"""
_WAS_CALLED = f"""
SELECT EXISTS (
    SELECT 1 FROM call_legs
    WHERE :number LIKE '+%' AND {ADDRESS} = :number AND began > :after AND began < :until
        AND answered IS NOT NULL
)
"""


class Since(StrEnum):
    """What has become of a caller since."""

    CALLED_BACK = "called back"
    CAME_AGAIN = "came again"
    NOTHING = "nothing"
    HIDDEN = "hidden"


@dataclass(slots=True)
class Abandoned:
    """A caller who hung up while waiting, so many times; the last of them is told of.

    ``number`` is empty where it is hidden; each such call is another caller.
    """

    number: str
    name: str
    queue: str
    at: datetime
    waited: float
    times: int = 1
    since: Since = Since.HIDDEN


def abandoned(
    db: sqlite_utils.Database,
    days: Days,
    service: Service,
    window: timedelta,
    queues: Sequence[str] = (),
) -> list[Abandoned]:
    """Return who hung up on some days, in the order of the last time, and what became of them.

    Args:
        db: with the journal and the records.
        days: on which they hung up.
        service: who waited less than its short seconds is left out.
        window: how long after it somebody has to have talked with them.
        queues: none: of all.
    """
    found: dict[str, Abandoned] = {}
    hidden: list[Abandoned] = []
    among, values = chosen(days, queues)
    rows = db.execute(_ABANDONED.format(queues=among), {**values, "short": service.short})
    for number, name, queue, arrived, waited in rows:
        one = Abandoned(number, name, queue, datetime.fromisoformat(arrived), waited)
        if not number:
            hidden.append(one)
            continue
        if (before := found.pop(number, None)) is not None:
            one.times += before.times
        found[number] = one
    for one in found.values():
        one.since = _since(db, one, window)
    return sorted([*found.values(), *hidden], key=lambda one: one.at)


def counted(callers: Iterable[Abandoned]) -> Counter[Since]:
    """Return how many callers there are of each kind."""
    return Counter(one.since for one in callers)


def _since(db: sqlite_utils.Database, one: Abandoned, window: timedelta) -> Since:
    hung_up = one.at + timedelta(seconds=one.waited)
    span = {"number": one.number, "after": bound(hung_up), "until": bound(hung_up + window)}
    if db.execute(_WAS_CALLED, span).fetchone()[0]:
        return Since.CALLED_BACK
    return Since.CAME_AGAIN if db.execute(_CAME_AGAIN, span).fetchone()[0] else Since.NOTHING
