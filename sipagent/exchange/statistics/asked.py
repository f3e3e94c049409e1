"""Statistics that somebody asks for, of some days and queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlite_utils

from sipagent.errors import DataError
from sipagent.exchange.statistics import journal, missed
from sipagent.exchange.statistics.calls import USUAL, CallFigures, Service, grouped
from sipagent.exchange.statistics.costs import By, CostFigures, PaidLeg, added_up, paid
from sipagent.exchange.statistics.members import MemberFigures, figures_of
from sipagent.exchange.statistics.presence import Presence, presences
from sipagent.exchange.statistics.traffic import TrafficFigures, traffic
from sipagent.reports.days import Clock, Days, Hour

_KNOWN = """
SELECT 1 FROM parties WHERE kind = 'queue' AND name = ?
UNION ALL SELECT 1 FROM queue_calls WHERE queue = ? LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; times in the future have no figures.

    Args:
        days: of the line's zone.
        now: the time.
        queues: names; none: all of them.
        service: what is promised.
        window: how long after they hung up somebody has to have talked with callers.
    """

    days: Days
    now: datetime
    queues: Sequence[str] = ()
    service: Service = USUAL
    window: timedelta = timedelta(days=1)

    @property
    def span(self) -> tuple[float, float]:
        """From when to when, in seconds since 1970."""
        begin = self.days.begin.timestamp()
        return begin, max(begin, min(self.days.end, self.now).timestamp())


class Statistics:
    """Answers questions about queues, calls and their costs.

    Args:
        db: a database with the journal of the queues and the records of the calls.
    """

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def require(self, queues: Sequence[str]) -> None:
        """Check that there are, or were, queues of some names.

        Raises:
            DataError: one is unknown.
        """
        for name in queues:
            if self._db.execute(_KNOWN, [name, name]).fetchone() is None:
                raise DataError(f"there is no queue {name!r}, and none had calls under that name")

    def by_queue(self, asked: Question) -> dict[str, CallFigures]:
        """Return what the calls of each queue add up to, in the order of their names."""
        calls = journal.calls(self._db, asked.days, asked.queues)
        return dict(sorted(grouped(calls, asked.service, lambda call: call.queue).items()))

    def by_hour(self, asked: Question) -> dict[Hour, CallFigures]:
        """Return what the calls of each hour of each day add up to, where there were any."""
        clock = Clock(asked.days.zone)
        calls = journal.calls(self._db, asked.days, asked.queues)
        return grouped(calls, asked.service, lambda call: clock(call.arrived_at))

    def by_member(self, asked: Question) -> dict[str, MemberFigures]:
        """Return what each member did, by name and in its order."""
        return figures_of(
            journal.offers(self._db, asked.days, asked.queues),
            journal.talks(self._db, asked.days, asked.queues),
            self.presences(asked),
            asked.span,
        )

    def presences(self, asked: Question) -> dict[str, Presence]:
        """Return when each member was there: in the queues that are asked about, or in any."""
        changes = journal.changes(self._db, asked.days.end)
        return presences(changes, asked.span, frozenset(asked.queues))

    def abandoned(self, asked: Question) -> list[missed.Abandoned]:
        """Return who hung up while waiting, and whether somebody has talked with them since."""
        return missed.abandoned(self._db, asked.days, asked.service, asked.window, asked.queues)

    def costs(self, days: Days, by: By, user: str = "") -> dict[str, CostFigures]:
        """Return what calls over the trunks have cost, of all users or of one."""
        return added_up(paid(self._db, days, user), by, days)

    def paid(self, days: Days, user: str = "") -> list[PaidLeg]:
        """Return each call over the trunks that was answered."""
        return list(paid(self._db, days, user))

    def traffic(self, days: Days) -> dict[Hour, TrafficFigures]:
        """Return the calls of the whole line in each hour."""
        return traffic(self._db, days)
