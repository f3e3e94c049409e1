"""What the panel's statistics are hour by hour, for a chart that is zoomed into."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlite_utils

from sipagent import times
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.words import words
from sipagent.reports.days import Clock, Days, Hour

_HOUR = timedelta(hours=1)
_FATES = ("answered", "abandoned", "short", "overflow", "left", "callbacks")
_LINE = ("calls", "at_once", "lines")

#: ``at``: when hours begin, in seconds since 1970; ``names`` of the series, and their ``values``.
Hours = Mapping[str, Sequence[object]]


def of_queues(db: sqlite_utils.Database, asked: Question, language: str) -> Hours:
    """Return what became of the calls of queues in each hour."""
    return _hours(Statistics(db).by_hour(asked), _FATES, asked.days, language)


def of_line(db: sqlite_utils.Database, asked: Question, language: str) -> Hours:
    """Return the calls of the whole line in each hour, and how many there were at once."""
    return _hours(Statistics(db).traffic(asked.days), _LINE, asked.days, language)


def _hours(figures: Mapping[Hour, object], keys: Sequence[str], days: Days, language: str) -> Hours:
    """Return figures hour by hour; of an hour that comes twice, all stands in the first."""
    clock, left = Clock(days.zone), dict(figures)
    at, rows = [], []
    moment = days.begin
    while moment < days.end:
        one = left.pop(clock(times.stored(moment)), None)
        at.append(round(moment.timestamp()))
        rows.append([getattr(one, key, 0) for key in keys])
        moment += _HOUR
    told = words(language)
    return {
        "at": at,
        "names": [told[key] for key in keys],
        "values": [list(column) for column in zip(*rows, strict=True)],
    }
