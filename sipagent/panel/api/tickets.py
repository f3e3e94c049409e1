"""Tickets: reading what people have asked for, opening, answering and changing them."""

from pydantic import Field
from starlette.responses import Response

from sipagent import replies
from sipagent.errors import DataError
from sipagent.panel.api.endpoint import Asked, Endpoint, Given, PageOf, Told, absent
from sipagent.panel.api.files import sent
from sipagent.panel.api.scopes import Scope
from sipagent.tickets.attachments import Attachments
from sipagent.tickets.model import Asker, AskerKind, Filter, Importance, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.told import TicketTold, ticket_told

_LONGEST = 10_000
#: Of a file that somebody has sent: programs read its type in the ticket.
_ANY = "application/octet-stream"


class WhichTickets(PageOf):
    """Which tickets; the latest come first."""

    status: Status | None = None
    importance: Importance | None = None
    way: Way | None = None
    assignee: str | None = Field(None, max_length=100, description="Login; empty: nobody's.")
    owner: str = Field("", max_length=12, description="Login.")
    words: str = Field("", max_length=200, description="In subject, asker, text or transcript.")
    after: str = Field("", pattern=r"^\d{0,9}$", description="`next` of the page before.")


class TicketsTold(Told):
    """A page of tickets, the latest first."""

    items: list[TicketTold]
    next: str | None = Field(description="`after` of the next page; null: this is the last one.")


class Opening(Given):
    """What somebody asks for, who is known by their address."""

    subject: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=_LONGEST)
    name: str = Field("", max_length=200)
    email: str = Field(max_length=254, pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    language: str = Field("pl", pattern="^(pl|en)$")
    importance: Importance = Importance.NORMAL


class Reply(Given):
    """What who has asked is told."""

    text: str = Field(min_length=1, max_length=_LONGEST)
    status: Status = Field(Status.WAITING, description="That it has from then on.")


class Noting(Given):
    """What only those see who work on it."""

    text: str = Field(min_length=1, max_length=_LONGEST)


class Changing(Given):
    """What is to be changed; what is left out stays."""

    subject: str | None = Field(None, max_length=200)
    status: Status | None = None
    importance: Importance | None = None
    assignee: str | None = Field(None, max_length=100)


class Closing(Given):
    """Why it is closed; stays with the ticket."""

    text: str = Field("", max_length=_LONGEST)


def _list_tickets(asked: Asked) -> TicketsTold:
    wanted = asked.query
    filtered = Filter(
        statuses=(wanted.status,) if wanted.status else (),
        importances=(wanted.importance,) if wanted.importance else (),
        ways=(wanted.way,) if wanted.way else (),
        assignee=wanted.assignee,
        asker=(AskerKind.OWNER, wanted.owner) if wanted.owner else None,
        words=wanted.words,
        manager=asked.token.manager,
        before=int(wanted.after) if wanted.after else None,
        limit=wanted.limit + 1,
    )
    found = asked.house.data.read(
        lambda db: [
            ticket_told(one, Tickets(db).thread(one.number)) for one in Tickets(db).listed(filtered)
        ]
    )
    items, more = found[: wanted.limit], len(found) > wanted.limit
    return TicketsTold(items=items, next=str(items[-1].number) if more else None)


def _show_ticket(asked: Asked) -> TicketTold:
    return _told(asked, _theirs(asked))


def _open_ticket(asked: Asked) -> TicketTold:
    given = asked.body
    asker = Asker(
        kind=AskerKind.MAIL,
        ref=given.email,
        name=given.name or given.email,
        email=given.email,
        language=given.language,
        manager=asked.token.manager,
    )
    number = asked.house.data.write(
        lambda db: Tickets(db).open(
            asker, Way.MAIL, given.subject, given.text, importance=given.importance
        ),
        durable=True,
    )
    return _told(asked, asked.house.data.read(lambda db: Tickets(db).find(number)))


def _answer_ticket(asked: Asked) -> TicketTold:
    house, ticket = asked.house, _theirs(asked)
    answers = replies.answers(house.config, house.data)
    answers.answer(ticket.number, _who(asked), asked.body.text, status=asked.body.status)
    return _show_ticket(asked)


def _note_ticket(asked: Asked) -> TicketTold:
    number = _theirs(asked).number
    asked.house.data.write(lambda db: Tickets(db).note(number, _who(asked), asked.body.text))
    return _show_ticket(asked)


def _change_ticket(asked: Asked) -> TicketTold:
    number, given = _theirs(asked).number, asked.body
    asked.house.data.write(
        lambda db: Tickets(db).change(
            number,
            _who(asked),
            subject=given.subject,
            status=given.status,
            importance=given.importance,
            assignee=given.assignee,
        )
    )
    return _show_ticket(asked)


def _close_ticket(asked: Asked) -> TicketTold:
    number, text = _theirs(asked).number, asked.body.text
    asked.house.data.write(lambda db: Tickets(db).close(number, _who(asked), text))
    return _show_ticket(asked)


def _hear_ticket(asked: Asked) -> Response:
    ticket = _theirs(asked)
    thread = asked.house.data.read(lambda db: Tickets(db).thread(ticket.number))
    name = thread[0].voice.recording if thread[0].voice else ""
    path = asked.house.config.paths.recordings / name
    if not name or not path.is_file():
        raise absent(f"recording of ticket {ticket.number}")
    return sent(path.read_bytes(), "audio/wav", f"ticket-{ticket.number}.wav")


def _fetch_file(asked: Asked) -> Response:
    ticket, wanted = _theirs(asked), asked.number("file")
    thread = asked.house.data.read(lambda db: Tickets(db).thread(ticket.number))
    found = (file for entry in thread for file in entry.files if file.id == wanted)
    file = next(found, None)
    path = Attachments.of(asked.house.config).content(file.file) if file is not None else None
    if path is None:
        raise absent(f"file {wanted} of ticket {ticket.number}")
    # What it was called stands in the ticket: nothing of that is in a header.
    return sent(path.read_bytes(), _ANY, f"ticket-{ticket.number}-{wanted}")


def _theirs(asked: Asked) -> Ticket:
    """Return the ticket that the path names, where the token is for it."""
    number, manager = asked.number("ticket"), asked.token.manager
    try:
        ticket = asked.house.data.read(lambda db: Tickets(db).find(number))
    except DataError:
        raise absent(f"ticket {number}") from None
    if manager not in (None, ticket.asker.manager):
        raise absent(f"ticket {number}")
    return ticket


def _told(asked: Asked, ticket: Ticket) -> TicketTold:
    thread = asked.house.data.read(lambda db: Tickets(db).thread(ticket.number))
    return ticket_told(ticket, thread)


def _who(asked: Asked) -> str:
    return f"token {asked.token.name}"


_ONE = "/tickets/{ticket}"

ENDPOINTS = (
    Endpoint(
        "GET", "/tickets", Scope.TICKETS_READ, _list_tickets, "List tickets.", TicketsTold,
        WhichTickets,
    ),
    Endpoint(
        "POST", "/tickets", Scope.TICKETS_WRITE, _open_ticket,
        "Open a ticket of somebody who is known by their address.", TicketTold, body=Opening,
    ),
    Endpoint("GET", _ONE, Scope.TICKETS_READ, _show_ticket, "Show a ticket.", TicketTold),
    Endpoint(
        "GET", f"{_ONE}/recording", Scope.TICKETS_READ, _hear_ticket,
        "Return what was dictated.", ("audio/wav",),
    ),
    Endpoint(
        "GET", f"{_ONE}/files/{{file}}", Scope.TICKETS_READ, _fetch_file,
        "Return a file that came with a ticket.", (_ANY,),
    ),
    Endpoint(
        "POST", f"{_ONE}/reply", Scope.TICKETS_WRITE, _answer_ticket,
        "Answer a ticket: who has asked gets an e-mail or a text, where that is known.",
        TicketTold, body=Reply,
    ),
    Endpoint(
        "POST", f"{_ONE}/note", Scope.TICKETS_WRITE, _note_ticket,
        "Add what who has asked does not see.", TicketTold, body=Noting,
    ),
    Endpoint(
        "POST", f"{_ONE}/change", Scope.TICKETS_WRITE, _change_ticket,
        "Change status, importance, assignee or subject.", TicketTold, body=Changing,
    ),
    Endpoint(
        "POST", f"{_ONE}/close", Scope.TICKETS_WRITE, _close_ticket, "Close a ticket.", TicketTold,
        body=Closing,
    ),
)  # fmt: skip
