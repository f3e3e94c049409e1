"""Hours of the week: times for each day, drawn as they are typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sipagent.hours import DAYS, Hours, written
from sipagent.panel.forms.fields import Field, Sent, Typed
from sipagent.panel.words import Words

#: What else stands in the controls: whether it is always open, and whether on holidays too.
_ALWAYS, _HOLIDAYS = "always", "holidays"


@dataclass(frozen=True, slots=True)
class WeekField(Field):
    """Times of each day; ``Typed`` has them in the order of the days, then the two boxes."""

    template: ClassVar[str] = "forms/hours.html"

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
        *week, always, holidays = tuple(typed)
        if always:
            return ""
        try:
            return written(week, on_holidays=bool(holidays))
        except ValueError:
            raise ValueError("wrong.schedules.hours") from None

    def told(self, words: Words, value: object) -> str:
        """Return hours as people read them."""
        text = str(value or "")
        if not text:
            return words("hours.always")
        for day in DAYS:
            text = text.replace(day, words(f"day.{day}"))
        return text.replace("holidays open", words("hours.holidays")).replace(
            f"{words('day.mon')}-{words('day.sun')} 00:00-00:00", words("hours.never")
        )
