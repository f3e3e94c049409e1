"""The command that gives an entry of the exchange its PIN."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.access.pins import generate
from sipagent.cli.exchange_entries import read
from sipagent.cli.pin import typed_pin
from sipagent.cli.settings import settings_of
from sipagent.exchange import editing
from sipagent.exchange.reading import load

Generated = Annotated[bool, typer.Option("--generate", help="Draw one by lot, and print it once.")]
TakeAway = Annotated[bool, typer.Option("--remove", help="Take it away.")]


def set_pin(kind: str, key: str, config: Path | None, *, generated: bool, take_away: bool) -> None:
    """Give an entry a PIN, or take it away, and say so.

    Args:
        kind: of entries that have one, such as ``boxes``.
        key: a name or a number.
        config: the file of settings.
        generated: whether it is drawn by lot; else it is asked for.
        take_away: whether there is none any more.
    """
    with read(settings_of(config)) as db:
        entry = editing.existing(load(db).exchange, kind, key)
        who = f"{entry.what.capitalize()} {entry.key}"
        if take_away:
            editing.set_pin(db, entry.key, "", kind=kind)
            typer.echo(f"{who}: no PIN any more")
            return
        login = getattr(entry, "number", "") or entry.key
        chosen = generate(login) if generated else typed_pin()
        editing.set_pin(db, entry.key, chosen, kind=kind)
        typer.echo(f"{who}: {f'PIN {chosen}' if generated else 'PIN set'}")
