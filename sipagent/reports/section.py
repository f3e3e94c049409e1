"""A part of what a report says: charts, tables of the same, and what is to be said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sipagent.charts.theme import Theme
from sipagent.reports.report import Report
from sipagent.reports.words import Words


class Picture(Protocol):
    """A chart that is drawn when it is known on what ground."""

    def __call__(self, *, theme: Theme) -> str:
        """Return it as SVG."""


@dataclass(frozen=True, slots=True)
class Section:
    """Charts and tables of the same figures; ``told`` has the words of one language."""

    title: str
    pictures: Sequence[Picture]
    reports: Sequence[Report]
    told: Words
    note: str = ""
