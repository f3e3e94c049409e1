"""``sipagent notices``: what managers tell their owners on certain days."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.infoline import values
from sipagent.infoline.notices import Notice, Notices
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.notices import import_notices

app = typer.Typer(
    help="Notices: what callers hear after their login on certain days.", no_args_is_help=True
)


@app.command("list")
def list_notices(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """List notices that are told today or later."""
    settings = settings_of(config)
    with _opened(settings) as notices:
        found = notices.listed(None if all_ else _today(settings))
    if as_json:
        dump = [asdict(one) for one in found]
        typer.echo(json.dumps(dump, ensure_ascii=False, indent=2, default=str))
        return
    table = Table("No.", "Manager", "Estate", "From", "To", "Notice")
    for one in found:
        days = (one.first_day.isoformat(), one.last_day.isoformat())
        row = (str(one.id), one.manager, one.estate or "all", *days, _words(one))
        table.add_row(*(Text(cell) for cell in row))
    Terminal().print(table)


@app.command()
def add(
    text: Annotated[str, typer.Argument(help="What is said, in Polish.")],
    *,
    manager: Annotated[str, typer.Option(help="The manager's code in imports.")],
    estate: Annotated[str, typer.Option(help="The estate's code; without it: all estates.")] = "",
    first: Annotated[
        str, typer.Option("--from", help="First day, such as 2026-12-01; without it: today.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    english: Annotated[str, typer.Option(help="The same in English.")] = "",
    config: ConfigFile = None,
) -> None:
    """Add a notice; calls that come in from now on hear it."""
    settings = settings_of(config)
    with _opened(settings) as notices:
        begins = _day("--from", first) if first else _today(settings)
        one = notices.add(manager, text, begins, _day("--to", last), estate=estate, english=english)
    where = one.estate or "all estates"
    typer.echo(f"Notice {one.id}: {one.manager}, {where}, {one.first_day} to {one.last_day}")


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="CSV or Excel: manager, notice, first_day, last_day; estate, english."),
    ],
    config: ConfigFile = None,
) -> None:
    """Add the notices of a file, all or none; those that are there already stay as they are."""
    with opened(settings_of(config).paths.database, "managers", infoline) as db:
        kept = import_notices(db, file)
    typer.echo(f"{len(kept)} notices")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    config: ConfigFile = None,
) -> None:
    """Take a notice away."""
    with _opened(settings_of(config)) as notices:
        notices.remove(number)
    typer.echo(f"Notice {number} is gone.")


@contextmanager
def _opened(settings: Config) -> Iterator[Notices]:
    with opened(settings.paths.database, "managers", infoline) as db:
        yield Notices(db)


def _today(settings: Config) -> date:
    return datetime.now(settings.line.zone).date()


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(values.day(text))
    except ValueError as error:
        raise DataError(f"{option}: {error}") from None


def _words(notice: Notice) -> str:
    return f"{notice.text} / {notice.english}" if notice.english else notice.text
