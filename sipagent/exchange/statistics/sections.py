"""Sections of statistics on paper: each has charts and grids of the same figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sipagent.charts.bars import stacked
from sipagent.charts.frame import Chart, Series
from sipagent.charts.heat import Heat, heat
from sipagent.charts.lines import lines
from sipagent.exchange.statistics.calls import CallFigures, Service, merged, total
from sipagent.exchange.statistics.clock import Days, Hour
from sipagent.exchange.statistics.members import MemberFigures
from sipagent.exchange.statistics.missed import Abandoned, Since, counted
from sipagent.exchange.statistics.presence import Presence
from sipagent.exchange.statistics.report import (
    Report,
    clock_text,
    of_calls,
    of_days,
    of_hours,
    of_members,
    of_missed,
    of_pauses,
    person,
)
from sipagent.exchange.statistics.words import Words

_FATES = ("answered", "abandoned", "short", "overflow", "left", "callbacks")
_COUNTS = ("offered", *_FATES)
#: Calls that have no other fate; columns for them only where there are any.
_RARE = ("closed", "waiting")
_TIMES = ("service_level", "abandon_rate", "asa", "p90", "longest", "handled", "aht")
_OFFERS = ("offered", "answered", "missed", "refused")
_SPENT = ("handled", "talked", "wrapped", "aht", "logged_in", "paused", "occupancy")
#: Letters of a name that a chart has room for.
_NAME = 16


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper: drawings, tables of the same, and what is to be said of them."""

    title: str
    drawings: Sequence[str]
    reports: Sequence[Report]
    note: str = ""


def queues_section(queues: Mapping[str, CallFigures], words: Words) -> Section:
    """Return the calls of each queue."""
    return Section(
        words["by_queue"],
        [_fates(words["calls_by_queue"], queues, words)] if len(queues) > 1 else [],
        _tables(of_calls("queue", queues.items())),
    )


def days_section(
    hours: Mapping[Hour, CallFigures], days: Days, service: Service, words: Words
) -> Section:
    """Return the calls of each day."""
    found = merged(hours, lambda hour: hour.day)
    by_day = {f"{day:%d.%m}": found.get(day, CallFigures()) for day in days.all}
    drawings = [_fates(words["calls_by_day"], by_day, words)]
    if len(by_day) > 1:
        drawings.append(_levels(by_day, service, words))
    return Section(words["by_day"], drawings, _tables(of_days(hours, days)))


def hours_section(hours: Mapping[Hour, CallFigures], words: Words) -> Section:
    """Return the calls of each hour of the day, and of each hour of the week."""
    report = of_hours(hours)
    found = merged(hours, lambda hour: hour.hour)
    by_hour = {str(name): found.get(int(str(name)[:2]), CallFigures()) for name, *_ in report.rows}
    drawings = [
        _fates(words["calls_by_hour"], by_hour, words),
        _answers(by_hour, words),
        _week(hours, words),
    ]
    return Section(words["by_hour"], drawings if by_hour else [], _tables(report))


def members_section(members: Mapping[str, MemberFigures], words: Words) -> Section:
    """Return what each member was offered, and how long each talked and was there."""
    report = of_members(members)
    reports = [report.only("member", *_OFFERS), report.only("member", *_SPENT)]
    return Section(words["by_member"], [_shifts(members, words)] if members else [], reports)


def pauses_section(presences: Mapping[str, Presence], words: Words) -> Section:
    """Return the pauses of each member."""
    return Section(words["by_pause"], [], [of_pauses(presences)])


def missed_section(callers: Sequence[Abandoned], zone: tzinfo, words: Words) -> Section:
    """Return who hung up, and with whom nobody has talked since."""
    found = counted(callers)
    note = words["summary"].format(
        all=len(callers),
        called=found[Since.CALLED_BACK],
        came=found[Since.CAME_AGAIN],
        hidden=found[Since.HIDDEN],
        nothing=found[Since.NOTHING],
    )
    return Section(words["by_missed"], [], [of_missed(callers, zone)], note)


def _tables(report: Report) -> list[Report]:
    """Return the counts, and the times, with the name of each row."""
    name, whole = report.columns[0].key, report.total or ()
    there = {column.key for column, value in zip(report.columns, whole, strict=False) if value}
    rare = [key for key in _RARE if key in there]
    return [report.only(name, *_COUNTS, *rare), report.only(name, *_TIMES)]


def _fates(title: str, groups: Mapping[str, CallFigures], words: Words) -> str:
    """Return a chart of what became of the calls of each group."""
    whole = total(groups.values())
    most = max(groups, key=lambda name: groups[name].offered, default="")
    told = words["told_calls"].format(offered=whole.offered, answered=whole.answered, most=most)
    return stacked(
        Chart(
            title,
            told if whole.offered else words["told_none"],
            [_short(name) for name in groups],
            [
                Series(words[fate], [getattr(one, fate) for one in groups.values()])
                for fate in _FATES
            ],
            "{:.0f}".format,
        )
    )


def _levels(groups: Mapping[str, CallFigures], service: Service, words: Words) -> str:
    """Return a chart of the service level of each group, and of what is promised."""
    level = total(groups.values()).service_level
    return lines(
        Chart(
            words["service_by_day"],
            words["told_share"].format(value=_per_cent(level)),
            list(groups),
            [
                Series(words["service_level"], [one.service_level for one in groups.values()]),
                Series(words["goal"], [service.goal / 100] * len(groups)),
            ],
            _per_cent,
            most=1.0,
        )
    )


def _answers(groups: Mapping[str, CallFigures], words: Words) -> str:
    """Return a chart of how long answered callers of each group waited."""
    return lines(
        Chart(
            words["asa_by_hour"],
            words["told_share"].format(value=clock_text(total(groups.values()).asa)),
            list(groups),
            [
                Series(words["asa"], [one.asa for one in groups.values()]),
                Series(words["p90"], [one.p90 for one in groups.values()]),
            ],
            clock_text,
            clock=True,
        )
    )


def _week(hours: Mapping[Hour, CallFigures], words: Words) -> str:
    """Return a heat map of the calls of each hour of the week."""
    week = merged(hours, lambda hour: (hour.day.weekday(), hour.hour))
    offered = {place: figures.offered for place, figures in week.items()}
    names = words["weekdays"].split()
    whole = sum(offered.values())
    most = max(offered, key=lambda place: offered[place], default=(0, 0))
    told = words["told_calls"].format(
        offered=whole,
        answered=total(hours.values()).answered,
        most=f"{names[most[0]]} {most[1]:02}:00",
    )
    return heat(
        Heat(
            words["heat"],
            told,
            names,
            [f"{hour:02}" for hour in range(24)],
            [[offered.get((day, hour), 0) for hour in range(24)] for day in range(7)],
        )
    )


def _shifts(members: Mapping[str, MemberFigures], words: Words) -> str:
    """Return a chart of what the time was spent with in which each member was logged in."""
    there = list(members.values())
    spent = {
        "occupied": [one.occupied for one in there],
        "free": [max(0.0, one.available - one.occupied) for one in there],
        "paused": [one.paused for one in there],
    }
    return stacked(
        Chart(
            words["time_of_members"],
            words["told_times"],
            [_short(person(name)) for name in members],
            [Series(words[key], seconds) for key, seconds in spent.items()],
            clock_text,
            clock=True,
        )
    )


def _per_cent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
