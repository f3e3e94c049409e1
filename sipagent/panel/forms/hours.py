"""Hours of the week: times for each day, drawn as they are typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from markupsafe import Markup

from sipagent.charts.theme import PAGE
from sipagent.charts.week import Day, Week, clock, week
from sipagent.exchange.model import Schedule
from sipagent.exchange.timetable import Timetable
from sipagent.hours import DAYS, Hours, written
from sipagent.panel.forms.fields import Field, Sent, Typed
from sipagent.panel.words import Words

#: What else stands in the controls: whether it is always open, and whether on holidays too.
_ALWAYS, _HOLIDAYS = "always", "holidays"
#: The Monday of a week without a public holiday, before and after one.
_USUAL = date(2026, 9, 14)


@dataclass(frozen=True, slots=True)
class WeekField(Field):
    """Times of each day; ``Typed`` has them in the order of the days, then the two boxes."""

    template: ClassVar[str] = "forms/hours.html"

    #: Where they are drawn while somebody types.
    preview: str = "/exchange/schedules/week"

    @property
    def days(self) -> Sequence[str]:
        """The days, Monday first."""
        return DAYS

    def sent(self, form: Sent) -> Typed:
        """Return what stands in the controls."""
        boxes = ("on" if form.get(f"{self.name}.{box}") else "" for box in (_ALWAYS, _HOLIDAYS))
        times = (" ".join(form.get(f"{self.name}.{day}", "").split()) for day in DAYS)
        return (*times, *boxes)

    def typed(self, value: object) -> Typed:
        """Return the times of each day, for people: ``08:00-12:00, 13:00-16:00``."""
        hours = Hours.parse(str(value or ""))
        times = (one.replace(",", ", ") for one in hours.week())
        return (*times, "" if hours.spans else "on", "on" if hours.on_holidays else "")

    def value(self, typed: Typed) -> object:
        """Return the hours as they are kept.

        Raises:
            ValueError: some times are none.
        """
        *times, always, holidays = tuple(typed)
        if always:
            return ""
        try:
            return written(times, on_holidays=bool(holidays))
        except ValueError:
            raise ValueError("wrong.schedules.hours") from None

    def told(self, words: Words, value: object) -> str:
        """Return hours as people read them: each day that has any."""
        hours = Hours.parse(str(value or ""))
        if not hours.spans:
            return words("hours.always")
        days = [
            f"{words(f'day.{day}')} {times}"
            for day, times in zip(DAYS, hours.week(), strict=True)
            if times
        ]
        return "; ".join(
            [*(days or [words("hours.never")]), *[words("hours.holidays")] * hours.on_holidays]
        )

    def picture(self, words: Words, typed: Typed) -> Markup | None:
        """Return a week without holidays as it was typed; None: that cannot be read."""
        try:
            hours = str(self.value(typed))
        except ValueError:
            return None
        timetable = Timetable(Schedule(name="-", hours=hours))
        days = [
            Day(words(f"day.{day}"), timetable.open_on(_USUAL + timedelta(days=at)))
            for at, day in enumerate(DAYS)
        ]
        return drawn(words, words("hours.usual"), days)


def drawn(
    words: Words, title: str, days: Sequence[Day], now: tuple[int, int] | None = None
) -> Markup:
    """Return days as a picture that says in words as well what it shows."""
    said = (f"{day.name}: {_times(words, day)}" for day in days)
    return Markup(week(Week(title, "; ".join(said), days, now), theme=PAGE))


def _times(words: Words, day: Day) -> str:
    times = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in day.open)
    return " ".join(filter(None, (times or words("hours.closed"), day.note)))
