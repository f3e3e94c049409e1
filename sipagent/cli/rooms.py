"""``sipagent rooms``: rooms in which many talk, and what goes on in them now."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sipagent.access.pins import generate
from sipagent.cli import exchange_entries as entries
from sipagent.cli.pin import typed_pin
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role, set_pin

#: Digits of a PIN that is drawn by lot.
_DIGITS = 6


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    assert isinstance(entry, Room)
    return {"pin": bool(entry.pin), "moderator_pin": bool(entry.moderator_pin)}


app = entries.group(
    "rooms",
    "Rooms: many talk there, and somebody leads the meeting.",
    {
        "Number": "number",
        "Name": "name",
        "People": "people",
        "PIN": "pin",
        "Moderators' PIN": "moderator_pin",
    },
    beside=_beside,
)

ROOM = Annotated[str, typer.Argument(metavar="ROOM", help="Name or internal number.")]
GUEST = Annotated[
    int | None, typer.Argument(help="Number of somebody in the live list; without it all.")
]
Greeting = Annotated[str | None, typer.Option(help="An announcement that greets who comes.")]
People = Annotated[int | None, typer.Option(help="How many may be in it, 2 to 200.")]
Tones = Annotated[bool | None, typer.Option(help="Whether a tone tells of who comes and goes.")]
Names = Annotated[bool | None, typer.Option(help="Whether names do, as people have said them.")]
Count = Annotated[bool | None, typer.Option(help="Whether who comes is told how many are there.")]
Wait = Annotated[bool | None, typer.Option(help="Whether all wait for a moderator.")]
Recorded = Annotated[
    bool | None, typer.Option("--record/--no-record", help="Whether it is recorded.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Narada.")],
    *,
    number: Annotated[str, typer.Option(help="* and 2 to 4 digits.")],
    greeting: Greeting = None,
    people: People = None,
    tones: Tones = None,
    names: Names = None,
    count: Count = None,
    wait: Wait = None,
    record: Recorded = None,
    config: ConfigFile = None,
) -> None:
    """Add a room."""
    settings = _fields(greeting, people, tones, names, count, wait, record)
    entries.added("rooms", {"name": name, "number": number, **settings}, config)


@app.command()
def edit(
    name: ROOM,
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    number: Annotated[str | None, typer.Option(help="New internal number.")] = None,
    greeting: Greeting = None,
    people: People = None,
    tones: Tones = None,
    names: Names = None,
    count: Count = None,
    wait: Wait = None,
    record: Recorded = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a room; a meeting that goes on goes on as it began."""
    settings = _fields(greeting, people, tones, names, count, wait, record)
    entries.edited("rooms", name, {"name": rename, "number": number, **settings}, config, seen)


@app.command()
def pin(
    name: ROOM,
    *,
    moderator: Annotated[
        bool, typer.Option("--moderator", help="That of who leads the meeting.")
    ] = False,
    generated: Annotated[
        bool, typer.Option("--generate", help="Draw one by lot, and print it once.")
    ] = False,
    take_away: Annotated[bool, typer.Option("--remove", help="Take it away.")] = False,
    config: ConfigFile = None,
) -> None:
    """Give a room a PIN of 4 to 8 digits; it is asked for, unseen."""
    role = Role.MODERATOR if moderator else Role.GUEST
    with entries.read(settings_of(config)) as db:
        room = editing.existing(load(db).exchange, "rooms", name)
        assert isinstance(room, Room)
        if take_away:
            set_pin(db, room.name, role, "")
            typer.echo(f"Room {room.name}: no such PIN any more")
            return
        chosen = generate(room.number, _DIGITS) if generated else typed_pin()
        set_pin(db, room.name, role, chosen)
        typer.echo(f"Room {room.name}: {f'PIN {chosen}' if generated else 'PIN set'}")


@app.command()
def live(as_json: entries.JSON = False, config: ConfigFile = None) -> None:
    """Show who is in which room, since when, and who speaks."""
    settings = settings_of(config)
    found = ask(settings, "rooms.live")
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    _show(found, settings)


@app.command()
def mute(room: ROOM, guest: GUEST = None, config: ConfigFile = None) -> None:
    """Let nobody hear somebody, or all but moderators; only a moderator takes it back."""
    _lead(config, "rooms.mute", room=room, guest=guest)


@app.command()
def unmute(room: ROOM, guest: GUEST = None, config: ConfigFile = None) -> None:
    """Let everybody hear somebody, or all, again."""
    _lead(config, "rooms.unmute", room=room, guest=guest)


@app.command()
def lock(room: ROOM, config: ConfigFile = None) -> None:
    """Let nobody in any more but moderators."""
    _lead(config, "rooms.lock", room=room)


@app.command()
def unlock(room: ROOM, config: ConfigFile = None) -> None:
    """Let people in again."""
    _lead(config, "rooms.unlock", room=room)


@app.command()
def drop(
    room: ROOM,
    guest: Annotated[int, typer.Argument(help="Number of somebody in the live list.")],
    config: ConfigFile = None,
) -> None:
    """Let somebody go, who stays out until the meeting is over."""
    _lead(config, "rooms.drop", room=room, guest=guest)


@app.command()
def end(room: ROOM, config: ConfigFile = None) -> None:
    """End a meeting."""
    _lead(config, "rooms.end", room=room)


def _lead(config: Path | None, do: str, **wanted: object) -> None:
    settings = settings_of(config)
    _show([ask(settings, do, **wanted)], settings)


def _show(found: list[dict[str, Any]], settings: Config) -> None:
    terminal = Terminal()
    if not found:
        terminal.print("Nobody is in a room.")
    for room in found:
        marks = [word for word in ("locked", "muted", "recorded") if room[word]]
        table = Table("No.", "Who", "Since", "Here", title=", ".join([room["room"], *marks]))
        for one in room["guests"]:
            since = settings.line.local(datetime.fromisoformat(one["since"]))
            flags = [word for word in ("moderator", "muted", "speaks") if one[word]]
            here = ", ".join([one["place"], *flags])
            table.add_row(str(one["guest"]), one["shown"], f"{since:%H:%M:%S}", here)
        terminal.print(table)


def _fields(
    greeting: str | None,
    people: int | None,
    tones: bool | None,
    names: bool | None,
    count: bool | None,
    wait: bool | None,
    record: bool | None,
) -> dict[str, Any]:
    return {
        "greeting": greeting,
        "people": people,
        "tones": tones,
        "names": names,
        "count": count,
        "wait": wait,
        "record": record,
    }
