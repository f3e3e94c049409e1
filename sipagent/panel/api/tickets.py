"""Tickets: reading what owners have asked for, answering and closing."""

from pydantic import Field
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.infoline import answering
from sipagent.infoline.documents import TicketTold, ticket_told
from sipagent.infoline.tickets import State, Ticket, Tickets
from sipagent.panel.api.endpoint import Asked, Endpoint, Given, PageOf, Told, absent
from sipagent.panel.api.files import sound
from sipagent.panel.api.scopes import Scope
from sipagent.panel.mailing import letters_of, outbox_of


class WhichTickets(PageOf):
    """Which tickets; the latest come first."""

    state: State | None = None
    owner: str = Field("", max_length=12, description="Login.")
    after: str = Field("", pattern=r"^\d{0,9}$", description="`next` of the page before.")


class TicketsTold(Told):
    """A page of tickets, the latest first."""

    items: list[TicketTold]
    next: str | None = Field(description="`after` of the next page; null: this is the last one.")


class Reply(Given):
    """What the owner is told by e-mail."""

    text: str = Field(min_length=1, max_length=10_000)


class Closing(Given):
    """Why it is closed; stays with the ticket."""

    text: str = Field("", max_length=10_000)


def _list_tickets(asked: Asked) -> TicketsTold:
    wanted = asked.query
    found = asked.house.data.read(
        lambda db: [
            ticket_told(one, Tickets(db).notes(one.number or 0))
            for one in Tickets(db).listed(
                states=(wanted.state,) if wanted.state else (),
                owner=wanted.owner,
                manager=asked.token.manager,
                before=int(wanted.after) if wanted.after else None,
                limit=wanted.limit + 1,
            )
        ]
    )
    items, more = found[: wanted.limit], len(found) > wanted.limit
    return TicketsTold(items=items, next=str(items[-1].number) if more else None)


def _show_ticket(asked: Asked) -> TicketTold:
    return _told(asked, _theirs(asked))


def _answer_ticket(asked: Asked) -> TicketTold:
    house, ticket = asked.house, _theirs(asked)
    number, outbox, letters = ticket.number or 0, outbox_of(house), letters_of(house)
    return _told(asked, answering.answer(house.data, outbox, letters, number, asked.body.text))


def _close_ticket(asked: Asked) -> TicketTold:
    number = _theirs(asked).number or 0
    return _told(asked, answering.close(asked.house.data, number, asked.body.text))


def _hear_ticket(asked: Asked) -> Response:
    ticket = _theirs(asked)
    name = ticket.request.recording
    path = asked.house.config.paths.recordings / name
    if not name or not path.is_file():
        raise absent(f"recording of ticket {ticket.number}")
    return sound(path.read_bytes(), "audio/wav", f"ticket-{ticket.number}.wav")


def _theirs(asked: Asked) -> Ticket:
    """Return the ticket that the path names, where the token is for it."""
    number, manager = asked.number("ticket"), asked.token.manager
    try:
        ticket = asked.house.data.read(lambda db: Tickets(db).find(number))
    except DataError:
        raise absent(f"ticket {number}") from None
    if manager not in (None, ticket.request.manager):
        raise absent(f"ticket {number}")
    return ticket


def _told(asked: Asked, ticket: Ticket) -> TicketTold:
    notes = asked.house.data.read(lambda db: Tickets(db).notes(ticket.number or 0))
    return ticket_told(ticket, notes)


_ONE = "/tickets/{ticket}"

ENDPOINTS = (
    Endpoint(
        "GET", "/tickets", Scope.TICKETS_READ, _list_tickets, "List tickets.", TicketsTold,
        WhichTickets,
    ),
    Endpoint("GET", _ONE, Scope.TICKETS_READ, _show_ticket, "Show a ticket.", TicketTold),
    Endpoint(
        "GET", f"{_ONE}/recording", Scope.TICKETS_READ, _hear_ticket,
        "Return what was dictated.", ("audio/wav",),
    ),
    Endpoint(
        "POST", f"{_ONE}/reply", Scope.TICKETS_WRITE, _answer_ticket,
        "Answer a ticket: the owner gets an e-mail, where there is an address.", TicketTold,
        body=Reply,
    ),
    Endpoint(
        "POST", f"{_ONE}/close", Scope.TICKETS_WRITE, _close_ticket, "Close a ticket.", TicketTold,
        body=Closing,
    ),
)  # fmt: skip
