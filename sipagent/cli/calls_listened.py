"""``sipagent calls listened``: who has listened in, on whom, how, from when until when."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.listening.uses import uses
from sipagent.text import printable

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def listened(
    since: Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Local time.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """List who has listened in on whom, the latest first."""
    settings = settings_of(config)
    zone = settings.line.zone
    with opened_records(settings.paths.database, listening) as db:
        found = uses(db, since and since.replace(tzinfo=zone), limit)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("From", "To", "Who", "Whom", "How", "Call")
    local = settings.line.local
    for one in found:
        began = f"{local(one.began):%Y-%m-%d %H:%M:%S}"
        ended = f"{local(one.ended):%H:%M:%S}" if one.ended else "goes on"
        cells = (began, ended, one.listener, one.whom, one.mode, one.call)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    Terminal().print(table)
