"""``sipagent rooms``: rooms in which many talk, and what goes on in them now."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlite_utils
import typer
from rich.table import Table

from sipagent import times
from sipagent.access.pins import generate
from sipagent.cli import exchange_entries as entries
from sipagent.cli.pin import typed_pin
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rooms import planning
from sipagent.exchange.rooms.invitations import Invitations
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role, set_pin
from sipagent.exchange.rooms.schema import rooms

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


@app.command()
def invite(
    room: ROOM,
    target: Annotated[
        str, typer.Argument(metavar="WHO", help="Internal number, short code, or a number outside.")
    ],
    *,
    at: Annotated[
        str | None, typer.Option(help="Day and time such as 2026-12-01 09:00; without it now.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="By whose clocks, such as Europe/London; the line's own.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="User whose rights and limits count for a number outside.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Have somebody called into a room, who presses 1 to come in."""
    settings = settings_of(config)
    with _invitations(settings) as db:
        one = planning.planned(db, settings, room, target, at=at, zone=zone, by=by)
    shown = times.in_zone(one.at, ZoneInfo(one.zone))
    typer.echo(f"Invitation {one.id}: {one.target} to {one.room}, {shown:%Y-%m-%d %H:%M}")


@app.command()
def planned(
    every: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    as_json: entries.JSON = False,
    config: ConfigFile = None,
) -> None:
    """Show who is to be called into a room, and when."""
    with _invitations(settings_of(config)) as db:
        found = Invitations(db).listed(over=every)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("No.", "When", "Room", "Who", "State")
    for one in found:
        shown = times.in_zone(one.at, ZoneInfo(one.zone))
        state = one.outcome or one.state.value
        table.add_row(str(one.id), f"{shown:%Y-%m-%d %H:%M}", one.room, one.target, state)
    Terminal().print(table)


@app.command()
def cancel(
    invitation: Annotated[int, typer.Argument(help="Number of a planned one.")],
    config: ConfigFile = None,
) -> None:
    """Take an invitation back."""
    with _invitations(settings_of(config)) as db:
        one = Invitations(db).cancel(invitation, datetime.now(UTC))
    typer.echo(f"Invitation {one.id}: taken back")


def _invitations(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    return opened(settings.paths.database, "rooms", rooms)


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
