"""The journal of queues is kept as long as the records of calls, the last states for ever."""

from collections.abc import Iterator
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.expiry import Expiring, in_batches
from sipagent.store.data import Data
from sipagent.store.database import delete_some

#: A state that a later one of the same pair has ended; the last of each says how it is now.
_ENDED = (
    "at < ? AND (state NOT IN ('in', 'out', 'pause', 'resume') OR EXISTS ("
    "SELECT 1 FROM queue_states AS later WHERE later.member = queue_states.member "
    "AND later.queue IS queue_states.queue AND later.id > queue_states.id "
    "AND (later.state IN ('in', 'out')) = (queue_states.state IN ('in', 'out')) "
    "AND later.state IN ('in', 'out', 'pause', 'resume')))"
)


def journal(config: Config) -> Expiring:
    """Return how long it is kept."""
    return Expiring(
        "queues", "calls in queues, and states of members", config.retention.calls, _old
    )


def _old(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    yield from in_batches(_calls, data, moment, dry_run)
    yield from in_batches(_states, data, moment, dry_run)


def _calls(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete those that are over; who is still to be called back waits."""
    where = "arrived_at < ? AND ended_at IS NOT NULL"
    return delete_some(db, "queue_calls", where, [times.stored(moment)], limit)


def _states(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return delete_some(db, "queue_states", _ENDED, [times.stored(moment)], limit)
