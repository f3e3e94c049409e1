"""``sipagent queues``: callers who wait in order, and the members who are rung for them."""

import re
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli import exchange_entries as entries
from sipagent.cli.exchange_entries import JSON
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.difference import shown
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.model import Queue, QueueMember
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reading import load
from sipagent.exchange.values import Ref

#: ``102/2/english,german``: who, the tier, and skills.
_MEMBER = re.compile(r"(?P<who>.+?)(?:/(?P<tier>[1-9])(?:/(?P<skills>.+))?)?")

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
    """Let somebody take calls again."""
    who = _change(lambda db: logins.resume(db, member), config)
    typer.echo(f"{who} takes calls")


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
