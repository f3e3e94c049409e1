"""``sipagent outbox``: messages that wait, and those that are done."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config, LineSection
from sipagent.errors import DataError
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import Entry, State
from sipagent.messages.reading import read
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.text import printable

app = typer.Typer(help="Outbox: messages, and what became of them.", no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON.")
_TIME = "%Y-%m-%d %H:%M:%S"


@app.command("list")
def list_messages(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List messages, the latest first."""
    settings = settings_of(config)
    with _opened(settings) as box:
        entries = box.listed(state=state, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2))
        return
    Terminal().print(_table(entries, settings.line))


@app.command()
def show(
    key: Annotated[int, typer.Argument(metavar="ID")],
    config: ConfigFile = None,
) -> None:
    """Show a message, its text, and its attachments."""
    settings = settings_of(config)
    with _opened(settings) as box:
        entry = box.find(key)
        for line in _standing(entry, settings.line):
            typer.echo(printable(line))
        content = box.content(entry)
    for line in _letter(content):
        typer.echo(printable(line))


@app.command()
def retry(
    key: Annotated[int | None, typer.Argument(metavar="[ID]")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are not sent.")] = False,
    config: ConfigFile = None,
) -> None:
    """Have a message tried again now; a running daemon sees it within seconds."""
    if every == (key is not None):
        raise DataError("name one message, or all of them with --all")
    with _opened(settings_of(config)) as box:
        count = box.retry(None if key is None else [key])
    typer.echo(f"{count} to be tried again")


@contextmanager
def _opened(settings: Config) -> Iterator[Outbox]:
    with opened(settings.paths.database, "messages", messages) as db:
        yield Outbox(Single(db), settings.paths.outbox, settings.mail)


def _table(entries: list[Entry], line: LineSection) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("id", "state", "since", "to", "subject", "tries", "why"):
        table.add_column(heading, no_wrap=heading != "why")
    for entry in entries:
        cells = (
            str(entry.id),
            entry.state.value,
            f"{line.local(entry.created):{_TIME}}",
            entry.recipient,
            entry.subject,
            str(entry.attempts),
            entry.last_error,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _standing(entry: Entry, line: LineSection) -> Iterator[str]:
    """Yield how a message stands."""
    yield f"message     {entry.id}  {entry.kind}"
    tries = "1 try" if entry.attempts == 1 else f"{entry.attempts} tries"
    yield f"state       {entry.state.value}, {tries}"
    yield f"put in      {line.local(entry.created):{_TIME}}"
    if entry.done:
        yield f"done        {line.local(entry.done):{_TIME}}"
    if entry.state is State.WAITING:
        yield f"next try    {line.local(entry.next_attempt):{_TIME}}"
    for name in ("place", "last_error", "owner", "call"):
        if value := getattr(entry, name):
            yield f"{name.replace('_', ' '):12}{value}"


def _letter(content: bytes) -> Iterator[str]:
    """Yield what the recipient sees."""
    written = read(content)
    yield ""
    for name, value in written.headers:
        yield f"{name}: {value}"
    yield ""
    yield from written.text.splitlines()
    for one in written.attached:
        yield f"attachment: {one.name}, {one.type}, {one.size} bytes"
