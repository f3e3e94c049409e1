"""Days and hours where the line is, by its clocks, also in the nights in which they change.

A day may have 23 or 25 hours: an hour that is skipped has no calls, one that comes twice has those
of both times.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from sipagent import times

_HOUR = timedelta(hours=1)


class Hour(NamedTuple):
    """An hour of a local day, 0 to 23."""

    day: date
    hour: int


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a zone, the first and the last one included."""

    first: date
    last: date
    zone: tzinfo

    @property
    def begin(self) -> datetime:
        """Their first moment, in UTC."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after them."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def bounds(self) -> tuple[str, str]:
        """Both moments as text that compares with stored ones; see ``bound``."""
        return bound(self.begin), bound(self.end)

    @property
    def all(self) -> list[date]:
        """Each of them."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]


class Clock:
    """Tells the local hour of stored moments; quick where they come in order.

    Args:
        zone: where the line is.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._first = self._last = ""
        self._hour = Hour(date.min, 0)

    def __call__(self, stored: str) -> Hour:
        """Return the hour in which a stored moment is."""
        if not self._first <= stored < self._last:
            local = times.in_zone(stored, self._zone)
            into = timedelta(
                minutes=local.minute, seconds=local.second, microseconds=local.microsecond
            )
            # By UTC: local times know no difference between the two of an hour that comes twice.
            self._first, self._last = stored, bound(local.astimezone(UTC) - into + _HOUR)
            self._hour = Hour(local.date(), local.hour)
        return self._hour


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def bound(moment: datetime) -> str:
    """Return a moment of whole seconds as text that is less than what is stored of that second.

    Stored moments have a precision and an offset behind the seconds; text without them compares
    with each kind.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
