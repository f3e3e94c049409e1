"""``sipagent statistics``: what queues and their members did."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.sheet import csv_text
from sipagent.cli.statistics_report import cells_of, json_of, table_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange.statistics import journal
from sipagent.exchange.statistics.calls import Service, grouped
from sipagent.exchange.statistics.clock import Days
from sipagent.exchange.statistics.report import Report, of_calls
from sipagent.exchange.statistics.schema import statistics

app = typer.Typer(help="Statistics: what queues and their members did.", no_args_is_help=True)

_USUAL = Service()
_DAY = ["%Y-%m-%d"]
_From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, help="First day; else today.")
]
_To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day; else today.")]
_Queues = Annotated[list[str] | None, typer.Option("--queue", help="Name of a queue; else all.")]
_Within = Annotated[float, typer.Option(min=0, help="Seconds in which a call is answered in time.")]
_Short = Annotated[float, typer.Option(min=0, help="Whoever hangs up sooner counts apart.")]
_AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, with all columns.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with all columns.")]


@app.command()
def queues(
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    within: _Within = _USUAL.within,
    short: _Short = _USUAL.short,
    as_csv: _AsCsv = False,
    as_json: _AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Count the calls of each queue: answered, abandoned, how long they waited."""
    settings = settings_of(config)
    service = Service(within=within, short=short)
    with opened_records(settings.paths.database, statistics) as db:
        calls = journal.calls(db, _days(first, last, settings), queue or ())
        groups = grouped(calls, service, lambda call: call.queue)
    _print(of_calls("queue", sorted(groups.items())), as_csv, as_json)


def _days(first: datetime | None, last: datetime | None, settings: Config) -> Days:
    today = settings.line.local(datetime.now(UTC)).date()
    end = last.date() if last else max(today, first.date() if first else today)
    begin = first.date() if first else min(today, end)
    if end < begin:
        raise DataError(f"--to {end} is before --from {begin}")
    return Days(begin, end, settings.line.zone)


def _print(report: Report, as_csv: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(json_of(report), ensure_ascii=False, indent=2))
    elif as_csv:
        keys = [column.key for column in report.columns]
        typer.echo(csv_text(keys, cells_of(report)), nl=False)
    else:
        Terminal().print(table_of(report))
