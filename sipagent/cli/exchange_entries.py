"""What the commands of all kinds of the exchange have in common: list, show, remove; writing.

``users.py`` and the others add what is particular to their kind.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.difference import shown
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rules import users_of
from sipagent.exchange.schema import exchange
from sipagent.store.database import explained, open_database

JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Seen = Annotated[
    int | None,
    typer.Option("--seen", help="The version that you looked at: refuse where it is another one."),
]
#: What an entry says beside its fields, such as the phones of a user.
Beside = Callable[[Stored, Entry, Config], Mapping[str, Any]]
#: Finds the entries of a kind that somebody means by what they have typed.
Find = Callable[[str, Stored, str], Sequence[Entry]]


def nothing_beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    """Say nothing more."""
    return {}


def one_of(kind: str, stored: Stored, key: str) -> Sequence[Entry]:
    """Return the entry that has a key or a number."""
    return [editing.existing(stored.exchange, kind, key)]


def group(
    kind: str,
    text: str,
    columns: Mapping[str, str],
    *,
    beside: Beside = nothing_beside,
    find: Find = one_of,
) -> typer.Typer:
    """Return the commands that each kind has: list, show and remove.

    Args:
        kind: a field of ``exchange.model.Exchange``.
        text: what the group is for.
        columns: heading of the list → field.
        beside: what ``show`` and ``--json`` say more.
        find: what ``show`` shows.
    """
    app = typer.Typer(help=text, no_args_is_help=True)

    @app.command("list", help="List them.")
    def list_entries(as_json: JSON = False, config: ConfigFile = None) -> None:
        settings = settings_of(config)
        with read(settings) as db:
            stored = load(db)
        found = stored.exchange.entries(kind)
        if as_json:
            print_json([_told(kind, stored, one, settings, beside) for one in found])
            return
        table = Table(*columns)
        for one in found:
            fields = {**one.told(), **beside(stored, one, settings)}
            table.add_row(*(Text(shown(fields[name])) for name in columns.values()))
        Terminal().print(table)

    @app.command(help="Show one, and who names it.")
    def show(
        key: Annotated[str, typer.Argument(metavar="NAME", help="Its name, or its number.")],
        as_json: JSON = False,
        config: ConfigFile = None,
    ) -> None:
        settings = settings_of(config)
        with read(settings) as db:
            stored = load(db)
        told = [_told(kind, stored, one, settings, beside) for one in find(kind, stored, key)]
        if as_json:
            print_json(told[0] if find is one_of else told)
            return
        for at, fields in enumerate(told):
            if at:
                typer.echo()
            for name, value in fields.items():
                typer.echo(f"{name.replace('_', ' ')}: {shown(value)}")

    @app.command(help="Remove one; refused while calls are led to it.")
    def remove(
        key: Annotated[str, typer.Argument(metavar="NAME", help="Its name, or its number.")],
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        seen: Seen = None,
        config: ConfigFile = None,
    ) -> None:
        with read(settings_of(config)) as db:
            entry = editing.existing(load(db).exchange, kind, key)
            if not yes:
                typer.confirm(f"Remove {entry.what} {entry.key}?", abort=True)
            for gone in editing.remove(db, kind, entry.key, seen=seen):
                typer.echo(f"Removed {gone.kind}: {gone.key}")

    return app


def added(kind: str, fields: Mapping[str, Any], config: Path | None) -> Entry:
    """Add an entry with the fields that are given (None: as usual), and say so."""
    settings = settings_of(config)
    with written(settings) as db:
        entry = editing.add(db, kind, _given(fields), country=settings.line.country)
    typer.echo(f"Added {entry.what} {entry.key}")
    return entry


def edited(
    kind: str, key: str, fields: Mapping[str, Any], config: Path | None, seen: int | None
) -> Entry:
    """Change the fields of an entry that are given, and say so.

    Raises:
        DataError: none is given, or as ``editing.edit``.
    """
    changes = _given(fields)
    if not changes:
        raise DataError(f"nothing to change; see: sipagent {kind} edit --help")
    settings = settings_of(config)
    with read(settings) as db:
        country = settings.line.country
        entry = editing.edit(db, kind, key, changes, seen=seen, country=country)
    typer.echo(f"Changed {entry.what} {entry.key}")
    return entry


def read(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    """Open the database of a line that is there."""
    return opened(settings.paths.database, "entries of an exchange", exchange)


@contextmanager
def written(settings: Config) -> Iterator[sqlite_utils.Database]:
    """Open the database of a line, made where it is missing: an exchange begins with an entry."""
    path = settings.paths.database
    with explained(path), closing(open_database(path, [exchange])) as db:
        yield db


def refs(texts: Iterable[str], config: Path | None) -> list[str]:
    """Return whom people mean by internal numbers, short codes, or ``user:NAME`` and the like.

    Raises:
        DataError: nobody has one of the numbers.
    """
    with written(settings_of(config)) as db:
        there = load(db).exchange
    return [editing.meant(there, one) for one in texts]


def words(text: str | None) -> list[str] | None:
    """Return the parts of a list with commas; None where nothing is given."""
    return None if text is None else [one.strip() for one in text.split(",") if one.strip()]


def pairs(texts: list[str] | None, option: str) -> dict[str, str] | None:
    """Return ``NAME=VALUE`` options as a mapping; None where none is given.

    Raises:
        DataError: one has another form.
    """
    if texts is None:
        return None
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise DataError(f"{option}: {text!r} is not of the form NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def _told(
    kind: str, stored: Stored, entry: Entry, settings: Config, beside: Beside
) -> dict[str, Any]:
    named_by = [str(one) for one in users_of(stored.exchange, kind, entry.key)]
    version = stored.versions[kind, entry.key]
    more = beside(stored, entry, settings)
    return {**entry.told(), **more, "named_by": named_by, "version": version}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def print_json(value: object) -> None:
    """Print something as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
