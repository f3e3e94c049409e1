"""``sipagent webhooks``: programs that are told what has happened."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.domains import composed
from sipagent.infoline.managing import office
from sipagent.infoline.schema import infoline
from sipagent.webhooks import subscriptions
from sipagent.webhooks.calls import CALLS
from sipagent.webhooks.schema import webhooks

app = typer.Typer(help="Programs that are told what has happened.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Of the program.")]


@app.command()
def add(
    name: _Name,
    url: Annotated[str, typer.Argument(help="Where it is told, such as https://example.com/x.")],
    *,
    kind: Annotated[
        list[str], typer.Option("--on", help="Of what, such as call.ended; once for each.")
    ],
    manager: Annotated[
        str, typer.Option(help="Code of the only manager whose owners it is for.")
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Have a program told, and print the secret that signs what it is told, once."""
    known = [one.kind for one in (*CALLS, *composed().happenings)]
    with opened(settings_of(config).paths.database, "webhooks", webhooks, infoline) as db:
        of = office(db, manager).manager.id if manager else None
        hook = subscriptions.add(db, name, url, kind, datetime.now(UTC), known=known, manager=of)
    typer.echo(hook.secret)


@app.command("list")
def list_webhooks(config: ConfigFile = None) -> None:
    """List the programs that are told."""
    table = Table("Name", "Where", "Of what")
    with opened(settings_of(config).paths.database, "webhooks", webhooks) as db:
        for one in subscriptions.listed(db):
            table.add_row(*map(Text, (one.name, one.url, "\n".join(sorted(one.kinds)))))
    Terminal().print(table)


@app.command("try")
def try_out(name: _Name, config: ConfigFile = None) -> None:
    """Have a program told something that has not happened; the running line does it."""
    with opened(settings_of(config).paths.database, "webhooks", webhooks) as db:
        hook = subscriptions.try_out(db, name)
    typer.echo(f"{hook.name} is told; what becomes of it: sipagent outbox list")


@app.command()
def remove(name: _Name, config: ConfigFile = None) -> None:
    """Tell a program no more."""
    with opened(settings_of(config).paths.database, "webhooks", webhooks) as db:
        subscriptions.remove(db, name)
    typer.echo(f"Removed {name}")
