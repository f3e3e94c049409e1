"""``sipagent tokens``: what programs prove with that they may use the API of the panel."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.panel.api import tokens
from sipagent.panel.api.schema import api
from sipagent.panel.api.scopes import Scope

app = typer.Typer(help="Tokens of programs that use the API.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Of the program, such as bookkeeping.")]


@app.command()
def add(
    name: _Name,
    *,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; once for each.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it may.")] = 365,
    manager: Annotated[
        str, typer.Option(help="Code of the only manager whose owners it is for.")
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Make a token, and print it, once."""
    with opened(settings_of(config).paths.database, "owners", api) as db:
        secret = tokens.add(db, name, scope, datetime.now(UTC), days=days, manager=manager)
    typer.echo(secret)
    typer.echo(f"It holds for {days} days, and is not shown again.", err=True)


@app.command("list")
def list_tokens(config: ConfigFile = None) -> None:
    """List the tokens, with what they are for and when they were used."""
    settings = settings_of(config)
    table = Table("Name", "Scopes", "Manager", "Until", "Used")
    with opened(settings.paths.database, "owners", api) as db:
        for one in tokens.listed(db):
            until, used = (
                f"{settings.line.local(at):%Y-%m-%d %H:%M}" if at else "never"
                for at in (one.until, one.used)
            )
            scopes = "\n".join(sorted(one.scopes))
            table.add_row(*map(Text, (one.name, scopes, one.manager_code or "", until, used)))
    Terminal().print(table)


@app.command()
def remove(name: _Name, config: ConfigFile = None) -> None:
    """Remove a token: the program is out at once."""
    with opened(settings_of(config).paths.database, "owners", api) as db:
        tokens.remove(db, name)
    typer.echo(f"Removed {name}")
