"""``sipagent outside``: telephone numbers outside that belong to the exchange."""

from typing import Annotated

import typer

from sipagent.cli.costs import tell_cost
from sipagent.cli.exchange_entries import Seen, added, edited, group
from sipagent.cli.settings import ConfigFile

app = group(
    "outside",
    "Outside numbers: mobiles and offices that calls are led to.",
    {"Code": "code", "Name": "name", "Number": "number", "Shows": "shows", "Press 1": "confirm"},
)

Keys = Annotated[
    str | None, typer.Option(help="Keys sent after it has answered; a comma is a pause.")
]
Code = Annotated[str | None, typer.Option(help="Short code, *0 and 2 or 3 digits: *022.")]
Shows = Annotated[
    str | None,
    typer.Option(help="Whose number it sees: active, the line's; passive, the caller's."),
]
MayTransfer = Annotated[
    bool | None,
    typer.Option("--may-transfer/--may-not-transfer", help="Whether it may put callers through."),
]
Words = Annotated[str | None, typer.Option("--text", help="What it hears before the caller.")]
Confirm = Annotated[
    bool | None,
    typer.Option(
        "--confirm/--no-confirm",
        help="Whether it takes a call by pressing 1; without it: mobiles do.",
    ),
]
TextNumber = Annotated[
    bool | None,
    typer.Option(
        "--text-number/--no-text-number",
        help="Whether it gets the caller's number as a text.",
    ),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as 'Jan, mobile'.")],
    number: Annotated[str, typer.Argument(help="Its telephone number.")],
    *,
    keys: Keys = None,
    code: Code = None,
    shows: Shows = None,
    may_transfer: MayTransfer = None,
    text: Words = None,
    confirm: Confirm = None,
    text_number: TextNumber = None,
    config: ConfigFile = None,
) -> None:
    """Add an outside number."""
    fields = {
        "name": name,
        "number": number,
        "keys": keys,
        "code": code,
        "shows": shows,
        "may_transfer": may_transfer,
        "text": text,
        "confirm": confirm,
        "text_number": text_number,
    }
    tell_cost(number, config)
    added("outside", fields, config)


@app.command()
def edit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name or short code.")],
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    number: Annotated[str | None, typer.Option(help="New telephone number.")] = None,
    keys: Keys = None,
    code: Code = None,
    shows: Shows = None,
    may_transfer: MayTransfer = None,
    text: Words = None,
    confirm: Confirm = None,
    text_number: TextNumber = None,
    seen: Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change an outside number; an empty value takes something away."""
    fields = {
        "name": rename,
        "number": number,
        "keys": keys,
        "code": code,
        "shows": shows,
        "may_transfer": may_transfer,
        "text": text,
        "confirm": confirm,
        "text_number": text_number,
    }
    tell_cost(number, config)
    edited("outside", name, fields, config, seen)
