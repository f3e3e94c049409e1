"""``sipagent texts``: text messages that have come, and sending one."""

import json
import secrets
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text as Cell

from sipagent import times
from sipagent.cli.exchange_entries import JSON
from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.e164 import to_e164
from sipagent.errors import DataError, SetupError
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.texts.incoming import latest
from sipagent.texts.outgoing import Text, TextBox
from sipagent.texts.schema import texts

app = typer.Typer(help="Texts: those that have come, and sending one.", no_args_is_help=True)


@app.command("list", help="List those that have come, the latest first; see also: outbox list.")
def list_texts(
    limit: Annotated[int, typer.Option("-n", help="How many.")] = 20,
    as_json: JSON = False,
    config: ConfigFile = None,
) -> None:
    settings = settings_of(config)
    with opened(settings.paths.database, "texts", texts) as db:
        found = latest(db, limit)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("Text", "Came", "From", "To", "Dealt with")
    for one in found:
        at = f"{times.in_zone(one.at, settings.line.zone):%Y-%m-%d %H:%M:%S}"
        row = (str(one.id), at, one.sender, one.recipient, "yes" if one.done else "no")
        table.add_row(*map(Cell, row))
    Terminal().print(table)


@app.command()
def send(
    number: Annotated[str, typer.Argument(help="Such as 600100101.")],
    words: Annotated[str, typer.Argument(help="What is sent.")],
    config: ConfigFile = None,
) -> None:
    """Send a text through the gateway; a running line sends it within seconds."""
    settings = settings_of(config)
    try:
        to = to_e164(number, settings.line.country)
    except ValueError as error:
        raise DataError(str(error)) from None
    put(settings, to, words)


def put(settings: Config, to: str, words: str) -> None:
    """Have a text sent to a number (E.164), and say so.

    Raises:
        SetupError: there is no gateway.
    """
    if not settings.texts.url:
        raise SetupError("there is no texts.url: no text can be sent; see docs/texts.md")
    with opened(settings.paths.database, "texts", messages) as db:
        box = TextBox(Single(db), settings.paths.outbox, settings.texts)
        (key,) = box.put(Text(to, words, f"command-{secrets.token_hex(8)}", "command"))
    typer.echo(f"Message {key} to {to}; see: sipagent outbox show {key}")
