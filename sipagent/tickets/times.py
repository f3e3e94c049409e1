"""How long tickets take: until the first answer, and until the solution, within support hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from sipagent.tickets.model import Ticket

_DAY = timedelta(days=1)


class Hours(Protocol):
    """When somebody is there; ``hours.Hours`` fits."""

    def stretches(self, day: date) -> Sequence[tuple[int, int]]:
        """Return from which until which minutes hours count that begin on a day, in order."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a ticket has taken of the support hours; None: it has not come to that yet."""

    first_answer: timedelta | None
    solution: timedelta | None


def taken(ticket: Ticket, hours: Hours, zone: tzinfo) -> Taken:
    """Return how long a ticket has taken.

    Args:
        ticket: one that is no draft.
        hours: support hours.
        zone: of their clocks.
    """

    def until(moment: str | None) -> timedelta | None:
        if moment is None:
            return None
        begun, ended = map(datetime.fromisoformat, (ticket.created, moment))
        return within(hours, zone, begun, ended)

    return Taken(until(ticket.answered), until(ticket.solved))


def within(hours: Hours, zone: tzinfo, begun: datetime, ended: datetime) -> timedelta:
    """Return how much of the time between two moments lies within hours, each minute once."""
    # Moments of one zone are told apart by what its clocks show, even where these are set.
    begun, ended = begun.astimezone(UTC), ended.astimezone(UTC)
    found, reached = timedelta(), begun
    # Hours that have begun on the day before may go on beyond midnight.
    day = begun.astimezone(zone).date() - _DAY
    last = ended.astimezone(zone).date()
    while day <= last:
        for start, end in hours.stretches(day):
            since, until = max(reached, _moment(day, start, zone)), _moment(day, end, zone)
            until = min(until, ended)
            if since < until:
                found += until - since
                reached = until
        day += _DAY
    return found


def _moment(day: date, minute: int, zone: tzinfo) -> datetime:
    """Return when the clocks of a zone show a minute of a day, or of the day after it."""
    return (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).astimezone(UTC)
