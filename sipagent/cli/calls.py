"""``sipagent calls``: the records of calls and their timelines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.config import Config
from sipagent.records.history import CallRow, EventRow, History, export
from sipagent.records.schema import records
from sipagent.store.database import open_database

app = typer.Typer(help="Calls: what was said, pressed and decided.", no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON.")
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
_Moment = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Local time.")]


@app.command("list")
def list_calls(
    since: _Moment = None,
    until: _Moment = None,
    caller: Annotated[str | None, typer.Option(help="Calling number, +48…")] = None,
    owner: Annotated[str | None, typer.Option(help="Login of the owner.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List calls, the latest first."""
    with _history(settings_of(config)) as history:
        calls = history.calls(since=since, until=until, caller=caller, owner=owner, limit=limit)
        if as_json:
            typer.echo(json.dumps([export(call, ())["call"] for call in calls], indent=2))
            return
    table = Table()
    for heading in ("came in", "caller", "owner", "length", "ended by", "outcome", "id"):
        table.add_column(heading, no_wrap=True)
    for call in calls:
        started = datetime.fromisoformat(call.started).astimezone()
        table.add_row(
            f"{started:%Y-%m-%d %H:%M:%S}",
            call.caller or "hidden",
            call.owner or "",
            _length(call),
            call.ended_by or "",
            call.outcome or "",
            call.id,
        )
    Console().print(table)


@app.command("show")
def show_call(
    call: Annotated[str, typer.Argument(help="Id, the beginning of one, or: last.")] = "last",
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """Show one call and its timeline."""
    with _history(settings_of(config)) as history:
        row = history.call(call)
        timeline = history.timeline(row.id)
    if as_json:
        typer.echo(json.dumps(export(row, timeline), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{row.id}  {row.caller or 'hidden number'} → {row.called}  {row.started}")
    for event in timeline:
        minutes, milliseconds = divmod(event.at_ms, 60_000)
        console.print(f"+{minutes:02}:{milliseconds / 1000:06.3f}  {_line(event)}")
    console.print(f"{_length(row)}, ended by {row.ended_by or 'nobody yet'} {row.outcome or ''}")


def _line(event: EventRow) -> str:
    match event.kind:
        case "prompt":
            return f"agent   {event.details.get('text')}"
        case "digit":
            return f"caller  presses {event.details.get('digit')}"
        case "step":
            return f"        [{event.details.get('step')}]"
    details = ", ".join(f"{key} {value}" for key, value in event.details.items())
    return f"        {event.kind}  {details}".rstrip()


def _length(call: CallRow) -> str:
    if call.seconds is None:
        return "not answered" if call.ended else "live"
    minutes, seconds = divmod(round(call.seconds), 60)
    return f"{minutes}:{seconds:02}"


@contextmanager
def _history(settings: Config) -> Iterator[History]:
    db = open_database(settings.paths.database, [records])
    try:
        yield History(db)
    finally:
        db.close()
