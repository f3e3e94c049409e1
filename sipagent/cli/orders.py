"""``sipagent call`` and ``sipagent orders``: calls that the line makes for somebody."""

import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent import times
from sipagent.cli.exchange_entries import JSON
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.exchange.ordered.orders import Order, Orders
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.ordered.words import why_not

app = typer.Typer(help="Calls that were ordered.", no_args_is_help=True)


def call(
    first: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help="Who is called first: an internal number, user:NAME, the mobile of a user, or an "
            "authorised number.",
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="TO", help="Who is called then, as a phone would dial it.")
    ],
    *,
    shown: Annotated[str, typer.Option(help="The number that TO sees.")] = "",
    config: ConfigFile = None,
) -> None:
    """Have the running line call two, and let them talk; the rights of the first one count."""
    order = ask(settings_of(config), "calls.order", first=first, second=second, shown=shown)
    typer.echo(f"Order {order}: calling {first}, then {second}")


@app.command("list", help="List them, the latest first.")
def list_orders(
    limit: Annotated[int, typer.Option("-n", help="How many.")] = 20,
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    settings = settings_of(config)
    with _kept(settings) as db:
        found = Orders(db).listed(limit)
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    table = Table("Order", "Ordered", "By", "User", "First", "Then", "State")
    for one in found:
        at = f"{times.in_zone(one.at, settings.line.zone):%Y-%m-%d %H:%M}"
        row = (str(one.id), at, one.way.value, one.user, one.person, one.target, _state(one))
        table.add_row(*map(Text, row))
    Terminal().print(table)


@app.command(help="Show one.")
def show(
    order: Annotated[int, typer.Argument(help="Its number.")],
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    with _kept(settings_of(config)) as db:
        found = Orders(db).find(order)
    if as_json:
        _print_json(asdict(found))
        return
    for name, value in {**asdict(found), "state": _state(found)}.items():
        typer.echo(f"{name}: {value if value not in ('', None) else 'none'}")


def _state(order: Order) -> str:
    return why_not(order.outcome) if order.outcome else order.state.value


def _kept(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    return opened(settings.paths.database, "ordered calls", ordered)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
