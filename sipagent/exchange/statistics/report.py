"""The reports of queues, members, calls and costs: their columns and rows."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from sipagent import times
from sipagent.exchange.statistics.calls import CallFigures, merged, total
from sipagent.exchange.statistics.costs import By, CostFigures, PaidLeg, whole
from sipagent.exchange.statistics.intervals import length
from sipagent.exchange.statistics.members import MemberFigures
from sipagent.exchange.statistics.missed import Abandoned, Since
from sipagent.exchange.statistics.presence import Presence
from sipagent.exchange.statistics.traffic import TrafficFigures
from sipagent.reports.days import Days, Hour
from sipagent.reports.report import Column, Report, Unit, values

CALLS = (
    Column("offered"),
    Column("answered"),
    Column("in_time", brief=False),
    Column("abandoned"),
    Column("short"),
    Column("overflow"),
    Column("too_long", brief=False),
    Column("too_many", brief=False),
    Column("nobody", brief=False),
    Column("left"),
    Column("callbacks"),
    Column("reached", brief=False),
    Column("given_up", brief=False),
    Column("closed", brief=False),
    Column("waiting", brief=False),
    Column("service_level", Unit.SHARE),
    Column("abandon_rate", Unit.SHARE, brief=False),
    Column("asa", Unit.SECONDS),
    Column("p90", Unit.SECONDS),
    Column("longest", Unit.SECONDS),
    Column("handled", brief=False),
    Column("talked", Unit.SECONDS, brief=False),
    Column("wrapped", Unit.SECONDS, brief=False),
    Column("aht", Unit.SECONDS),
)
MEMBERS = (
    Column("offered"),
    Column("answered"),
    Column("missed"),
    Column("refused"),
    Column("busy", brief=False),
    Column("unreachable", brief=False),
    Column("elsewhere", brief=False),
    Column("withdrawn", brief=False),
    Column("ringing", brief=False),
    Column("handled", brief=False),
    Column("talked", Unit.SECONDS),
    Column("wrapped", Unit.SECONDS),
    Column("aht", Unit.SECONDS),
    Column("logged_in", Unit.SECONDS),
    Column("paused", Unit.SECONDS),
    Column("occupied", Unit.SECONDS, brief=False),
    Column("occupancy", Unit.SHARE),
)
PAUSES = (
    Column("member", Unit.TEXT),
    Column("reason", Unit.TEXT),
    Column("pauses"),
    Column("paused", Unit.SECONDS),
)
MISSED = (
    Column("at", Unit.TEXT),
    Column("number", Unit.TEXT),
    Column("name", Unit.TEXT),
    Column("queue", Unit.TEXT),
    Column("times"),
    Column("waited", Unit.SECONDS),
)
COSTS = (
    Column("calls"),
    Column("seconds", Unit.SECONDS),
    Column("net", Unit.GROSZE),
    Column("tax", Unit.GROSZE),
    Column("gross", Unit.GROSZE),
    Column("unknown"),
)
PAID = (
    Column("at", Unit.TEXT),
    Column("user", Unit.TEXT),
    Column("number", Unit.TEXT),
    Column("seconds", Unit.SECONDS),
    Column("net", Unit.GROSZE),
    Column("vat"),
)
TRAFFIC = (
    Column("calls"),
    Column("answered"),
    Column("seconds", Unit.SECONDS),
    Column("at_once"),
    Column("lines"),
)


def of_calls(name: str, groups: Iterable[tuple[str, CallFigures]]) -> Report:
    """Return what the calls of groups add up to, and all of them together.

    Args:
        name: what the groups are, such as ``queue``.
        groups: in their order.
    """
    listed = list(groups)
    return Report(
        (Column(name, Unit.TEXT), *CALLS),
        tuple((group, *values(figures, CALLS)) for group, figures in listed),
        ("", *values(total(figures for _, figures in listed), CALLS)),
    )


def of_days(hours: Mapping[Hour, CallFigures], days: Days) -> Report:
    """Return what the calls of each day add up to, also where there were none."""
    found = merged(hours, lambda hour: hour.day)
    return of_calls("day", [(day.isoformat(), found.get(day, CallFigures())) for day in days.all])


def of_hours(hours: Mapping[Hour, CallFigures]) -> Report:
    """Return what the calls of each hour of the day add up to, from the first one with calls."""
    found = merged(hours, lambda hour: hour.hour)
    listed = range(min(found), max(found) + 1) if found else ()
    return of_calls("hour", [(f"{one:02}:00", found.get(one, CallFigures())) for one in listed])


def of_members(figures: Mapping[str, MemberFigures]) -> Report:
    """Return what members did, and all of them together."""
    whole = MemberFigures()
    for one in figures.values():
        whole.add(one)
    rows = tuple((person(name), *values(one, MEMBERS)) for name, one in figures.items())
    return Report((Column("member", Unit.TEXT), *MEMBERS), rows, ("", *values(whole, MEMBERS)))


def of_pauses(presences: Mapping[str, Presence]) -> Report:
    """Return for how long members were paused, and why, the longest pauses of each first."""
    return Report(
        PAUSES,
        tuple(
            (person(name), reason or None, len(pauses), length(pauses))
            for name, there in sorted(presences.items())
            for reason, pauses in sorted(
                there.pauses.items(), key=lambda one: (-length(one[1]), one[0])
            )
        ),
    )


def of_missed(callers: Iterable[Abandoned], zone: tzinfo) -> Report:
    """Return the callers with whom nobody has talked since they hung up."""
    return Report(
        MISSED,
        tuple(
            (
                *(
                    f"{times.in_zone(one.at, zone):%Y-%m-%d %H:%M}",
                    one.number or None,
                    one.name or None,
                ),
                *(one.queue, one.times, one.waited),
            )
            for one in callers
            if one.since in (Since.NOTHING, Since.HIDDEN)
        ),
    )


def of_costs(by: By, groups: Mapping[str, CostFigures]) -> Report:
    """Return what calls of groups have cost, and all of them together."""
    rows = tuple((name or None, *values(one, COSTS)) for name, one in groups.items())
    sums = ("", *values(whole(groups.values()), COSTS))
    return Report((Column(by, Unit.TEXT), *COSTS), rows, sums)


def of_paid(legs: Iterable[PaidLeg], zone: tzinfo) -> Report:
    """Return what each call has cost."""
    return Report(
        PAID,
        tuple(
            (
                *(f"{times.in_zone(leg.began, zone):%Y-%m-%d %H:%M:%S}", leg.payer or None),
                *(leg.number, leg.seconds, leg.net, leg.vat),
            )
            for leg in legs
        ),
    )


def of_traffic(name: str, groups: Iterable[tuple[str, TrafficFigures]]) -> Report:
    """Return the calls of the whole line in groups, and all of them together."""
    listed = dict(groups)
    found = TrafficFigures()
    for one in listed.values():
        found.add(one)
    rows = tuple((group, *values(one, TRAFFIC)) for group, one in listed.items())
    return Report((Column(name, Unit.TEXT), *TRAFFIC), rows, ("", *values(found, TRAFFIC)))


def person(member: str) -> str:
    """Return the name of a member, whom the journal calls ``user:Anna Nowak``."""
    return member.partition(":")[2] or member
