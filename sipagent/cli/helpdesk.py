"""``sipagent helpdesk mail``: what waits in the mailbox, and what was cut from mails."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.domains import SENDERS, composed
from sipagent.errors import SetupError
from sipagent.helpdesk.mail.filing import Filing
from sipagent.helpdesk.mail.mails import Filed, Mailboxes, Mails, Outcome
from sipagent.helpdesk.mail.model import Mail
from sipagent.helpdesk.mail.source import Source
from sipagent.helpdesk.mail.staff import filing_of, source_of
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.text import printable

app = typer.Typer(help="The help desk.", no_args_is_help=True)
mail = typer.Typer(
    help="Requests that come as e-mail; see docs/help-desk.md.", no_args_is_help=True
)
app.add_typer(mail, name="mail")

_BECOMES = {
    Outcome.OPENED: "a new ticket",
    Outcome.REPLIED: "an entry of ticket {ticket}",
    Outcome.NOTED: "an event of ticket {ticket}",
    Outcome.IGNORED: "nothing: a program has written it",
    Outcome.HELD: "nothing: it is left to a person",
    Outcome.CONFIRMED: "nothing: it is our own",
}


@mail.command()
def check(config: ConfigFile = None) -> None:
    """Look into the mailbox, and say what would become of what waits; nothing is changed."""
    settings = settings_of(config)
    if not settings.helpdesk.mail.comes:
        raise SetupError(
            "no mail comes in: set helpdesk.mail.server or helpdesk.mail.maildir; see "
            "docs/help-desk.md"
        )
    with opened(settings.paths.database, "tickets", *composed().migrations, messages) as db:
        data = Single(db)
        source = source_of(settings.helpdesk.mail, Mailboxes(data, rehearsal=True))
        try:
            _tell(source, filing_of(settings, data, SENDERS))
        finally:
            source.close()


@mail.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the ticket.")],
    config: ConfigFile = None,
) -> None:
    """Show the mails of a ticket with what was cut from them: history and signatures."""
    settings = settings_of(config)
    with opened(settings.paths.database, "tickets", *composed().migrations) as db:
        mails = Mails(db).of_ticket(number)
    if not mails:
        typer.echo(f"No mail belongs to ticket {number}.")
    for one in mails:
        at = f"{settings.line.local(one.at):%Y-%m-%d %H:%M}"
        typer.echo(f"{at}  {one.outcome}  {printable(one.sender)}")
        for line in one.rest.splitlines():
            typer.echo(f"    {printable(line)}")


def _tell(source: Source, filing: Filing) -> None:
    table = Table("From", "Subject", "Would become", box=None, pad_edge=False)
    for one in source.arrived():
        understood, filed = filing.rehearse(one.content)
        cells = (*_described(understood), _becomes(filed))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    if table.row_count:
        Terminal().print(table)
    typer.echo(f"Mails that wait: {table.row_count}; nothing was changed.")


def _described(understood: Mail | None) -> tuple[str, str]:
    if understood is None:
        return "", "(cannot be read)"
    return understood.sender.address or understood.sender.name, understood.subject


def _becomes(filed: Filed) -> str:
    said = _BECOMES[filed.outcome].format(ticket=filed.ticket)
    return f"{said} (it was dealt with already)" if filed.again else said
