"""Whether a schedule is open: its week, the days that differ, and nights that somebody began."""

from datetime import date, datetime, timedelta, tzinfo

from sipagent.exchange.model import Schedule
from sipagent.hours import Hours


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
        if self._night_until is not None and moment < self._night_until:
            return False
        local = moment.astimezone(zone)
        today, at = local.date(), local.time()
        yesterday = today - timedelta(days=1)
        # Hours beyond midnight belong to the day on which they began.
        return self._hours(today).covers(today, at, late=False) or self._hours(yesterday).covers(
            yesterday, at, late=True
        )

    def _hours(self, day: date) -> Hours:
        found = (hours for first, last, hours in self._days if first <= day <= last)
        return next(found, self._week)
