"""``sipagent status``: what the running daemon says of itself."""

import json
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import LineSection
from sipagent.ops.metrics import WORKING
from sipagent.ops.status import ask


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """Show whether the line takes calls, its trunks, and what waits."""
    settings = settings_of(config)
    shown = ask(settings.http)
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    console = Terminal()
    console.print(_facts(shown))
    if shown["trunks"]:
        console.print()
        console.print(_trunks(shown["trunks"], settings.line))


def _facts(shown: dict[str, Any]) -> Table:
    refused = ", ".join(f"{count} {reason}" for reason, count in shown["refused"].items())
    outbox = ", ".join(f"{count} {name}" for name, count in shown["outbox"].items() if count)
    facts = {
        "takes calls": "yes" if shown["ready"] else f"no: {'; '.join(shown['reasons'])}",
        "live calls": str(shown["calls"]),
        "phones": f"{shown['phones']} registered, {shown['lamps']} lamps",
        "up for": str(timedelta(seconds=round(shown["uptime_seconds"]))),
        "turned away": refused or "nobody",
        "outbox": outbox or "empty",
        "version": shown["version"],
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in facts.items():
        table.add_row(name, Text(value))
    return table


def _trunks(trunks: list[dict[str, Any]], line: LineSection) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("trunk", "state", "since", "expires", "server", "reason"):
        table.add_column(heading)
    for trunk in trunks:
        cells = (
            trunk["name"],
            Text(trunk["state"], style="green" if trunk["state"] in WORKING else "red"),
            f"{line.local(trunk['since']):%Y-%m-%d %H:%M:%S}",
            "" if trunk["expires"] is None else f"{trunk['expires']} s",
            trunk["server"],
            trunk["reason"],
        )
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return table
