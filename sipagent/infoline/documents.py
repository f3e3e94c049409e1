"""A request and a statement as programs are told of them: by the API, and by webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from sipagent.infoline.tickets import Note, Ticket
from sipagent.messages.outbox import Entry


class NoteTold(BaseModel):
    """Something that was added to a ticket."""

    at: datetime
    author: str = Field(examples=["administration", "owner", "system"])
    text: str


class TicketTold(BaseModel):
    """What an owner has asked for; times are UTC."""

    number: int = Field(description="As the caller has heard it.")
    state: str = Field(examples=["open", "answered", "closed"])
    created: datetime
    updated: datetime
    manager: str = Field(description="Its name when the ticket was made.")
    estate: str
    owner: str = Field(description="Login.")
    owner_name: str
    premises: str
    phone: str | None = Field(description="Calling number, E.164; null: hidden.")
    call: str = Field(description="Id of the call in which it was dictated.")
    language: str
    seconds: float = Field(description="Length of the recording.")
    recorded: bool = Field(description="Whether there is a recording.")
    transcription: str = Field(examples=["waiting", "done", "nothing", "off", "failed"])
    transcript: str
    notes: list[NoteTold]


class StatementTold(BaseModel):
    """A statement that was sent by e-mail, or could not be."""

    message: int = Field(description="Its number in the outbox.")
    state: Literal["waiting", "sent", "refused", "given-up"]
    owner: str = Field(description="Login.")
    call: str = Field(description="Id of the call in which it was asked for.")
    recipient: str
    created: datetime
    done: datetime | None
    attempts: int
    why: str = Field(description="Why it has not left; empty where it has.")


def ticket_told(ticket: Ticket, notes: Sequence[Note]) -> TicketTold:
    """Return what programs are told of a ticket; it is no draft."""
    request, number = ticket.request, ticket.number
    assert number is not None  # drafts are nobody's business
    return TicketTold(
        number=number,
        state=ticket.state.value,
        created=datetime.fromisoformat(ticket.created),
        updated=datetime.fromisoformat(ticket.updated),
        manager=request.manager_name,
        estate=request.estate,
        owner=request.owner,
        owner_name=request.owner_name,
        premises=request.premises,
        phone=request.phone,
        call=request.call,
        language=request.language,
        seconds=ticket.seconds,
        recorded=bool(request.recording),
        transcription=ticket.transcription.value,
        transcript=ticket.transcript,
        notes=[
            NoteTold(at=datetime.fromisoformat(one.at), author=one.author, text=one.text)
            for one in notes
        ],
    )


def statement_told(entry: Entry) -> StatementTold:
    """Return what programs are told of a message that brings a statement."""
    return StatementTold(
        message=entry.id,
        state=entry.state.value,
        owner=entry.owner,
        call=entry.call,
        recipient=entry.recipient,
        created=datetime.fromisoformat(entry.created),
        done=None if entry.done is None else datetime.fromisoformat(entry.done),
        attempts=entry.attempts,
        why="" if entry.state == "sent" else entry.last_error,
    )
