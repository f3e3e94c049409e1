"""``sipagent queues``: callers who wait in order, and the members who are rung for them."""

import contextlib
import re
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.console import Group
from rich.live import Live as RichLive
from rich.table import Table
from rich.text import Text

from sipagent import times
from sipagent.cli import exchange_entries as entries
from sipagent.cli.exchange_entries import JSON
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.errors import DataError, SetupError
from sipagent.exchange import editing
from sipagent.exchange.difference import shown
from sipagent.exchange.queues import callbacks, logins
from sipagent.exchange.queues.model import Queue, QueueMember
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.queues.why import why
from sipagent.exchange.reading import load
from sipagent.exchange.values import Ref

#: ``102/2/english,german``: who, the tier, and skills.
_MEMBER = re.compile(r"(?P<who>.+?)(?:/(?P<tier>[1-9])(?:/(?P<skills>.+))?)?")

#: Who has somebody taken out, as records show it.
_BY = "command"

app = entries.group(
    "queues",
    "Queues: callers wait in order, and members are rung for them.",
    {"Number": "number", "Name": "name", "Strategy": "strategy", "Members": "members"},
)

Members = Annotated[
    list[str] | None,
    typer.Option(
        "--member",
        help="WHO, WHO/TIER or WHO/TIER/SKILL,SKILL; WHO is an internal number, a short code, "
        "user:NAME or outside:NAME; once for each, in order.",
    ),
]
Strategy = Annotated[
    str | None, typer.Option(help="all, in-order, random, longest-idle or fewest-calls.")
]
Leads = Annotated[
    list[str] | None,
    typer.Option(
        "--lead",
        help="OCCASION=WHERE, where OCCASION is too-long, too-many, nobody or left; once for each.",
    ),
]
Greeting = Annotated[str | None, typer.Option(help="Announcement that is heard first.")]
Music = Annotated[str | None, typer.Option(help="Announcement that is heard again and again.")]
Between = Annotated[
    list[str] | None,
    typer.Option("--between", help="Announcement after a place, in turn; once for each."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Any other setting, such as wrap_up=30 (docs/queues.md); once for each."
    ),
]
Name = Annotated[str, typer.Argument(metavar="QUEUE", help="Name or internal number.")]
Member = Annotated[
    str, typer.Argument(metavar="MEMBER", help="Internal number, short code, or user:NAME.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Serwis.")],
    *,
    number: Annotated[str, typer.Option(help="Internal number, 2 to 6 digits.")],
    member: Members = None,
    strategy: Strategy = None,
    lead: Leads = None,
    greeting: Greeting = None,
    music: Music = None,
    between: Between = None,
    setting: Settings = None,
    config: ConfigFile = None,
) -> None:
    """Add a queue."""
    given = {
        "name": name, "number": number, "strategy": strategy,
        "greeting": greeting, "music": music, "between": between,
    }  # fmt: skip
    entries.added("queues", {**given, **_more(member, lead, setting, config)}, config)


@app.command()
def edit(
    name: Name,
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    number: Annotated[str | None, typer.Option(help="New internal number.")] = None,
    member: Members = None,
    strategy: Strategy = None,
    lead: Leads = None,
    greeting: Greeting = None,
    music: Music = None,
    between: Between = None,
    setting: Settings = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a queue; members and leads replace all that there were."""
    given = {
        "name": rename, "number": number, "strategy": strategy,
        "greeting": greeting, "music": music, "between": between,
    }  # fmt: skip
    more = _more(member, lead, setting, config)
    entries.edited("queues", name, {**given, **more}, config, seen)


@app.command()
def members(name: Name, as_json: JSON = False, config: ConfigFile = None) -> None:
    """List who is rung for a queue: who is logged in, and who pauses."""
    with _read(settings_of(config)) as db:
        there = load(db).exchange
        queue = editing.existing(there, "queues", name)
        assert isinstance(queue, Queue)
        known = logins.load(db)
    logged = known.of(queue)
    listed = {Ref.of(one.who): one for one in queue.members}
    rows = [
        _of_member(one, listed.get(one), logged, known) for one in dict.fromkeys([*listed, *logged])
    ]
    if as_json:
        entries.print_json(rows)
        return
    table = Table("Member", "Tier", "Skills", "Logged in", "Pause")
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row.values()))
    Terminal().print(table)


@app.command()
def login(name: Name, member: Member, config: ConfigFile = None) -> None:
    """Log somebody in: they are rung for the queue until they log out."""
    _logged(name, member, True, config)


@app.command()
def logout(name: Name, member: Member, config: ConfigFile = None) -> None:
    """Log somebody out."""
    _logged(name, member, False, config)


@app.command()
def pause(
    member: Member,
    reason: Annotated[str, typer.Option(help="Such as lunch.")] = "",
    config: ConfigFile = None,
) -> None:
    """Let somebody take no calls of any queue for a while."""
    who = _change(lambda db: logins.pause(db, member, reason), config)
    typer.echo(f"{who} pauses")


@app.command()
def resume(member: Member, config: ConfigFile = None) -> None:
    """Let somebody take calls again: a pause ends, and so does the time after a call."""
    who = _change(lambda db: logins.resume(db, member), config)
    with contextlib.suppress(SetupError):  # no line runs
        ask(settings_of(config), "queues.ready", member=str(who))
    typer.echo(f"{who} takes calls")


@app.command("take-out")
def take_out(
    waiting: Annotated[int, typer.Argument(metavar="NUMBER", help="As queues live shows it.")],
    to: Annotated[
        str,
        typer.Option(help="Where they go on; without it where the queue leads those who leave it."),
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Let somebody who waits go on elsewhere, or call one back no more."""
    taken = ask(settings_of(config), "queues.take-out", id=waiting, to=to, by=_BY)
    typer.echo(f"Taken out: {waiting}{taken['to'] and ', to '}{taken['to']}")


@app.command()
def live(
    name: Annotated[str, typer.Argument(metavar="QUEUE", help="Name; without it: all.")] = "",
    *,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and not again.")] = False,
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    """Show who waits and what members do, every second until Ctrl+C."""
    settings = settings_of(config)
    if as_json:
        entries.print_json(ask(settings, "queues.live", queue=name))
        return
    first = _shown_live(ask(settings, "queues.live", queue=name))
    if once:
        Terminal().print(first)
        return
    with RichLive(first, console=Terminal(), auto_refresh=False) as screen:
        while True:
            time.sleep(1)
            screen.update(_shown_live(ask(settings, "queues.live", queue=name)), refresh=True)


@app.command("why")
def tell_why(
    name: Name,
    member: Member,
    at: Annotated[
        datetime,
        typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%S"], help="Local time, to the second."),
    ],
    config: ConfigFile = None,
) -> None:
    """Tell why a member was not rung at a moment."""
    settings = settings_of(config)
    zone = settings.line.zone
    with _read(settings) as db:
        there = load(db).exchange
        queue = editing.existing(there, "queues", name)
        who = Ref.of(editing.meant(there, member))
        moment = at.replace(tzinfo=zone)
        for sentence in why(
            db, queue.key, who, moment, lambda text: f"{times.in_zone(text, zone):%H:%M:%S}"
        ):
            typer.echo(sentence)


@app.command("callbacks")
def list_callbacks(
    remove: Annotated[
        int | None, typer.Option("--remove", help="Number of one who is not to be called back.")
    ] = None,
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    """List who is still to be called back."""
    settings = settings_of(config)
    with _read(settings) as db:
        if remove is not None:
            if not callbacks.give_up(db, remove, datetime.now(UTC)):
                raise DataError(f"there is no callback {remove}")
            typer.echo(f"Removed callback {remove}")
            return
        found = callbacks.load(db)
    if as_json:
        entries.print_json([_of_callback(one) for one in found])
        return
    table = Table("Id", "Queue", "Number", "Since", "Tried", "Next")
    for one in found:
        since, following = (
            f"{settings.line.local(when):%Y-%m-%d %H:%M}" for when in (one.arrived, one.next)
        )
        row = (str(one.id), one.queue, one.number, since, str(one.tried), following)
        table.add_row(*map(Text, row))
    Terminal().print(table)


def _of_callback(one: callbacks.Callback) -> dict[str, Any]:
    return {**asdict(one), "arrived": times.stored(one.arrived), "next": times.stored(one.next)}


def _shown_live(found: list[dict[str, Any]]) -> Group:
    """Return the live view of queues."""
    tables = []
    for one in found:
        waiting = Table(
            "Place", "No.", "Caller", "Waits", "Rings", title=f"{one['queue']}: who waits"
        )
        for each in one["waiting"]:
            caller = each["caller"] + (" (callback)" if each["callback"] else "")
            waits = str(timedelta(seconds=each["seconds"]))
            place, number = str(each["place"]), str(each["id"])
            row = (place, number, caller, waits, ", ".join(each["rings"]))
            waiting.add_row(*map(Text, row))
        members = Table("Member", "Does", "For", title=f"{one['queue']}: members")
        for each in one["members"]:
            members.add_row(*map(Text, (each["member"], each["state"], each["queue"])))
        tables += [waiting, members]
    return Group(*tables)


def _of_member(
    who: Ref, listed: QueueMember | None, logged: Collection[Ref], known: logins.Logins
) -> dict[str, Any]:
    """Return how a member stands."""
    return {
        "member": str(who),
        "tier": listed.tier if listed is not None else 1,
        "skills": list(listed.skills) if listed is not None else [],
        "there": who in logged,
        "paused": known.pauses.get(who),
    }


def _logged(name: str, member: str, there: bool, config: Path | None) -> None:
    queue, who = _change(lambda db: logins.log_in(db, name, member, there=there), config)
    typer.echo(f"{who} is logged {'into' if there else 'out of'} queue {queue.name}")


def _change(change: Callable[[sqlite_utils.Database], Any], config: Path | None) -> Any:
    with _read(settings_of(config)) as db:
        return change(db)


def _read(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    return opened(settings.paths.database, "queues of an exchange", queues)


def _more(
    member: list[str] | None, lead: list[str] | None, setting: list[str] | None, config: Path | None
) -> dict[str, Any]:
    """Return what is given by options that are written in a form of their own."""
    leads = entries.pairs(lead, "--lead")
    more: dict[str, Any] = dict(entries.pairs(setting, "--set") or {})
    if unknown := more.keys() - Queue.model_fields.keys():
        raise DataError(f"--set: there is no setting {', '.join(sorted(unknown))}")
    if "tells" in more:
        more["tells"] = entries.words(more["tells"])
    if member:
        more["members"] = [_member(one, config) for one in member]
    if leads is not None:
        where = entries.refs(leads.values(), config)
        more["leads"] = dict(zip(leads, where, strict=True))
    return more


def _member(text: str, config: Path | None) -> dict[str, Any]:
    found = _MEMBER.fullmatch(text)
    assert found is not None
    (who,) = entries.refs([found["who"]], config)
    return {
        "who": who,
        "tier": found["tier"] or 1,
        "skills": entries.words(found["skills"]) or (),
    }
