"""Support hours in words, the same on pages, in letters and on the telephone.

Times stay in figures: the room of spoken words reads them (``speech.words``).
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sipagent.hours import Hours

_WHOLE = "00:00-24:00"


@dataclass(frozen=True, slots=True)
class _Words:
    """How a language tells hours.

    Args:
        on: a day by itself, Monday first.
        span: several that follow each other, from the first to the last.
        ends: the days in ``span``.
        daily: all days.
        times: the hours of a day; {} of them.
        range: from when until when.
        midnight: at the end of a day.
        whole: the hours of a whole day.
        always: at any time.
        last: joins the last one of several.
        holidays: on which it is closed.
        soon: today and tomorrow.
        opens: a day, and from when.
        dated: a day that is not among the next seven.
        months: January first, as ``dated`` has them.
    """

    on: Sequence[str]
    span: str
    ends: Sequence[str]
    daily: str
    times: str
    range: str
    midnight: str
    whole: str
    always: str
    last: str
    holidays: str
    soon: Sequence[str]
    opens: str
    dated: str
    months: Sequence[str]


_GENITIVE = (
    "poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli",
)  # fmt: skip
_ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LANGUAGES: Mapping[str, _Words] = {
    "pl": _Words(
        on=(
            "w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę",
            "w niedzielę",
        ),
        span="od {} do {}",
        ends=_GENITIVE,
        daily="codziennie",
        times="w godzinach {}",
        range="{}–{}",
        midnight="24:00",
        whole="przez całą dobę",
        always="przez całą dobę",
        last=" i ",
        holidays="z wyjątkiem świąt",
        soon=("dziś", "jutro"),
        opens="{} od godz. {}",
        dated="{} {day} {month}",
        months=(
            "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
            "września", "października", "listopada", "grudnia",
        ),
    ),
    "en": _Words(
        on=tuple(f"on {day}" for day in _ENGLISH),
        span="{} to {}",
        ends=_ENGLISH,
        daily="every day",
        times="{}",
        range="from {} to {}",
        midnight="midnight",
        whole="all day",
        always="around the clock",
        last=" and ",
        holidays="except on public holidays",
        soon=("today", "tomorrow"),
        opens="{} from {}",
        dated="{}, {month} {day}",
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August",
            "September", "October", "November", "December",
        ),
    ),
}  # fmt: skip


def hours_in_words(hours: Hours, language: str) -> str:
    """Return hours as they stand in a sentence; the empty text where they never are."""
    words = _LANGUAGES[language]
    week = hours.week()
    of_times: dict[str, list[int]] = {}
    for day, times in enumerate(week):
        if times:
            of_times.setdefault(times, []).append(day)
    said = [f"{_days(days, words)} {_times(times, words)}" for times, days in of_times.items()]
    if not hours.spans or set(week) == {_WHOLE}:
        said = [words.always]
    closed = hours.spans and said and not hours.on_holidays
    return ", ".join([*said, words.holidays] if closed else said)


def opening_in_words(opens: datetime, now: datetime, language: str) -> str:
    """Return when it opens, as it stands in a sentence; both are times of the same zone."""
    words = _LANGUAGES[language]
    ahead = opens.date() - now.date()
    if ahead < timedelta(days=len(words.soon)):
        day = words.soon[ahead.days]
    else:
        day = words.on[opens.weekday()]
        if ahead >= timedelta(days=7):
            day = words.dated.format(day, day=opens.day, month=words.months[opens.month - 1])
    return words.opens.format(day, f"{opens.hour}:{opens.minute:02}")


def _days(days: Sequence[int], words: _Words) -> str:
    return words.daily if len(days) == 7 else _joined(list(_spans(days, words)), words.last)


def _spans(days: Sequence[int], words: _Words) -> Iterator[str]:
    """Yield days as they are told: three and more that follow each other as one."""
    for _, run in itertools.groupby(enumerate(days), lambda one: one[1] - one[0]):
        found = [day for _, day in run]
        if len(found) > 2:
            yield words.span.format(words.ends[found[0]], words.ends[found[-1]])
        else:
            yield from (words.on[day] for day in found)


def _times(times: str, words: _Words) -> str:
    if times == _WHOLE:
        return words.whole
    ranges = [
        words.range.format(*(_clock(at, words) for at in one.split("-")))
        for one in times.split(",")
    ]
    return words.times.format(_joined(ranges, words.last))


def _clock(at: str, words: _Words) -> str:
    return words.midnight if at == "24:00" else at.removeprefix("0")


def _joined(parts: Sequence[str], last: str) -> str:
    *first, end = parts
    return f"{', '.join(first)}{last}{end}" if first else end
