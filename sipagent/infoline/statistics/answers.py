"""How the infoline was used, as a report and a section, and what stands above them on paper."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial

from sipagent import times
from sipagent.charts.bars import bars, stacked
from sipagent.charts.frame import WHOLE, Chart, Series
from sipagent.infoline.statistics.figures import Place, Usage, grouped
from sipagent.infoline.statistics.words import words
from sipagent.reports.days import Days
from sipagent.reports.report import Column, Report, Unit, Value
from sipagent.reports.section import Picture, Section
from sipagent.reports.sheet import Cover, period
from sipagent.reports.words import Words

#: The keys of a telephone in the order of a report.
KEYS = tuple("1234567890*#")
_COUNTS = ("calls", "logins", "refused", "statements", "requests")
_FATES = ("logins", "refused", "untried")
#: As many bars as can be read.
_BARS = 40


class By(StrEnum):
    """What usage is added up by."""

    DAY = "day"
    MANAGER = "manager"
    ESTATE = "estate"


def report(by: By, places: Mapping[Place, Usage], days: Days) -> Report:
    """Return the usage of each group, and of all of them together; days also without calls.

    A key has little room to stand in where nobody has chosen it.
    """
    groups = _groups(by, places, days)
    whole = _whole(groups)
    names = (Column("manager", Unit.TEXT), Column("estate", Unit.TEXT))
    name = names if by is By.ESTATE else (Column(by, Unit.TEXT),)
    columns = (
        *name,
        *(Column(count) for count in _COUNTS),
        Column("seconds", Unit.SECONDS),
        *(Column(f"key_{key}", brief=whole.keys[key] > 0) for key in KEYS),
    )
    blank: tuple[Value, ...] = ("",) * len(name)
    rows = tuple((*group, *_values(one)) for group, one in groups.items())
    return Report(columns, rows, (*blank, *_values(whole)))


def section(by: By, places: Mapping[Place, Usage], days: Days, language: str) -> Section:
    """Return the usage of each group, with charts of the calls and of the keys."""
    told = words(language)
    groups = _groups(by, places, days)
    found = report(by, places, days)
    shown = found.only(*(column.key for column in found.columns if column.brief))
    pictures = [_keys(_whole(groups), told)]
    if 1 < len(groups) <= _BARS:
        pictures.insert(0, _fates(groups, told))
    if not places:
        pictures = []
    return Section(told[f"by_{by}"], pictures, [shown], told, told["note"])


def cover(days: Days, manager: str, now: datetime, language: str) -> Cover:
    """Return what stands above them, of all managers or of one."""
    told = words(language)
    of = told["of_manager"].format(manager=manager) if manager else told["of_all"]
    made = times.in_zone(now, days.zone)
    return Cover(told["title"], [period(days, told, language), of], language, made)


def _groups(
    by: By, places: Mapping[Place, Usage], days: Days
) -> dict[tuple[str | None, ...], Usage]:
    match by:
        case By.DAY:
            found = grouped(places.items(), lambda place: place.day)
            return {(day.isoformat(),): found.get(day, Usage()) for day in days.all}
        case By.MANAGER:
            return _sorted(grouped(places.items(), lambda place: (place.manager,)))
        case By.ESTATE:
            return _sorted(grouped(places.items(), lambda place: (place.manager, place.estate)))


def _sorted(
    groups: Mapping[tuple[str | None, ...], Usage],
) -> dict[tuple[str | None, ...], Usage]:
    """Return groups in the order of their codes, those without one last."""
    return dict(sorted(groups.items(), key=lambda one: [(code is None, code) for code in one[0]]))


def _whole(groups: Mapping[tuple[str | None, ...], Usage]) -> Usage:
    whole = Usage()
    for one in groups.values():
        whole.add(one)
    return whole


def _values(one: Usage) -> tuple[Value, ...]:
    counts = (getattr(one, count) for count in _COUNTS)
    return (*counts, one.seconds, *(one.keys[key] for key in KEYS))


def _fates(groups: Mapping[tuple[str | None, ...], Usage], told: Words) -> Picture:
    """Return a chart of what became of the calls of each group."""
    whole = _whole(groups)
    sentence = told["told_calls"].format(
        calls=whole.calls, logins=whole.logins, refused=whole.refused
    )
    names = [" ".join(code or "–" for code in group) for group in groups]
    series = [
        Series(told[fate], [getattr(one, fate) for one in groups.values()]) for fate in _FATES
    ]
    return partial(
        stacked, Chart(told["calls_of"], sentence, names, series, "{:.0f}".format, WHOLE)
    )


def _keys(whole: Usage, told: Words) -> Picture:
    """Return a chart of the keys that were chosen."""
    keys = [key for key in KEYS if whole.keys[key]]
    most = max(keys, key=lambda key: whole.keys[key], default="–")
    series = [Series(told["times"], [whole.keys[key] for key in keys])]
    sentence = told["told_keys"].format(most=most)
    return partial(bars, Chart(told["keys_of"], sentence, keys, series, "{:.0f}".format, WHOLE))
