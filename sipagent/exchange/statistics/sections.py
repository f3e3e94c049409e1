"""Sections of statistics: each has charts and tables of the same figures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import partial

from sipagent.charts.bars import bars, stacked
from sipagent.charts.frame import WHOLE, Chart, Series
from sipagent.charts.heat import Heat, heat
from sipagent.charts.lines import lines
from sipagent.exchange.statistics.calls import CallFigures, Service, merged, total
from sipagent.exchange.statistics.costs import By, CostFigures, PaidLeg, whole
from sipagent.exchange.statistics.members import MemberFigures
from sipagent.exchange.statistics.missed import Abandoned, Since, counted
from sipagent.exchange.statistics.presence import Presence
from sipagent.exchange.statistics.report import (
    of_calls,
    of_costs,
    of_days,
    of_hours,
    of_members,
    of_missed,
    of_paid,
    of_pauses,
    of_traffic,
    person,
)
from sipagent.exchange.statistics.traffic import TrafficFigures
from sipagent.exchange.statistics.words import words
from sipagent.messages.wording import money_text
from sipagent.reports.days import Days, Hour
from sipagent.reports.report import Report, clock_text
from sipagent.reports.section import Picture, Section
from sipagent.reports.words import Words

_FATES = ("answered", "abandoned", "short", "overflow", "left", "callbacks")
_COUNTS = ("offered", *_FATES)
#: Calls that have no other fate; columns for them only where there are any.
_RARE = ("closed", "waiting")
_TIMES = ("service_level", "abandon_rate", "asa", "p90", "longest", "handled", "aht")
_OFFERS = ("offered", "answered", "missed", "refused")
_SPENT = ("handled", "talked", "wrapped", "aht", "logged_in", "paused", "occupancy")
#: Letters of a name that a chart has room for.
_NAME = 16
#: As many bars as can be read.
_BARS = 40


def queues_section(queues: Mapping[str, CallFigures], language: str) -> Section:
    """Return the calls of each queue."""
    told = words(language)
    return Section(
        told["by_queue"],
        [_fates(told["calls_by_queue"], queues, told)] if len(queues) > 1 else [],
        _tables(of_calls("queue", queues.items())),
        told,
    )


def days_section(
    hours: Mapping[Hour, CallFigures], days: Days, service: Service, language: str
) -> Section:
    """Return the calls of each day."""
    told = words(language)
    found = merged(hours, lambda hour: hour.day)
    by_day = {f"{day:%d.%m}": found.get(day, CallFigures()) for day in days.all}
    pictures = [_fates(told["calls_by_day"], by_day, told)]
    if len(by_day) > 1:
        pictures.append(_levels(by_day, service, told))
    return Section(told["by_day"], pictures, _tables(of_days(hours, days)), told)


def hours_section(hours: Mapping[Hour, CallFigures], language: str) -> Section:
    """Return the calls of each hour of the day, and of each hour of the week."""
    told = words(language)
    report = of_hours(hours)
    found = merged(hours, lambda hour: hour.hour)
    by_hour = {str(name): found.get(int(str(name)[:2]), CallFigures()) for name, *_ in report.rows}
    pictures = [
        _fates(told["calls_by_hour"], by_hour, told),
        _answers(by_hour, told),
        _week(hours, told),
    ]
    return Section(told["by_hour"], pictures if by_hour else [], _tables(report), told)


def members_section(members: Mapping[str, MemberFigures], language: str) -> Section:
    """Return what each member was offered, and how long each talked and was there."""
    told = words(language)
    report = of_members(members)
    reports = [report.only("member", *_OFFERS), report.only("member", *_SPENT)]
    return Section(told["by_member"], [_shifts(members, told)] if members else [], reports, told)


def pauses_section(presences: Mapping[str, Presence], language: str) -> Section:
    """Return the pauses of each member."""
    told = words(language)
    return Section(told["by_pause"], [], [of_pauses(presences)], told)


def missed_section(callers: Sequence[Abandoned], zone: tzinfo, language: str) -> Section:
    """Return who hung up, and with whom nobody has talked since."""
    told = words(language)
    found = counted(callers)
    note = told["summary"].format(
        all=len(callers),
        called=found[Since.CALLED_BACK],
        came=found[Since.CAME_AGAIN],
        hidden=found[Since.HIDDEN],
        nothing=found[Since.NOTHING],
    )
    return Section(told["by_missed"], [], [of_missed(callers, zone)], told, note)


def costs_section(by: By, groups: Mapping[str, CostFigures], language: str) -> Section:
    """Return what calls of groups have cost."""
    told = words(language)
    net = whole(groups.values()).net
    most = max(groups, key=lambda name: groups[name].net, default="")
    chart = Chart(
        told["costs_of"],
        told["told_costs"].format(net=money_text(net, language), most=most or "–"),
        [_short(name) or "–" for name in groups],
        [Series(told["net"], [one.net / 100 for one in groups.values()])],
    )
    pictures = [partial(bars, chart)] if 1 < len(groups) <= _BARS else []
    return Section(told["by_cost"], pictures, [of_costs(by, groups)], told, told["costs_note"])


def paid_section(
    by: By, groups: Mapping[str, CostFigures], legs: Iterable[PaidLeg], zone: tzinfo, language: str
) -> Section:
    """Return what each call has cost, below the sums."""
    told = words(language)
    reports = [of_costs(by, groups), of_paid(legs, zone)]
    return Section(told["by_call"], [], reports, told, told["costs_note"])


def traffic_section(name: str, groups: Mapping[str, TrafficFigures], language: str) -> Section:
    """Return the calls of the whole line, and how many there were at once."""
    told = words(language)
    figures = groups.values()
    sentence = told["told_traffic"].format(
        calls=sum(one.calls for one in figures),
        most=max((one.at_once for one in figures), default=0),
    )
    calls = Series(told["calls"], [one.calls for one in figures])
    at_once = Series(told["at_once"], [one.at_once for one in figures])
    trunks = Series(told["lines"], [one.lines for one in figures])
    names = list(groups)
    pictures = [
        partial(bars, Chart(told["calls_of"], sentence, names, [calls], "{:.0f}".format, WHOLE)),
        partial(
            bars,
            Chart(told["lines_of"], sentence, names, [at_once, trunks], "{:.0f}".format, WHOLE),
        ),
    ]
    report = of_traffic(name, groups.items())
    shown = pictures if names else []
    return Section(told["traffic_title"], shown, [report], told, told["traffic_note"])


def _tables(report: Report) -> list[Report]:
    """Return the counts, and the times, with the name of each row."""
    name, whole = report.columns[0].key, report.total or ()
    there = {column.key for column, value in zip(report.columns, whole, strict=False) if value}
    rare = [key for key in _RARE if key in there]
    return [report.only(name, *_COUNTS, *rare), report.only(name, *_TIMES)]


def _fates(title: str, groups: Mapping[str, CallFigures], told: Words) -> Picture:
    """Return a chart of what became of the calls of each group."""
    whole = total(groups.values())
    most = max(groups, key=lambda name: groups[name].offered, default="")
    sentence = told["told_calls"].format(offered=whole.offered, answered=whole.answered, most=most)
    return partial(
        stacked,
        Chart(
            title,
            sentence if whole.offered else told["told_none"],
            [_short(name) for name in groups],
            [
                Series(told[fate], [getattr(one, fate) for one in groups.values()])
                for fate in _FATES
            ],
            "{:.0f}".format,
            WHOLE,
        ),
    )


def _levels(groups: Mapping[str, CallFigures], service: Service, told: Words) -> Picture:
    """Return a chart of the service level of each group, and of what is promised."""
    level = total(groups.values()).service_level
    return partial(
        lines,
        Chart(
            told["service_by_day"],
            told["told_share"].format(value=_per_cent(level)),
            list(groups),
            [
                Series(told["service_level"], [one.service_level for one in groups.values()]),
                Series(told["goal"], [service.goal / 100] * len(groups)),
            ],
            _per_cent,
            most=1.0,
        ),
    )


def _answers(groups: Mapping[str, CallFigures], told: Words) -> Picture:
    """Return a chart of how long answered callers of each group waited."""
    return partial(
        lines,
        Chart(
            told["asa_by_hour"],
            told["told_share"].format(value=clock_text(total(groups.values()).asa)),
            list(groups),
            [
                Series(told["asa"], [one.asa for one in groups.values()]),
                Series(told["p90"], [one.p90 for one in groups.values()]),
            ],
            clock_text,
            clock=True,
        ),
    )


def _week(hours: Mapping[Hour, CallFigures], told: Words) -> Picture:
    """Return a heat map of the calls of each hour of the week."""
    week = merged(hours, lambda hour: (hour.day.weekday(), hour.hour))
    offered = {place: figures.offered for place, figures in week.items()}
    names = told["weekdays"].split()
    whole = sum(offered.values())
    most = max(offered, key=lambda place: offered[place], default=(0, 0))
    sentence = told["told_calls"].format(
        offered=whole,
        answered=total(hours.values()).answered,
        most=f"{names[most[0]]} {most[1]:02}:00",
    )
    return partial(
        heat,
        Heat(
            told["heat"],
            sentence,
            names,
            [f"{hour:02}" for hour in range(24)],
            [[offered.get((day, hour), 0) for hour in range(24)] for day in range(7)],
        ),
    )


def _shifts(members: Mapping[str, MemberFigures], told: Words) -> Picture:
    """Return a chart of what the time was spent with in which each member was logged in."""
    there = list(members.values())
    spent = {
        "occupied": [one.occupied for one in there],
        "free": [max(0.0, one.available - one.occupied) for one in there],
        "paused": [one.paused for one in there],
    }
    return partial(
        stacked,
        Chart(
            told["time_of_members"],
            told["told_times"],
            [_short(person(name)) for name in members],
            [Series(told[key], seconds) for key, seconds in spent.items()],
            clock_text,
            clock=True,
        ),
    )


def _per_cent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
