"""When members were logged in and paused, from what the journal says of their coming and going.

A member is logged in from ``in`` to ``out``, of a queue or of all; paused from ``pause`` to
``resume``, or to another pause, which may have another reason. Pauses count as far as the member
is logged in. What goes on still goes on until the end that is asked for.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sipagent.exchange.statistics.intervals import Interval, common, length, union

#: Stands for all queues.
_ALL = ""


class Change(NamedTuple):
    """A row of the journal; ``queue`` is None for all queues, ``at`` in seconds since 1970."""

    queue: str | None
    member: str
    at: float
    state: str
    reason: str


@dataclass(slots=True)
class Presence:
    """When a member was logged in, and when paused, by reason."""

    logged_in: list[Interval] = field(default_factory=list)
    pauses: dict[str, list[Interval]] = field(default_factory=dict)

    @property
    def paused(self) -> list[Interval]:
        """All pauses."""
        return union(one for pauses in self.pauses.values() for one in pauses)

    @property
    def available(self) -> float:
        """Seconds in which calls could have come: logged in, and not paused."""
        return length(self.logged_in) - length(self.paused)


class _Member:
    """Follows the changes of one member."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._logged_in: list[Interval] = []
        self._pause: tuple[str, float] | None = None
        self._pauses: dict[str, list[Interval]] = defaultdict(list)

    def take(self, change: Change) -> None:
        """Follow a change."""
        at, queue = change.at, change.queue or _ALL
        match change.state:
            case "in":
                self._since.setdefault(queue, at)
            case "out":
                for name in [queue] if queue != _ALL else list(self._since):
                    self._leave(name, at)
            case "pause":
                self._resume(at)
                self._pause = change.reason, at
            case "resume":
                self._resume(at)

    def until(self, span: Interval) -> Presence:
        """Return when the member was there within a span, up to its end."""
        for name in list(self._since):
            self._leave(name, span[1])
        self._resume(span[1])
        there = common(union(self._logged_in), [span])
        pauses = {reason: common(union(all_), there) for reason, all_ in self._pauses.items()}
        return Presence(there, {reason: found for reason, found in pauses.items() if found})

    def _leave(self, queue: str, at: float) -> None:
        since = self._since.pop(queue, None)
        if since is not None:
            self._logged_in.append((since, at))

    def _resume(self, at: float) -> None:
        if self._pause is not None:
            reason, since = self._pause
            self._pauses[reason].append((since, at))
            self._pause = None


def presences(
    changes: Iterable[Change], span: Interval, queues: frozenset[str] = frozenset()
) -> dict[str, Presence]:
    """Return when each member was there within a span.

    Args:
        changes: in their order, from before the span as well: who came then may be there still.
        span: from when to when.
        queues: those in which being logged in counts; none: any.
    """
    members: dict[str, _Member] = defaultdict(_Member)
    for change in changes:
        if not queues or change.queue is None or change.queue in queues:
            members[change.member].take(change)
    return {name: member.until(span) for name, member in members.items()}
