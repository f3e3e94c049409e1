"""``sipagent outbox``: messages that wait, and those that are done."""

import email
import email.policy
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.messages.outbox import Outbox, State
from sipagent.messages.schema import messages
from sipagent.store.database import open_database

app = typer.Typer(help="Outbox: messages, and what became of them.", no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON.")


@app.command("list")
def list_messages(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List messages, the latest first."""
    with _opened(settings_of(config)) as box:
        entries = box.listed(state=state, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2))
        return
    table = Table("Id", "State", "Since", "To", "Subject", "Tries", "Why")
    for entry in entries:
        row = (str(entry.id), entry.state, entry.created[:19], entry.recipient, entry.subject)
        table.add_row(*(Text(cell) for cell in (*row, str(entry.attempts), entry.last_error)))
    Console().print(table)


@app.command()
def show(
    key: Annotated[int, typer.Argument(metavar="ID")],
    config: ConfigFile = None,
) -> None:
    """Show a message, its text, and its attachments."""
    with _opened(settings_of(config)) as box:
        entry = box.find(key)
        content = box.content(entry)
    typer.echo(f"{entry.state} after {entry.attempts} tries; next: {entry.next_attempt}")
    if entry.last_error:
        typer.echo(f"last error: {entry.last_error}")
    mail = email.message_from_bytes(content, policy=email.policy.default)
    for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID"):
        if mail[name]:
            typer.echo(f"{name}: {mail[name]}")
    body = mail.get_body(("plain",))
    typer.echo(f"\n{body.get_content() if body else ''}")
    for part in mail.iter_attachments():
        size = len(part.get_payload(decode=True) or b"")
        typer.echo(f"attachment: {part.get_filename()}, {part.get_content_type()}, {size} bytes")


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
    with closing(open_database(settings.paths.database, [messages])) as db:
        yield Outbox(db, settings.paths.outbox, settings.mail)
