"""``sipagent tickets``: what people have asked for, and what they were answered."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from sipagent import replies
from sipagent.cli.settings import ConfigFile, opened, operator, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config, LineSection
from sipagent.hours import Hours
from sipagent.infoline.managing import office
from sipagent.infoline.schema import infoline
from sipagent.store.data import Data, Single
from sipagent.text import printable
from sipagent.tickets import times
from sipagent.tickets.answering import Sent
from sipagent.tickets.letters import words_of
from sipagent.tickets.model import (
    Asker,
    AskerKind,
    Change,
    Entry,
    Filter,
    Importance,
    Status,
    Ticket,
    Way,
)
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.told import ticket_told

app = typer.Typer(help="Tickets: what people have asked for.", no_args_is_help=True)

#: Columns of a terminal that has room for names and what it is about.
_WIDE = 120
_TIME = "%Y-%m-%d %H:%M"
_JSON = typer.Option("--json", help="Print JSON.")
_SENT = {
    Sent.MAIL: "the e-mail is in the outbox.",
    Sent.TEXT: "the text is in the outbox.",
    Sent.THERE: "it is read where it was asked.",
    Sent.NOT: "there is neither an address nor a mobile: please call.",
}
Number = Annotated[int, typer.Argument(help="The number of the ticket.")]
_Day = datetime | None
_DAY = ["%Y-%m-%d"]


@app.command("list")
def list_tickets(
    words: Annotated[
        str, typer.Argument(help="Words in subject, asker, text, transcript or notes.")
    ] = "",
    *,
    status: Annotated[
        list[Status] | None, typer.Option(help="May be given many times; default: all.")
    ] = None,
    importance: Annotated[
        list[Importance] | None, typer.Option(help="May be given many times; default: all.")
    ] = None,
    way: Annotated[
        list[Way] | None, typer.Option(help="How they came; may be given many times.")
    ] = None,
    assignee: Annotated[str | None, typer.Option(help="Login; empty: those of nobody.")] = None,
    owner: Annotated[str, typer.Option(help="Login of the owner.")] = "",
    asker: Annotated[
        str, typer.Option(help="Words in name, login, address or premises of who has asked.")
    ] = "",
    manager: Annotated[str, typer.Option(help="Code of the manager whose owners ask.")] = "",
    subject: Annotated[str, typer.Option(help="Words in the subject.")] = "",
    since: Annotated[_Day, typer.Option(formats=_DAY, help="Made on this day or later.")] = None,
    until: Annotated[_Day, typer.Option(formats=_DAY, help="Made before this day.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List tickets, the latest first."""
    settings = settings_of(config)
    zone = settings.line.zone
    wanted = Filter(
        statuses=status or (),
        importances=importance or (),
        ways=way or (),
        assignee=assignee,
        asker=(AskerKind.OWNER, owner) if owner else None,
        who=asker,
        manager=_manager(settings, manager),
        since=since and since.replace(tzinfo=zone),
        until=until and until.replace(tzinfo=zone),
        subject=subject,
        words=words,
        limit=limit,
    )
    with _kept(settings) as data:
        listed = data.read(lambda db: Tickets(db).listed(wanted))
        if as_json:
            told = [ticket_told(one, _thread(data, one.number)) for one in listed]
            shown = [one.model_dump(mode="json") for one in told]
            typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
            return
    console = Terminal()
    console.print(_table(listed, settings.line, wide=console.width >= _WIDE))


@app.command()
def show(number: Number, config: ConfigFile = None) -> None:
    """Show a ticket with everything that belongs to it."""
    settings = settings_of(config)
    with _kept(settings) as data:
        ticket = data.read(lambda db: Tickets(db).find(number))
        changes = data.read(lambda db: Tickets(db).changes(number))
        thread = _thread(data, number)
    asker, local = ticket.asker, settings.line.local
    taken = times.taken(ticket, Hours.parse(settings.helpdesk.hours), settings.line.zone)
    lines = {
        "Ticket": f"{ticket.number}  {ticket.status}, {ticket.importance}",
        "Subject": ticket.subject,
        "Asker": ", ".join(filter(None, (asker.name, f"{asker.kind} {asker.ref}".strip()))),
        "Reached": ", ".join(filter(None, (asker.email, asker.phone))) or "not known",
        "About": asker.about,
        "Came": f"{local(ticket.created):{_TIME}} by {ticket.way}",
        "Call": ticket.call,
        "Assignee": ticket.assignee or "nobody",
        "Answered": "not yet" if taken.first_answer is None else f"after {taken.first_answer}",
        "Solved": "not yet" if taken.solution is None else f"after {taken.solution}",
    }
    for name, value in lines.items():
        if value:
            typer.echo(f"{name:9} {printable(value)}")
    for moment, text in _told(settings, thread, changes):
        typer.echo(f"\n{local(moment):{_TIME}}  {text}")


@app.command()
def new(
    subject: Annotated[str, typer.Argument(help="What it is about, in a line.")],
    text: Annotated[str, typer.Argument(help="The words.")],
    *,
    name: Annotated[str, typer.Option(help="Who asks.")],
    email: Annotated[str, typer.Option(help="Where answers go.")] = "",
    phone: Annotated[str, typer.Option(help="E.164.")] = "",
    language: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    importance: Importance = Importance.NORMAL,
    config: ConfigFile = None,
) -> None:
    """Open a ticket for somebody who has told you."""
    asker = Asker(AskerKind.VISITOR, email, name, phone=phone, email=email, language=language)
    with _kept(settings_of(config)) as data:
        number = data.write(
            lambda db: Tickets(db).open(asker, Way.PHONE, subject, text, importance=importance)
        )
    typer.echo(f"Ticket {number} is open.")


@app.command()
def reply(
    number: Number,
    text: Annotated[str, typer.Argument(help="What who has asked is told.")],
    solved: Annotated[bool, typer.Option("--solved", help="The ticket is solved by that.")] = False,
    config: ConfigFile = None,
) -> None:
    """Answer a ticket, by e-mail or text where that is known."""
    settings = settings_of(config)
    status = Status.SOLVED if solved else Status.WAITING
    with _kept(settings) as data:
        sent = replies.answers(settings, data).answer(number, operator(), text, status=status)
    typer.echo(f"Ticket {number} is answered; {_SENT[sent]}")


@app.command()
def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="What who has asked does not see.")],
    config: ConfigFile = None,
) -> None:
    """Add a note, which only those see who work on the ticket."""
    with _kept(settings_of(config)) as data:
        data.write(lambda db: Tickets(db).note(number, operator(), text))
    typer.echo(f"Ticket {number} has a note.")


@app.command()
def change(
    number: Number,
    *,
    status: Annotated[Status | None, typer.Option(help="Where it stands.")] = None,
    importance: Annotated[Importance | None, typer.Option(help="How soon.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Login; empty: nobody.")] = None,
    subject: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    config: ConfigFile = None,
) -> None:
    """Change a ticket; who has, and what was there before, is kept."""
    with _kept(settings_of(config)) as data:
        data.write(
            lambda db: Tickets(db).change(
                number,
                operator(),
                status=status,
                importance=importance,
                assignee=assignee,
                subject=subject,
            )
        )
    typer.echo(f"Ticket {number} is changed.")


@app.command()
def close(
    number: Number,
    text: Annotated[str, typer.Option(help="Why; stays with the ticket.")] = "",
    config: ConfigFile = None,
) -> None:
    """Close a ticket."""
    with _kept(settings_of(config)) as data:
        data.write(lambda db: Tickets(db).close(number, operator(), text))
    typer.echo(f"Ticket {number} is closed.")


@contextmanager
def _kept(settings: Config) -> Iterator[Data]:
    with opened(settings.paths.database, "tickets", *replies.TABLES) as db:
        yield Single(db)


def _manager(settings: Config, code: str) -> int | None:
    """Return the id of a manager; None where no code is given."""
    if not code:
        return None
    with opened(settings.paths.database, "managers", infoline) as db:
        return office(db, code).manager.id


def _thread(data: Data, number: int) -> list[Entry]:
    return data.read(lambda db: Tickets(db).thread(number))


def _told(settings: Config, thread: list[Entry], changes: list[Change]) -> list[tuple[str, str]]:
    """Return what was said and changed, as moments and texts, in order."""
    found = [
        (one.at, f"{one.kind} by {printable(one.who)}\n{_said(settings, one)}") for one in thread
    ]
    found += [
        (
            one.at,
            printable(
                f"{one.who}: {one.field} {one.before or '(none)'} -> {one.after or '(none)'}"
            ),
        )
        for one in changes
    ]
    return sorted(found, key=lambda one: one[0])


def _said(settings: Config, entry: Entry) -> str:
    lines = [words_of(entry)]
    if (voice := entry.voice) is not None:
        lines[0] = lines[0] or f"({voice.transcription})"
        folder = settings.paths.recordings
        where = folder / voice.recording if voice.recording else "deleted"
        lines.append(f"Recording: {where} ({voice.seconds:.1f} s)")
    lines += [f"File: {one.name} ({one.size} bytes)" for one in entry.files]
    return "\n".join(printable(line) for text in lines for line in text.splitlines())


def _table(listed: list[Ticket], line: LineSection, *, wide: bool) -> Table:
    """Return a line for each ticket; what does not fit is to be seen with ``show``."""
    headings = ("no.", "status", "since", "asker", *(("name", "about") if wide else ()))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        # What a dwelling is called is long, and must not take the place of the number.
        table.add_column(heading, no_wrap=True, max_width=30 if heading == "about" else None)
    table.add_column("what it says")
    for one in listed:
        asker = one.asker
        since = f"{line.local(one.created):{_TIME}}"
        who = (asker.ref or asker.name, *((asker.name, asker.about) if wide else ()))
        cells = (str(one.number), one.status.value, since, *who)
        heading = Text(printable(one.heading or "(spoken)"), no_wrap=True, overflow="ellipsis")
        table.add_row(*(Text(printable(cell)) for cell in cells), heading)
    return table
