"""Tickets as values: who asks for what, where it stands, and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sipagent.dictation.desk import Transcription

#: Characters of a heading that is made of somebody's words.
_HEADING = 80


class Status(StrEnum):
    """Where a ticket stands."""

    #: The caller is still dictating.
    DRAFT = "draft"
    NEW = "new"
    WORK = "work"
    #: The asker's turn: there is an answer.
    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"


#: Of those that somebody has to do something about, and of those that are over.
OPEN = (Status.NEW, Status.WORK, Status.WAITING)
OVER = (Status.SOLVED, Status.CLOSED)


class Importance(StrEnum):
    """How soon it should be looked at; the higher ones come later here."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Way(StrEnum):
    """How something has come."""

    #: Dictated on the infoline, or told to somebody.
    PHONE = "phone"
    #: Left in a voicemail box.
    BOX = "box"
    PANEL = "panel"
    MAIL = "mail"
    CHAT = "chat"
    #: The owners' page.
    PAGE = "page"


class AskerKind(StrEnum):
    """As whom somebody is known."""

    OWNER = "owner"
    #: Of the panel.
    USER = "user"
    VISITOR = "visitor"
    #: Known by the address only.
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; plain words, so that a ticket outlives what is kept of somebody elsewhere.

    Args:
        kind: as whom they are known.
        ref: what names them: the login of an owner or a user, the address of who has written; empty
            for a visitor.
        name: as they are called.
        phone: E.164; empty: hidden, or not known.
        email: where answers go; empty: not known.
        language: ``pl`` or ``en``.
        manager: id of the manager of the infoline whose owner it is; None: nobody's.
        about: what it is about, such as the premises of an owner.
    """

    kind: AskerKind
    ref: str
    name: str
    phone: str = ""
    email: str = ""
    language: str = "pl"
    manager: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is kept; times are UTC, ISO 8601 with offset.

    Args:
        id: of its row; a draft has no other name.
        number: what people call it; 0 for a draft.
        version: grows with whatever is changed or added.
        assignee: login of who works on it; empty: nobody.
        call: id of the call in which it came; empty: in none.
        answered: when it was answered first; None: not yet.
        solved: when it was solved or closed; None: it is open.
        words: how its first entry begins.
    """

    id: int
    number: int
    version: int
    status: Status
    importance: Importance
    way: Way
    subject: str
    assignee: str
    call: str
    created: str
    updated: str
    answered: str | None
    solved: str | None
    words: str
    asker: Asker

    @property
    def heading(self) -> str:
        """Its subject; of what was only spoken, how it begins; empty while nobody knows that."""
        words = " ".join((self.subject or self.words).split())
        return words if len(words) <= _HEADING else f"{words[: _HEADING - 1].rstrip()}…"


class Kind(StrEnum):
    """What an entry is."""

    #: By who asks, also what comes after the first one.
    QUESTION = "question"
    ANSWER = "answer"
    #: Among those who work on it; who asks never sees it.
    NOTE = "note"
    #: Something that has happened, such as the end of a chat.
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is kept.

    Args:
        name: as it is shown, and given out under.
        file: its name in ``paths.attachments``.
        media: its media type.
        size: in bytes.
        id: of its row; 0 where it has none yet.
    """

    name: str
    file: str
    media: str
    size: int
    id: int = 0

    @property
    def picture(self) -> bool:
        """Whether there is a small one of it to be looked at."""
        return self.media.startswith("image/")


@dataclass(frozen=True, slots=True)
class Voice:
    """What was spoken.

    Args:
        recording: file name in ``paths.recordings``; empty once it is deleted.
        seconds: its length.
        transcription: what became of the words.
        transcript: the words.
    """

    recording: str
    seconds: float = 0.0
    transcription: Transcription = Transcription.WAITING
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in the thread of a ticket.

    Args:
        id: of its row.
        kind: what it is.
        at: when, as times of tickets.
        who: who says it: a login of the panel, or the name of who asks.
        way: how it came or, of an answer, how it went: empty where it is only seen here.
        text: the words; of what was spoken they are in ``voice``.
        message_id: of the e-mail, with its angle brackets; empty: it is none.
        voice: None where nothing was spoken.
        files: that came with it.
    """

    id: int
    kind: Kind
    at: str
    who: str
    way: str
    text: str
    message_id: str
    voice: Voice | None
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Who has changed what of a ticket, and when."""

    at: str
    who: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets somebody looks for; drafts are never among them.

    Args:
        statuses: in which they are; none: in any.
        importances: which they have; none: any.
        ways: how they came; none: anyhow.
        assignee: login; empty: those of nobody; None: anybody's.
        manager: id of the manager whose owners have asked; None: anybody's.
        unmanaged: only those that are no manager's.
        asker: who has asked, as kind and ref; None: anybody.
        who: words in the name, login, address, number or premises of who has asked.
        since: made at this moment or later.
        until: made before this moment.
        subject: words in the subject.
        words: words anywhere: subject, asker, text, transcript.
        notes: whether words are also looked for in notes.
        before: a number that theirs are below.
        limit: how many at the most.
    """

    statuses: Sequence[Status] = ()
    importances: Sequence[Importance] = ()
    ways: Sequence[Way] = ()
    assignee: str | None = None
    manager: int | None = None
    unmanaged: bool = False
    asker: tuple[AskerKind, str] | None = None
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subject: str = ""
    words: str = ""
    notes: bool = True
    before: int | None = None
    limit: int = 100
