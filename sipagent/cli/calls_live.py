"""``sipagent calls live``, ``hangup``, ``transfer`` and ``listen``: calls as they go on."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import LineSection
from sipagent.control.client import ask
from sipagent.text import printable

_Call = Annotated[str, typer.Argument(help="Id, or the beginning of one; see: calls live.")]


def live_calls(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """Show who talks with whom now, since when, and who listens in."""
    settings = settings_of(config)
    rooms = [_meeting(room) for room in ask(settings, "rooms.live") if room["guests"]]
    calls = [*ask(settings, "calls.live"), *rooms]
    if as_json:
        typer.echo(json.dumps(calls, ensure_ascii=False, indent=2))
        return
    console = Terminal()
    console.print(_table(calls, settings.line))
    console.print(f"{len(calls)} {'goes' if len(calls) == 1 else 'go'} on")


def hang_up(call: _Call, config: ConfigFile = None) -> None:
    """End a call for all who talk in it."""
    ended = ask(settings_of(config), "calls.hangup", call=call)
    typer.echo(f"Ended call {ended['id']}")


def transfer(
    call: _Call,
    to: Annotated[str, typer.Argument(help="Whom to, as a telephone dials it.")],
    *,
    who: Annotated[
        str, typer.Option(help="Who goes on, as calls live shows them; without it who has called.")
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Put one of two who talk through to somebody else, as if the other one had done it."""
    begun = ask(settings_of(config), "calls.transfer", call=call, who=who, to=to)
    typer.echo(printable(f"{begun['who']} is put through to {begun['to']}"))


def listen(
    call: _Call,
    listener: Annotated[
        str, typer.Option("--from", metavar="USER", help="Who listens: name or internal number.")
    ],
    config: ConfigFile = None,
) -> None:
    """Ring somebody who has the right, and let them listen to a call."""
    begun = ask(settings_of(config), "calls.listen", call=call, listener=listener)
    typer.echo(printable(f"{begun['rings']} is rung, to listen to {begun['whom']}"))


def _meeting(room: dict[str, Any]) -> dict[str, Any]:
    """Return those in a room as a call is told; it is no call of its own, and has no id."""
    guests = room["guests"]
    return {
        "id": "",
        "since": min(guest["since"] for guest in guests),
        "members": [guest["shown"] or "hidden" for guest in guests],
        "holding": [],
        "talking": len(guests) > 1,
        "queue": "",
        "room": room["room"],
        "number": "",
        "listeners": [],
    }


def _table(calls: list[dict[str, Any]], line: LineSection) -> Table:
    table = Table("Since", "Who talks", "In", "Listeners", "Id")
    for call in calls:
        since = line.local(datetime.fromisoformat(call["since"]))
        where = [call[name] for name in ("queue", "room", "number") if call[name]]
        cells = (
            f"{since:%H:%M:%S}",
            " – ".join(_shown(name, call) for name in call["members"]),
            ", ".join(where),
            ", ".join(call["listeners"]),
            call["id"],
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _shown(name: str, call: dict[str, Any]) -> str:
    if name in call["holding"]:
        return f"{name} (holds)"
    return name if call["talking"] else f"{name} (waits)"
