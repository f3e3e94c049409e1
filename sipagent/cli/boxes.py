"""``sipagent boxes``: where messages for a user or a group are left."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sipagent.cli import box_messages
from sipagent.cli import exchange_entries as entries
from sipagent.cli.entry_pins import Generated, TakeAway, set_pin
from sipagent.cli.settings import ConfigFile
from sipagent.config import Config
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    return {"pin": entry.has_secret}


app = entries.group(
    "boxes",
    "Boxes: voicemail of users and groups.",
    {"Number": "number", "Name": "name", "Owner": "owner", "E-mail": "email", "PIN": "pin"},
    beside=_beside,
)

app.add_typer(box_messages.app, name="messages")

Email = Annotated[str | None, typer.Option(help="Where messages are mailed to.")]
Messages = Annotated[int | None, typer.Option(help="How many messages it holds.")]
Seconds = Annotated[int | None, typer.Option(help="How long a message may be.")]
Tickets = Annotated[
    bool | None,
    typer.Option(
        "--tickets/--no-tickets", help="Whether each message is a ticket of the help desk as well."
    ),
]
Greetings = Annotated[
    list[str] | None,
    typer.Option(
        "--greeting",
        help="STATE=ANNOUNCEMENT, where STATE is always, closed, busy or absent; once for each.",
    ),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Biuro.")],
    *,
    owner: Annotated[str, typer.Option(help="Internal number, user:NAME or group:NAME.")],
    number: Annotated[str | None, typer.Option(help="Internal number of the box itself.")] = None,
    email: Email = None,
    messages: Messages = None,
    seconds: Seconds = None,
    tickets: Tickets = None,
    greeting: Greetings = None,
    config: ConfigFile = None,
) -> None:
    """Add a box."""
    fields = _fields(name, owner, number, email, messages, seconds, tickets, greeting, config)
    entries.added("boxes", fields, config)


@app.command()
def edit(
    name: Annotated[str, typer.Argument(metavar="BOX", help="Name or internal number.")],
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Internal number, user:NAME or group:NAME.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="New internal number.")] = None,
    email: Email = None,
    messages: Messages = None,
    seconds: Seconds = None,
    tickets: Tickets = None,
    greeting: Greetings = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a box; greetings replace all that there were."""
    fields = _fields(rename, owner, number, email, messages, seconds, tickets, greeting, config)
    entries.edited("boxes", name, fields, config, seen)


@app.command()
def pin(
    name: Annotated[str, typer.Argument(metavar="BOX", help="Name or internal number.")],
    *,
    generated: Generated = False,
    take_away: TakeAway = False,
    config: ConfigFile = None,
) -> None:
    """Give a box a PIN, by which it is listened to; it is asked for, unseen."""
    set_pin("boxes", name, config, generated=generated, take_away=take_away)


def _fields(
    name: str | None,
    owner: str | None,
    number: str | None,
    email: str | None,
    messages: int | None,
    seconds: int | None,
    tickets: bool | None,
    greeting: list[str] | None,
    config: Path | None,
) -> dict[str, Any]:
    return {
        "name": name,
        "owner": entries.refs([owner], config)[0] if owner else None,
        "number": number,
        "email": email,
        "messages": messages,
        "seconds": seconds,
        "tickets": tickets,
        "greetings": entries.pairs(greeting, "--greeting"),
    }
