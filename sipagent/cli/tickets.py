"""``sipagent tickets``: what owners have asked for, and what they were answered."""

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
from sipagent.domains import composed
from sipagent.infoline import answering
from sipagent.infoline.tickets import State, Ticket, Tickets, tickets
from sipagent.infoline.writing.letters import Letters
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Data, Single
from sipagent.text import printable

app = typer.Typer(help="Tickets: what owners have asked for.", no_args_is_help=True)

#: Columns of a terminal that has room for names of owners and estates.
_WIDE = 120
_TIME = "%Y-%m-%d %H:%M"
_JSON = typer.Option("--json", help="Print JSON.")
Number = Annotated[int, typer.Argument(help="The number that the caller has heard.")]


@app.command("list")
def list_tickets(
    *,
    state: Annotated[
        list[State] | None, typer.Option(help="May be given many times; default: all.")
    ] = None,
    owner: Annotated[str, typer.Option(help="Login of the owner.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List tickets, the latest first."""
    settings = settings_of(config)
    with _kept(settings) as data:
        listed = data.read(
            lambda db: Tickets(db).listed(states=state or (), owner=owner, limit=limit)
        )
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in listed], ensure_ascii=False, indent=2))
        return
    console = Terminal()
    console.print(_table(listed, settings.line, wide=console.width >= _WIDE))


@app.command()
def show(number: Number, config: ConfigFile = None) -> None:
    """Show a ticket with everything that belongs to it."""
    settings = settings_of(config)
    with _kept(settings) as data:
        ticket = data.read(lambda db: Tickets(db).find(number))
        notes = data.read(lambda db: Tickets(db).notes(number))
    request = ticket.request
    came_in = settings.line.local(ticket.created)
    lines = {
        "Ticket": f"{ticket.number}  {ticket.state}",
        "Owner": f"{request.owner_name}, login {request.owner}",
        "Premises": request.premises,
        "Estate": f"{request.estate} ({request.manager_name})",
        "Called": f"{came_in:{_TIME}} from {request.phone or 'a hidden number'}",
        "Call": request.call,
        "Recording": _recording(settings, ticket),
        "Words": _words(ticket),
    }
    for name, value in lines.items():
        typer.echo(f"{name:10} {value}")
    for note in notes:
        typer.echo(f"\n{settings.line.local(note.at):{_TIME}}  {note.author}\n{note.text}")


@app.command()
def reply(
    number: Number,
    text: Annotated[str, typer.Argument(help="What the owner is told.")],
    config: ConfigFile = None,
) -> None:
    """Answer a ticket: the owner gets an e-mail, if there is an address."""
    settings = settings_of(config)
    letters = Letters(Templates(composed().texts, settings.paths.templates))
    with _kept(settings) as data:
        outbox = Outbox(data, settings.paths.outbox, settings.mail)
        ticket = answering.answer(data, outbox, letters, number, text)
    if ticket.request.reply_to:
        typer.echo(f"Ticket {number} is answered; the e-mail is in the outbox.")
    else:
        typer.echo(f"Ticket {number} is answered; the owner has no e-mail address: please call.")


@app.command()
def close(
    number: Number,
    text: Annotated[str, typer.Option(help="Why; stays with the ticket.")] = "",
    config: ConfigFile = None,
) -> None:
    """Close a ticket."""
    with _kept(settings_of(config)) as data:
        answering.close(data, number, text)
    typer.echo(f"Ticket {number} is closed.")


@contextmanager
def _kept(settings: Config) -> Iterator[Data]:
    with opened(settings.paths.database, "tickets", tickets, messages) as db:
        yield Single(db)


def _table(listed: list[Ticket], line: LineSection, *, wide: bool) -> Table:
    """Return a line for each ticket; what does not fit is to be seen with ``show``."""
    headings = ("no.", "state", "since", "owner", *(("name", "estate") if wide else ()))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    table.add_column("what was said")
    for one in listed:
        request = one.request
        since = f"{line.local(one.created):{_TIME}}"
        who = (request.owner, *((request.owner_name, request.estate) if wide else ()))
        cells = (str(one.number), one.state.value, since, *who)
        words = Text(printable(_words(one)), no_wrap=True, overflow="ellipsis")
        table.add_row(*(Text(printable(cell)) for cell in cells), words)
    return table


def _words(ticket: Ticket) -> str:
    return ticket.transcript or f"({ticket.transcription})"


def _recording(settings: Config, ticket: Ticket) -> str:
    if not ticket.request.recording:
        return "deleted"
    return f"{settings.paths.recordings / ticket.request.recording} ({ticket.seconds:.1f} s)"
