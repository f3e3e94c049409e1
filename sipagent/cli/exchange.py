"""``sipagent exchange``: all of the exchange as one file, out and in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from sipagent.cli.exchange_entries import read, written
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.cli.terminal import Terminal
from sipagent.exchange import document, editing, journal, undoing
from sipagent.exchange.difference import Change
from sipagent.exchange.reading import load

app = typer.Typer(help="The exchange as one file, out and in.", no_args_is_help=True)

#: Changes that are shown without being asked for more.
_LATEST = 20
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
        found = editing.replace(db, wanted, dry_run=dry_run)
        there = load(db).exchange
    console = Terminal(lines=True)
    for change in found:
        console.print(_line(change))
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{len(found)} {verb}" if found else "Nothing differs.")
    for account in (phone.account for phone in there.phones if not phone.has_secret):
        typer.echo(f"phone {account} has no password: sipagent phones renew {account}")


@app.command()
def changes(
    count: Annotated[int, typer.Option("-n", help="How many.")] = _LATEST,
    config: ConfigFile = None,
) -> None:
    """Show what was changed last, each with its number, and by whom in the panel."""
    settings = settings_of(config)
    with read(settings) as db:
        found = journal.latest(db, count)
    console = Terminal(lines=True)
    for one in found:
        at = f"{settings.line.local(one.at):%Y-%m-%d %H:%M}"
        line = Text(f"{one.number:>5} {at} ").append(_line(one.change))
        console.print(line.append(f" ({one.by})", style="dim") if one.by else line)


@app.command()
def undo(
    number: Annotated[
        int, typer.Argument(help="Of the change, as sipagent exchange changes says.")
    ],
    config: ConfigFile = None,
) -> None:
    """Take back what was changed at once, unless it was changed since; that is a change as well."""
    settings = settings_of(config)
    with read(settings) as db:
        found = undoing.undo(db, number, country=settings.line.country)
    console = Terminal(lines=True)
    for change in found:
        console.print(_line(change))


def _line(change: Change) -> Text:
    """Return a change as a terminal shows it."""
    line = Text(f"{change.what:<8} ", style=_COLOURS[change.what])
    return line.append(str(change), style="default")
