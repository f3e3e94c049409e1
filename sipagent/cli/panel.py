"""``sipagent panel``: the web panel, and who may come in."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent import config_sources
from sipagent.cli.settings import ConfigFile, file_of, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.ops import log
from sipagent.ops.systemd import Notifier
from sipagent.panel import people, screens, totp
from sipagent.panel.building import ROOMS
from sipagent.panel.permissions import Permission, Role
from sipagent.store.database import explained, open_database, writing

app = typer.Typer(help="The web panel, and who may come in.", no_args_is_help=True)
user = typer.Typer(help="Those who may come in.", no_args_is_help=True)
app.add_typer(user, name="user")
screen = typer.Typer(help="Big screens that show the wallboard.", no_args_is_help=True)
app.add_typer(screen, name="screen")

_Name = Annotated[str, typer.Argument(help="What they type to come in.")]


@app.command()
def run(config: ConfigFile = None) -> None:
    """Serve the panel until SIGTERM; the line runs apart (sipagent run)."""
    from sipagent.panel.serving import serve  # noqa: PLC0415  only this command needs a server

    file = file_of(config)
    settings = config_sources.load(file)
    log.configure(settings.log)
    asyncio.run(serve(settings, Notifier.of(), file))


@user.command()
def add(
    name: _Name,
    *,
    role: Annotated[Role, typer.Option(help="What they may see and do.")],
    exchange_user: Annotated[
        str, typer.Option("--user", help="Who they are in the exchange: name or number.")
    ] = "",
    manager: Annotated[str, typer.Option(help="Code of the manager whose owners they see.")] = "",
    email: Annotated[str, typer.Option(help="Where one-time passwords go.")] = "",
    language: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    config: ConfigFile = None,
) -> None:
    """Let somebody in, and print the link with which they choose a password, once."""
    settings = settings_of(config)
    with _opened(settings) as db, writing(db):
        person = people.add(
            db,
            name,
            role,
            user=exchange_user,
            manager=manager,
            email=email,
            language=language,
        )
        _tell_link(db, person, settings)


@user.command()
def link(name: _Name, config: ConfigFile = None) -> None:
    """Print another link, for who has lost the password or never had one."""
    settings = settings_of(config)
    with _opened(settings) as db:
        _tell_link(db, people.named(db, name), settings)


@user.command()
def be(
    name: _Name,
    exchange_user: Annotated[
        str, typer.Argument(metavar="[USER]", help="Name or number; nobody where it is left out.")
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Say who of the exchange an administrator is, who has that one's rights from then on."""
    with _opened(settings_of(config)) as db:
        people.be(db, name, exchange_user)
        now = people.named(db, name).user
    typer.echo(f"{name} is {now}" if now else f"{name} is nobody of the exchange")


@user.command()
def edit(
    name: _Name,
    agent: Annotated[
        bool, typer.Option("--agent/--no-agent", help="Whether they work on tickets.")
    ],
    config: ConfigFile = None,
) -> None:
    """Say whether a user of the exchange works on tickets (docs/help-desk.md)."""
    with _opened(settings_of(config)) as db:
        people.mark(db, name, agent=agent)
    typer.echo(f"{name} works on tickets" if agent else f"{name} works on no tickets")


@user.command("list")
def list_people(config: ConfigFile = None) -> None:
    """List those who may come in."""
    table = Table("Name", "Role", "Who", "E-mail", "Second proof", "Agent")
    with _opened(settings_of(config)) as db:
        for one in people.listed(db):
            who = one.user or ("" if one.manager is None else f"manager {one.manager}")
            proof = "yes" if one.two_proofs else "no"
            agent = "yes" if one.may(Permission.HELPDESK) else "no"
            table.add_row(*map(Text, (one.name, one.role.value, who, one.email, proof, agent)))
    Terminal().print(table)


@user.command()
def forget_proof(name: _Name, config: ConfigFile = None) -> None:
    """Ask somebody for no code any more, who has lost the phone with the app."""
    with _opened(settings_of(config)) as db, writing(db):
        totp.drop(db, people.named(db, name).id)
    typer.echo(f"{name} comes in with the password alone")


@user.command()
def remove(name: _Name, config: ConfigFile = None) -> None:
    """Let somebody in no more; they are out at once."""
    with _opened(settings_of(config)) as db:
        people.remove(db, name)
    typer.echo(f"Removed {name}")


@screen.command("add")
def add_screen(
    name: Annotated[str, typer.Argument(help="Where it hangs.")], config: ConfigFile = None
) -> None:
    """Print a link that shows the wallboard, until it is removed; nobody logs in there."""
    settings = settings_of(config)
    with _opened(settings) as db:
        token = screens.add(db, name)
    typer.echo(f"{settings.panel.origin}/screen/{token}")
    typer.echo("Whoever has this link sees the wallboard.", err=True)


@screen.command("list")
def list_screens(config: ConfigFile = None) -> None:
    """List the screens, and since when they have their links."""
    table = Table("Name", "Since")
    settings = settings_of(config)
    with _opened(settings) as db:
        for one in screens.listed(db):
            since = settings.line.local(datetime.fromisoformat(one.made))
            table.add_row(Text(one.name), f"{since:%Y-%m-%d %H:%M}")
    Terminal().print(table)


@screen.command("remove")
def remove_screen(
    name: Annotated[str, typer.Argument(help="As the list shows it.")], config: ConfigFile = None
) -> None:
    """Let a link show nothing any more."""
    with _opened(settings_of(config)) as db:
        screens.remove(db, name)
    typer.echo(f"Removed the screen {name}")


@contextmanager
def _opened(settings: Config) -> Iterator[sqlite_utils.Database]:
    path = settings.paths.database
    with explained(path), closing(open_database(path, ROOMS)) as db:
        yield db


def _tell_link(db: sqlite_utils.Database, person: people.Person, settings: Config) -> None:
    hours = settings.panel.link
    token = people.invite(db, person, datetime.now(UTC), hours)
    typer.echo(f"{settings.panel.origin}/welcome/{token}")
    typer.echo(f"It holds for {hours} hours, and once.", err=True)
