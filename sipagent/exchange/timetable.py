"""Whether a schedule is open: its week, the days that differ, and nights that somebody began."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sipagent.exchange.model import Schedule
from sipagent.hours import DAY, Hours, next_opening, open_at

_MOMENT = timedelta(seconds=1)


class Timetable:
    """A schedule that can be asked.

    Args:
        schedule: its hours.
        night_until: until when it is closed by hand, whatever they say; None for not at all.
    """

    def __init__(self, schedule: Schedule, night_until: datetime | None = None) -> None:
        self._week = Hours.parse(schedule.hours)
        self._days = [
            (date.fromisoformat(one.first), date.fromisoformat(one.last), one.read())
            for one in schedule.days
        ]
        self._night_until = night_until

    def open_at(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether it is open at a moment; its times are those of the zone's clocks."""
        return self.night_at(moment) is None and open_at(self._hours, moment, zone)

    def night_at(self, moment: datetime) -> datetime | None:
        """Return until when it is closed by hand at a moment; None: it is not."""
        until = self._night_until
        return until if until is not None and moment < until else None

    def next_opening(self, moment: datetime, zone: tzinfo) -> datetime:
        """Return when its hours begin the next time after a moment (UTC).

        Those of a day that is open from its first moment begin then, whatever the day before was.
        Of one that never opens, the next midnight.
        """
        tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), zone).astimezone(UTC)
        return next_opening(self._hours, moment, zone) or midnight

    def open_on(self, day: date) -> list[tuple[int, int]]:
        """Return from which until which minutes of a day its hours count, whatever the nights."""
        before = self._hours(yesterday := day - timedelta(days=1)).stretches(yesterday)
        late = [(0, end - DAY) for _, end in before if end > DAY]
        own = [(start, min(end, DAY)) for start, end in self._hours(day).stretches(day)]
        found: list[tuple[int, int]] = []
        for start, end in sorted([*late, *own]):
            begun = found.pop() if found and start <= found[-1][1] else (start, end)
            found.append((begun[0], max(end, begun[1])))
        return found

    def next_day(self, moment: datetime, zone: tzinfo) -> datetime:
        """Return when its hours begin the next time on a day after that of a moment (UTC)."""
        local = moment.astimezone(zone)
        end = datetime.combine(local.date() + timedelta(days=1), time(), zone).astimezone(UTC)
        return self.next_opening(end - _MOMENT, zone)

    def _hours(self, day: date) -> Hours:
        found = (hours for first, last, hours in self._days if first <= day <= last)
        return next(found, self._week)


def next_at(at: time, now: datetime) -> datetime:
    """Return when the clocks of a zone show a time the next time; ``now`` has the zone."""
    day = now.date() if at > now.time() else now.date() + timedelta(days=1)
    return datetime.combine(day, at, now.tzinfo)
