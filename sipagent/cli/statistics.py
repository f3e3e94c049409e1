"""``sipagent statistics``: what queues and their members did."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.sheet import csv_text
from sipagent.cli.statistics_report import cells_of, json_of, table_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, Service
from sipagent.exchange.statistics.clock import Days
from sipagent.exchange.statistics.missed import Since, counted
from sipagent.exchange.statistics.report import (
    Report,
    of_calls,
    of_days,
    of_hours,
    of_members,
    of_missed,
    of_pauses,
)
from sipagent.exchange.statistics.schema import statistics

app = typer.Typer(help="Statistics: what queues and their members did.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
_From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, help="First day; else today.")
]
_To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day; else today.")]
_Queues = Annotated[list[str] | None, typer.Option("--queue", help="Name of a queue; else all.")]
_Within = Annotated[float, typer.Option(min=0, help="Seconds in which a call is answered in time.")]
_Short = Annotated[float, typer.Option(min=0, help="Whoever hangs up sooner counts apart.")]
_Window = Annotated[int, typer.Option(min=1, help="Hours in which somebody had to talk with them.")]
_AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, with all columns.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with all columns.")]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a report is printed."""

    as_csv: bool
    as_json: bool

    def show(self, report: Report) -> None:
        """Print a report."""
        if self.as_json:
            typer.echo(json.dumps(json_of(report), ensure_ascii=False, indent=2))
        elif self.as_csv:
            keys = [column.key for column in report.columns]
            typer.echo(csv_text(keys, cells_of(report)), nl=False)
        else:
            Terminal().print(table_of(report))


@app.command()
def queues(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    within: _Within = USUAL.within,
    short: _Short = USUAL.short,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Count the calls of each queue: answered, abandoned, how long they waited."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(within=within, short=short))
    with _statistics(settings) as there:
        report = of_calls("queue", there.by_queue(asked).items())
    _Form(as_csv, as_json).show(report)


@app.command()
def days(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    within: _Within = USUAL.within,
    short: _Short = USUAL.short,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Count the calls of each day."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(within=within, short=short))
    with _statistics(settings) as there:
        report = of_days(there.by_hour(asked), asked.days)
    _Form(as_csv, as_json).show(report)


@app.command()
def hours(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    within: _Within = USUAL.within,
    short: _Short = USUAL.short,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Count the calls of each hour of the day, of all days together."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(within=within, short=short))
    with _statistics(settings) as there:
        report = of_hours(there.by_hour(asked))
    _Form(as_csv, as_json).show(report)


@app.command()
def members(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Tell what members were offered, how long they talked, and were logged in."""
    settings = settings_of(config)
    with _statistics(settings) as there:
        report = of_members(there.by_member(_question(settings, first, last, queue)))
    _Form(as_csv, as_json).show(report)


@app.command()
def pauses(
    *,
    first: _From = None,
    last: _To = None,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Tell for how long members were paused, and why."""
    settings = settings_of(config)
    with _statistics(settings) as there:
        report = of_pauses(there.presences(_question(settings, first, last, None)))
    _Form(as_csv, as_json).show(report)


@app.command()
def missed(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    short: _Short = USUAL.short,
    window: _Window = 24,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List callers who hung up while waiting, and with whom nobody has talked since."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(short=short))
    with _statistics(settings) as there:
        callers = there.abandoned(asked, timedelta(hours=window))
    _Form(as_csv, as_json).show(of_missed(callers, asked.days.zone))
    if not (as_csv or as_json):
        found = counted(callers)
        typer.echo(
            f"{len(callers)} hung up: {found[Since.CALLED_BACK]} were called back, "
            f"{found[Since.CAME_AGAIN]} came again, {found[Since.HIDDEN]} hid their number; "
            f"nobody has talked with {found[Since.NOTHING]}"
        )


@contextmanager
def _statistics(settings: Config) -> Iterator[Statistics]:
    with opened_records(settings.paths.database, statistics) as db:
        yield Statistics(db)


def _question(
    settings: Config,
    first: datetime | None,
    last: datetime | None,
    queue: list[str] | None,
    service: Service = USUAL,
) -> Question:
    now = datetime.now(UTC)
    today = settings.line.local(now).date()
    end = last.date() if last else max(today, first.date() if first else today)
    begin = first.date() if first else min(today, end)
    if end < begin:
        raise DataError(f"--to {end} is before --from {begin}")
    return Question(Days(begin, end, settings.line.zone), now, tuple(queue or ()), service)
