"""``sipagent statistics calls`` and ``costs``: the calls of the whole line, and what they cost."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.statistics_report import AsCsv, AsJson, Form, From, Language, Pdf, To, days_of
from sipagent.exchange.statistics import subjects
from sipagent.exchange.statistics.asked import Statistics
from sipagent.exchange.statistics.costs import By
from sipagent.exchange.statistics.covers import cover_of_line
from sipagent.exchange.statistics.subjects import Part


def calls(
    *,
    first: From = None,
    last: To = None,
    by: Annotated[Part, typer.Option(help="The hour of the day, or the day.")] = Part.HOUR,
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
    with opened_records(settings.paths.database) as db:
        found = subjects.traffic(Statistics(db), days, by, form.spoken)
    form.show(*found, partial(cover_of_line, "traffic_title", days, "", now))


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
    told = subjects.costs_of_each if each else subjects.costs
    with opened_records(settings.paths.database) as db:
        found = told(Statistics(db), days, by, user, form.spoken)
    form.show(*found, partial(cover_of_line, "costs_title", days, user, now))
