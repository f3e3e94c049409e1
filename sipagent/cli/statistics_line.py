"""``sipagent statistics calls`` and ``costs``: the calls of the whole line, and what they cost."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.statistics_report import AsCsv, AsJson, Form, From, Language, Pdf, To, days_of
from sipagent.exchange.statistics.asked import Statistics
from sipagent.exchange.statistics.clock import Hour
from sipagent.exchange.statistics.costs import By
from sipagent.exchange.statistics.report import of_costs, of_paid, of_traffic
from sipagent.exchange.statistics.sections import costs_section, paid_section, traffic_section
from sipagent.exchange.statistics.sheet import cover_of_line
from sipagent.exchange.statistics.traffic import merged


def calls(
    *,
    first: From = None,
    last: To = None,
    by: Annotated[Literal["hour", "day"], typer.Option(help="The hour of the day, or the day.")] = (
        "hour"
    ),
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    pdf: Pdf = None,
    language: Language = "pl",
    config: ConfigFile = None,
) -> None:
    """Count the calls of the whole line, and how many there were at once."""
    settings, now = settings_of(config), datetime.now(UTC)
    days = days_of(settings, first, last, now)
    form = Form(as_csv, as_json, pdf, language)

    def name(hour: Hour) -> str:
        return f"{hour.hour:02}:00" if by == "hour" else hour.day.isoformat()

    with opened_records(settings.paths.database) as db:
        groups = dict(sorted(merged(Statistics(db).traffic(days), name).items()))
    section = traffic_section(by, groups, form.spoken)
    cover = partial(cover_of_line, "traffic_title", days, "", now)
    form.show(of_traffic(by, groups.items()), section, cover)


def costs(
    *,
    first: From = None,
    last: To = None,
    by: Annotated[By, typer.Option(help="What they are added up by.")] = By.USER,
    user: Annotated[str, typer.Option(help="Name of a user; else all.")] = "",
    each: Annotated[bool, typer.Option("--each", help="Each call, instead of sums.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    pdf: Pdf = None,
    language: Language = "pl",
    config: ConfigFile = None,
) -> None:
    """Tell what calls over the trunks have cost: the bill of a user, a number, a month."""
    settings, now = settings_of(config), datetime.now(UTC)
    days = days_of(settings, first, last, now)
    form = Form(as_csv, as_json, pdf, language)
    with opened_records(settings.paths.database) as db:
        there = Statistics(db)
        groups, legs = there.costs(days, by, user), there.paid(days, user) if each else []
    if each:
        section = paid_section(by, groups, legs, days.zone, form.spoken)
        found = of_paid(legs, days.zone), section
    else:
        found = of_costs(by, groups), costs_section(by, groups, form.spoken)
    form.show(*found, partial(cover_of_line, "costs_title", days, user, now))
