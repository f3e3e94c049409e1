"""``sipagent reaching``: do-not-disturb, forwarding and follow-me of the users."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.costs import tell_cost
from sipagent.cli.exchange_entries import JSON
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange.editing import existing
from sipagent.exchange.reaching import changing, kept
from sipagent.exchange.reaching.handling import USUAL, Follow, Handling, When
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.reading import load

app = typer.Typer(
    help="How users are reached: do-not-disturb, forwarding, follow-me.", no_args_is_help=True
)

Who = Annotated[str, typer.Argument(metavar="USER", help="Name or internal number.")]
Off = Annotated[bool, typer.Option("--off", help="No longer.")]
Seconds = Annotated[
    int | None, typer.Option(help="How long phones ring before; without it 20, or as it was.")
]


@app.command()
def show(
    user: Annotated[
        str | None, typer.Argument(metavar="USER", help="Without it: all with something set.")
    ] = None,
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    """Show what becomes of calls."""
    with _read(settings_of(config)) as db:
        found = kept.load(db)
        if user is not None:
            name = existing(load(db).exchange, "users", user).key
            found = {name: found.get(name, USUAL)}
    if as_json:
        told = {name: _told(one) for name, one in sorted(found.items())}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    table = Table("Name", "Do not disturb", "Forwards", "Mobile")
    for name, one in sorted(found.items()):
        forwards = "\n".join(_forwards(one)) or "none"
        table.add_row(*map(Text, (name, "on" if one.dnd else "off", forwards, _mobile(one))))
    Terminal().print(table)


@app.command()
def forward(
    user: Who,
    when: Annotated[When, typer.Argument(help="In which case.")],
    to: Annotated[
        str,
        typer.Argument(
            help="Internal number, short code, telephone number, box:NAME; '' with --off."
        ),
    ] = "",
    *,
    seconds: Seconds = None,
    in_groups: Annotated[
        bool, typer.Option("--in-groups", help="Also calls of groups, though it is outside.")
    ] = False,
    off: Off = False,
    config: ConfigFile = None,
) -> None:
    """Forward calls to a user: always, when busy, when nobody answers, when unreachable."""
    if bool(to) == off:
        raise DataError("say where calls go, or --off")
    country = settings_of(config).line.country
    tell_cost(to, config)

    def change(db: sqlite_utils.Database) -> Handling:
        if off:
            return changing.forward_no_more(db, user, when)
        return changing.forward(
            db, user, when, to, seconds=seconds, in_groups=in_groups, country=country
        )

    _change(change, config)


@app.command()
def dnd(user: Who, *, off: Off = False, config: ConfigFile = None) -> None:
    """Let nothing ring at a user's: do not disturb."""
    _change(lambda db: changing.disturb(db, user, on=off), config)


@app.command()
def follow(
    user: Who,
    how: Annotated[Follow, typer.Argument(help="With the phones, after them, or never.")],
    *,
    seconds: Seconds = None,
    config: ConfigFile = None,
) -> None:
    """Say when a user's mobile rings."""
    _change(lambda db: changing.follow(db, user, how, seconds), config)


def _change(change: Callable[[sqlite_utils.Database], Handling], config: Path | None) -> None:
    with _read(settings_of(config)) as db:
        now = change(db)
    told = [f"do not disturb: {'on' if now.dnd else 'off'}", *_forwards(now)]
    typer.echo("\n".join([*told, f"mobile: {_mobile(now)}"]))


def _read(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    return opened(settings.paths.database, "users of an exchange", reaching)


def _forwards(handling: Handling) -> list[str]:
    return [
        f"{when}: {one.target}"
        + (f" after {one.seconds} s" if when is When.NO_ANSWER else "")
        + (", of groups too" if one.in_groups else "")
        for when, one in sorted(handling.forwards.items())
    ]


def _mobile(handling: Handling) -> str:
    after = f" after {handling.seconds} s" if handling.follow is Follow.IN_TURN else ""
    return f"{handling.follow}{after}"


def _told(handling: Handling) -> dict[str, Any]:
    forwards = {
        when: {"to": str(one.target), "seconds": one.seconds, "in_groups": one.in_groups}
        for when, one in sorted(handling.forwards.items())
    }
    return {
        "dnd": handling.dnd,
        "forwards": forwards,
        "follow": handling.follow,
        "seconds": handling.seconds,
    }
