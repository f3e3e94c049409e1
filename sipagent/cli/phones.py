"""``sipagent phones``: the SIP accounts of users, and what is typed into a softphone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import segno
import typer

from sipagent.cli import exchange_entries as entries
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange import accounts, editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored
from sipagent.exchange.softphone import Credentials, Server, linphone, server_of


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    return {"server": server_of(settings.sip).uri, "password": entry.has_secret}


def _of_account_or_user(kind: str, stored: Stored, text: str) -> Sequence[Entry]:
    there = stored.exchange
    if (phone := there.find(kind, text)) is not None:
        return [phone]
    user = editing.existing(there, "users", text)
    if not (found := [one for one in there.phones if one.user == user.key]):
        raise DataError(f"{user.key} has no phone; see: sipagent phones add --help")
    return found


app = entries.group(
    "phones",
    "Phones: SIP accounts of users.",
    {"Account": "account", "User": "user", "Label": "label", "Password": "password"},
    beside=_beside,
    find=_of_account_or_user,
)

Label = Annotated[str | None, typer.Option(help="What it is, such as 'Linphone on the mobile'.")]
ServerOption = Annotated[
    str | None,
    typer.Option(help="Name or address, and port, at which the phone reaches the line."),
]
Linphone = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write Linphone's provisioning file, too.")
]


@app.command()
def add(
    user: Annotated[str, typer.Argument(metavar="USER", help="Name or internal number.")],
    *,
    account: Annotated[
        str | None, typer.Option(help="Name of the account; without it such as 101-1.")
    ] = None,
    label: Label = None,
    server: ServerOption = None,
    linphone: Linphone = None,
    config: ConfigFile = None,
) -> None:
    """Give a user one more phone; prints what is typed into it, once."""
    settings = settings_of(config)
    with entries.read(settings) as db:
        told = accounts.give(
            db,
            user,
            settings.sip,
            account=account or "",
            label=label or "",
            server=_server(settings, server),
        )
    _tell(told, linphone)


@app.command()
def renew(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    *,
    server: ServerOption = None,
    linphone: Linphone = None,
    config: ConfigFile = None,
) -> None:
    """Give a phone another password; the one that it had does not count any more."""
    settings = settings_of(config)
    with entries.read(settings) as db:
        told = accounts.renew(db, account, settings.sip, server=_server(settings, server))
    _tell(told, linphone)


@app.command()
def edit(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT")],
    *,
    label: Label = None,
    user: Annotated[str | None, typer.Option(help="Whose phone it is from now on.")] = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change the label of a phone, or whose it is."""
    fields = {"label": label, "user": user}
    entries.edited("phones", account, fields, config, seen)


def _server(settings: Config, place: str | None) -> Server | None:
    return Server(place, server_of(settings.sip).transport) if place else None


def _tell(told: Credentials, file: Path | None) -> None:
    """Print the three values, and their code for a camera; write Linphone's file."""
    typer.echo(f"{told.shown}: type these into the softphone. The password is not shown again.\n")
    typer.echo(f"{told}\n")
    segno.make_qr(str(told), error="m").terminal(compact=True)
    if file is not None:
        write_file(file, linphone(told), private=True)
        typer.echo(f"For Linphone: {file}")
