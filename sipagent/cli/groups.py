"""``sipagent groups``: who rings together, or one after another."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.exchange_entries import Seen, added, edited, group, refs
from sipagent.cli.settings import ConfigFile

app = group(
    "groups",
    "Groups: users and outside numbers that ring for one number.",
    {"Number": "number", "Name": "name", "Order": "order", "Seconds": "seconds", "Who": "members"},
)

Members = Annotated[
    list[str] | None,
    typer.Option(
        "--member",
        help="Internal number, short code, user:NAME or outside:NAME; once for each, in order.",
    ),
]
Order = Annotated[str | None, typer.Option(help="in-turn, random or at-once.")]
Seconds = Annotated[int | None, typer.Option(help="How long each rings.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Biuro.")],
    *,
    number: Annotated[str, typer.Option(help="Internal number, 2 to 6 digits.")],
    member: Members = None,
    order: Order = None,
    seconds: Seconds = None,
    config: ConfigFile = None,
) -> None:
    """Add a group."""
    fields = {"name": name, "number": number, "order": order, "seconds": seconds}
    added("groups", {**fields, "members": refs(member or [], config)}, config)


@app.command()
def edit(
    name: Annotated[str, typer.Argument(metavar="GROUP", help="Name or internal number.")],
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    number: Annotated[str | None, typer.Option(help="New internal number.")] = None,
    member: Members = None,
    order: Order = None,
    seconds: Seconds = None,
    seen: Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a group; members replace all that there were."""
    fields = {"name": rename, "number": number, "order": order, "seconds": seconds}
    edited("groups", name, {**fields, "members": _members(member, config)}, config, seen)


def _members(given: list[str] | None, config: Path | None) -> list[str] | None:
    return refs(given, config) if given else None
