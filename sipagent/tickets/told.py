"""A ticket as programs are told of it: by the API, by webhooks, and by ``--json``."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from sipagent.tickets.model import AskerKind, Entry, Importance, Kind, Status, Ticket, Voice, Way


class AskerTold(BaseModel):
    """Who has asked."""

    kind: AskerKind
    ref: str = Field(description="Login of an owner or a user; address of who has written.")
    name: str
    phone: str = Field(description="E.164; empty: hidden, or not known.")
    email: str
    language: str
    about: str = Field(description="What it is about, such as the premises of an owner.")


class FileTold(BaseModel):
    """A file that came with an entry."""

    id: int
    name: str
    media: str = Field(examples=["image/png"])
    size: int = Field(description="Bytes.")


class SpokenTold(BaseModel):
    """What was spoken."""

    seconds: float
    recorded: bool = Field(description="Whether there is a recording.")
    transcription: str = Field(examples=["waiting", "done", "nothing", "off", "failed"])
    transcript: str


class EntryTold(BaseModel):
    """Something in the thread."""

    id: int
    at: datetime
    kind: Kind
    who: str
    way: str = Field(description="How it came, or how an answer went; empty: only seen here.")
    text: str
    spoken: SpokenTold | None
    files: list[FileTold]


class TicketTold(BaseModel):
    """What somebody has asked for, and what was said about it; times are UTC."""

    number: int
    status: Status
    importance: Importance
    way: Way = Field(description="How it came.")
    subject: str
    heading: str = Field(description="The subject, or how the words begin.")
    assignee: str = Field(description="Login of who works on it; empty: nobody.")
    call: str = Field(description="Id of the call in which it came.")
    created: datetime
    updated: datetime
    answered: datetime | None
    solved: datetime | None
    asker: AskerTold
    entries: list[EntryTold]


def ticket_told(ticket: Ticket, thread: Sequence[Entry]) -> TicketTold:
    """Return what programs are told of a ticket; it is no draft."""
    asker = ticket.asker
    return TicketTold(
        number=ticket.number,
        status=ticket.status,
        importance=ticket.importance,
        way=ticket.way,
        subject=ticket.subject,
        heading=ticket.heading,
        assignee=ticket.assignee,
        call=ticket.call,
        created=datetime.fromisoformat(ticket.created),
        updated=datetime.fromisoformat(ticket.updated),
        answered=ticket.answered and datetime.fromisoformat(ticket.answered),
        solved=ticket.solved and datetime.fromisoformat(ticket.solved),
        asker=AskerTold(
            kind=asker.kind,
            ref=asker.ref,
            name=asker.name,
            phone=asker.phone,
            email=asker.email,
            language=asker.language,
            about=asker.about,
        ),
        entries=[_entry_told(one) for one in thread],
    )


def _entry_told(entry: Entry) -> EntryTold:
    return EntryTold(
        id=entry.id,
        at=datetime.fromisoformat(entry.at),
        kind=entry.kind,
        who=entry.who,
        way=entry.way,
        text=entry.text,
        spoken=None if entry.voice is None else _spoken_told(entry.voice),
        files=[
            FileTold(id=one.id, name=one.name, media=one.media, size=one.size)
            for one in entry.files
        ],
    )


def _spoken_told(voice: Voice) -> SpokenTold:
    return SpokenTold(
        seconds=voice.seconds,
        recorded=bool(voice.recording),
        transcription=voice.transcription.value,
        transcript=voice.transcript,
    )
