"""Months where the line is: from midnight of its clocks to midnight, also when they change."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A month, ``2026-11``."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Return the month of a text.

        Raises:
            ValueError: it is none.
        """
        found = _MONTH.fullmatch(text.strip())
        if found is None or not 1 <= int(found[1]) < 9999:
            raise ValueError(f"{text!r} is not a month; write it as 2026-11")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def begins(self, zone: tzinfo) -> datetime:
        """Return its first moment in a zone, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)

    def ends(self, zone: tzinfo) -> datetime:
        """Return the first moment after it."""
        return self.next.begins(zone)
