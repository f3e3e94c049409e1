"""``sipagent exchange``: all of the exchange as one file, out and in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from sipagent.cli.exchange_entries import read, written
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.cli.terminal import Terminal
from sipagent.exchange import document, editing
from sipagent.exchange.reading import load

app = typer.Typer(help="The exchange as one file, out and in.", no_args_is_help=True)

_COLOURS = {"added": "green", "changed": "yellow", "removed": "red"}


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, such as exchange.toml.")],
    secrets: Annotated[
        bool, typer.Option("--secrets", help="With the hashes of passwords and PINs.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Write the exchange into a TOML file, which only you can read."""
    with read(settings_of(config)) as db:
        text = document.written(load(db).exchange, secrets=secrets)
    write_file(file, text.encode(), private=True)
    typer.echo(file)


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="As sipagent exchange export writes it.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Make the exchange what a file says: all of it, or nothing where something does not fit.

    What is not in the file is removed. Passwords and PINs that it does not tell stay as they are.
    """
    settings = settings_of(config)
    wanted = document.read(file, settings.line.country)
    with written(settings) as db:
        changes = editing.replace(db, wanted, dry_run=dry_run)
        there = load(db).exchange
    console = Terminal(lines=True)
    for change in changes:
        line = Text(f"{change.what:<8} ", style=_COLOURS[change.what])
        console.print(line.append(str(change), style="default"))
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{len(changes)} {verb}" if changes else "Nothing differs.")
    for account in (phone.account for phone in there.phones if not phone.has_secret):
        typer.echo(f"phone {account} has no password: sipagent phones renew {account}")
