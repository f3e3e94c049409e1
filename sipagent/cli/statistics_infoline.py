"""``sipagent statistics infoline``: calls, logins, keys, statements, requests of the infoline."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.statistics_report import AsCsv, AsJson, Form, From, Language, Pdf, To, days_of
from sipagent.infoline.managing import office
from sipagent.infoline.schema import infoline as tables
from sipagent.infoline.statistics.answers import By, cover, report, section
from sipagent.infoline.statistics.figures import usage


def infoline(
    *,
    first: From = None,
    last: To = None,
    by: Annotated[By, typer.Option(help="What they are added up by.")] = By.DAY,
    manager: Annotated[str, typer.Option(help="Code of a manager; else all.")] = "",
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    pdf: Pdf = None,
    language: Language = "pl",
    config: ConfigFile = None,
) -> None:
    """Count calls of the infoline, logins, keys, statements and requests."""
    settings, now = settings_of(config), datetime.now(UTC)
    days = days_of(settings, first, last, now)
    form = Form(as_csv, as_json, pdf, language)
    with opened_records(settings.paths.database, tables) as db:
        if manager:
            office(db, manager)  # one that there is not is a slip, not a manager without calls
        places = usage(db, days, manager)
    found = report(by, places, days), section(by, places, days, form.spoken)
    form.show(*found, partial(cover, days, manager, now))
