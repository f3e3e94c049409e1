"""Opening hours: ``mon-fri 08:00-16:00; sat 09:00-12:00``, closed on Polish public holidays.

Parts are separated by semicolons, each with days (``mon``, ``mon-fri``, ``mon,wed``) and times
(``08:00-12:00,13:00-16:00``; beyond midnight: ``22:00-06:00``, which belongs to the day on which it
begins). ``00:00-24:00`` is the whole day, and so is ``00:00-23:59``; ``00:00-00:00`` is none of it.
``holidays open`` lets the hours count on public holidays too. The empty text means always.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Minutes of a day.
DAY = 24 * 60
#: How many days ahead an opening is looked for.
_HORIZON = 60
_MOMENT = timedelta(seconds=1)
_TIMES = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_HOLIDAYS = {"holidays open": True, "holidays closed": False}
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class _Span:
    """Hours that begin on a weekday (0 is Monday); an end before the start is on the next day.

    Without an end they last until midnight.
    """

    day: int
    start: time
    end: time | None

    def covers(self, at: time, *, late: bool) -> bool:
        """Whether they count at a time of their day, or (late) of the next one."""
        over_midnight = self.end is not None and self.end < self.start
        if late:
            return over_midnight and self.end is not None and at < self.end
        return self.start <= at and (self.end is None or over_midnight or at < self.end)

    @property
    def minutes(self) -> tuple[int, int]:
        """From which until which minute of their day they count; beyond midnight it is more."""
        start = 60 * self.start.hour + self.start.minute
        end = DAY if self.end is None else 60 * self.end.hour + self.end.minute
        return start, end + DAY * (end < start)


@dataclass(frozen=True, slots=True)
class Hours:
    """When an office is open; no spans at all mean always."""

    spans: tuple[_Span, ...] = ()
    on_holidays: bool = False

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Return the hours that a text describes.

        Raises:
            ValueError: names the part that is wrong.
        """
        spans: list[_Span] = []
        holidays: list[str] = []
        for part in filter(None, (" ".join(part.lower().split()) for part in text.split(";"))):
            if part in _HOLIDAYS:
                holidays.append(part)
            else:
                spans += _spans(part)
        if len(holidays) > 1:
            raise ValueError(f"{holidays[-1]!r}: holidays are told of once")
        # Alone it would read as hours, and mean always.
        if holidays and not spans:
            raise ValueError(f"{holidays[0]!r} needs hours beside it, such as mon-fri 08:00-16:00")
        return cls(tuple(spans), any(_HOLIDAYS[part] for part in holidays))

    def open_at(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether the office is open at a moment; the times are those of the zone's clocks."""
        return open_at(lambda _: self, moment, zone)

    def covers(self, day: date, at: time, *, late: bool) -> bool:
        """Whether hours that begin on a day count at a time of it, or (late) of the next."""
        if not self.spans:
            return not late
        if not self.on_holidays and is_holiday(day):
            return False
        return any(span.day == day.weekday() and span.covers(at, late=late) for span in self.spans)

    def starts(self, day: date) -> list[time]:
        """Return when hours begin on a day, holiday or not; never where they are always."""
        return sorted({span.start for span in self.spans if span.day == day.weekday()})

    def stretches(self, day: date) -> list[tuple[int, int]]:
        """Return from which until which minutes hours count that begin on a day.

        Those that end on the day after have more minutes than a day has.
        """
        if self.spans and not self.on_holidays and is_holiday(day):
            return []
        return self._of_weekday(day.weekday())

    def week(self) -> list[str]:
        """Return the times of each day of the week, as they are written; those of none are empty.

        Hours that are always have none: there is nothing that tells them from no hours.
        """
        return [
            ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in self._of_weekday(day))
            if self.spans
            else ""
            for day in range(len(DAYS))
        ]

    def _of_weekday(self, day: int) -> list[tuple[int, int]]:
        if not self.spans:
            return [(0, DAY)]
        found = (span.minutes for span in self.spans if span.day == day)
        return sorted((start, end) for start, end in found if start < end)


#: The hours of a day; those of some days may differ.
HoursOf = Callable[[date], Hours]


def open_at(hours_of: HoursOf, moment: datetime, zone: tzinfo) -> bool:
    """Whether it is open at a moment; the times are those of the zone's clocks."""
    local = moment.astimezone(zone)
    today, at = local.date(), local.time()
    yesterday = today - timedelta(days=1)
    # Hours beyond midnight belong to the day on which they began.
    return hours_of(today).covers(today, at, late=False) or hours_of(yesterday).covers(
        yesterday, at, late=True
    )


def next_opening(hours_of: HoursOf, moment: datetime, zone: tzinfo) -> datetime | None:
    """Return when hours begin the next time after a moment (UTC); None: not in two months.

    Those of a day that is open from its first moment begin then, whatever the day before was.
    """
    for start in _starts(hours_of, moment.astimezone(zone).date(), zone):
        at_midnight = start.astimezone(zone).time() == _MIDNIGHT
        if start > moment and (at_midnight or not open_at(hours_of, start - _MOMENT, zone)):
            return start
    return None


def _starts(hours_of: HoursOf, first: date, zone: tzinfo) -> Iterator[datetime]:
    for ahead in range(_HORIZON):
        day = first + timedelta(days=ahead)
        hours = hours_of(day)
        for start in hours.starts(day):
            if hours.covers(day, start, late=False):
                yield datetime.combine(day, start, zone).astimezone(UTC)


def written(week: Sequence[str], *, on_holidays: bool) -> str:
    """Return hours as a text, from the times of each day; with none at all, nothing is ever open.

    Raises:
        ValueError: names the times that are wrong.
    """
    days: dict[str, list[int]] = {}
    for day, times in enumerate(week):
        if times.strip():
            days.setdefault(_rewritten(times, DAYS[day]), []).append(day)
    parts = [f"{','.join(_runs(of_times))} {times}" for times, of_times in days.items()]
    return "; ".join([*(parts or ["mon-sun 00:00-00:00"]), *["holidays open"] * on_holidays])


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday in Poland; Sundays as such are none."""
    return day in _holidays(day.year)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    # Takes a tenth of a second to import, and only who has office hours needs it.
    from holidays.countries.poland import Poland  # noqa: PLC0415

    return frozenset(Poland(years=year))  # type: ignore[no-untyped-call]


def _spans(part: str) -> list[_Span]:
    days, _, times = part.partition(" ")
    weekdays = [day for one in days.split(",") for day in _weekdays(one.strip(), part)]
    if not times.strip():
        raise ValueError(f"{part!r} has no times; write for example mon-fri 08:00-16:00")
    return [_Span(day, *_times(one.strip(), part)) for day in weekdays for one in times.split(",")]


def _weekdays(text: str, part: str) -> list[int]:
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        known = ", ".join(DAYS)
        raise ValueError(f"{text!r} in {part!r} is no day; days are {known}, or mon-fri")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _times(text: str, part: str) -> tuple[time, time | None]:
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} in {part!r} is no time such as 08:00-16:00")
    hours = [int(group) for group in match.groups()]
    try:
        start = time(hours[0], hours[1])
        end = None if hours[2:] in ([24, 0], [23, 59]) else time(hours[2], hours[3])
    except ValueError:
        raise ValueError(f"{text!r} in {part!r}: a day has hours 0 to 23, and 24:00") from None
    if start == end != _MIDNIGHT:
        raise ValueError(f"{text!r} in {part!r} begins and ends at the same time")
    return start, end


def _rewritten(times: str, day: str) -> str:
    """Return the times of a day in the one way in which they are written."""
    spans = sorted(_Span(0, *_times(one.strip(), day)).minutes for one in times.split(","))
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _clock(minute: int) -> str:
    """Return a minute as a time; the end of the day is 24:00."""
    hours, minutes = divmod(minute if minute <= DAY else minute - DAY, 60)
    return f"{hours:02}:{minutes:02}"


def _runs(days: Sequence[int]) -> Iterator[str]:
    """Yield days as they are written: those that follow each other as one, such as mon-fri."""
    for _, run in itertools.groupby(enumerate(days), lambda one: one[1] - one[0]):
        found = [DAYS[day] for _, day in run]
        yield found[0] if len(found) == 1 else f"{found[0]}-{found[-1]}"
