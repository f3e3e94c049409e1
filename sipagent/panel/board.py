"""What a wallboard shows of each queue: who waits, what its members do, and how today has gone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from time import monotonic
from typing import Any, Generic, TypeVar

import sqlite_utils

from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, CallFigures
from sipagent.reports.days import Days

Answer = TypeVar("Answer")

#: Seconds between two counts of today.
PACE = 10.0
#: What members do, in the order in which it is shown.
STATES = ("idle", "ring", "talk", "private-call", "wrap", "pause")


@dataclass(frozen=True, slots=True)
class Tile:
    """A queue on the wall.

    Args:
        queue: its name.
        waiting: how many wait, and are on the line.
        callbacks: how many are to be called back.
        longest: seconds that one who waits has waited for longest.
        late: whether that is more than what is promised.
        members: their names and what they do, the free ones first.
        today: what its calls of today add up to.
    """

    queue: str
    waiting: int
    callbacks: int
    longest: int
    late: bool
    members: Sequence[tuple[str, str]]
    today: CallFigures

    @property
    def doing(self) -> Mapping[str, int]:
        """How many members do what; see ``STATES``."""
        counted = Counter(state for _, state in self.members)
        return {state: counted[state] for state in STATES if counted[state]}


class Slowly(Generic[Answer]):
    """Asks a source anew only after some seconds, and says the same until then.

    Args:
        source: is asked.
        seconds: how long an answer is good.
    """

    def __init__(self, source: Callable[[], Answer], seconds: float = PACE) -> None:
        self._source = source
        self._seconds = seconds
        self._kept: tuple[float, Answer] | None = None

    def __call__(self) -> Answer:
        """Return the latest answer."""
        now = monotonic()
        if self._kept is None or now - self._kept[0] >= self._seconds:
            self._kept = now, self._source()
        return self._kept[1]


def today(db: sqlite_utils.Database, zone: tzinfo) -> Mapping[str, CallFigures]:
    """Return what the calls of today add up to, by queue."""
    now = datetime.now(UTC)
    day = now.astimezone(zone).date()
    return Statistics(db).by_queue(Question(Days(day, day, zone), now))


def tiles(queues: Sequence[Mapping[str, Any]], figures: Mapping[str, CallFigures]) -> list[Tile]:
    """Return the queues of the line (``queues.live``) as the wall shows them."""
    return [_tile(one, figures.get(one["queue"], CallFigures())) for one in queues]


def _tile(queue: Mapping[str, Any], figures: CallFigures) -> Tile:
    there = [one for one in queue["waiting"] if not one["callback"]]
    longest = max((one["seconds"] for one in there), default=0)
    members = [(one["member"].partition(":")[2], one["state"]) for one in queue["members"]]
    return Tile(
        queue["queue"],
        len(there),
        len(queue["waiting"]) - len(there),
        longest,
        longest > USUAL.within,
        sorted(members, key=lambda one: (STATES.index(one[1]), one[0])),
        figures,
    )
