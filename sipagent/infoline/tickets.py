"""Tickets: what owners ask of their administration, from the first dictated word to the answer.

A ticket begins as a draft, before the caller speaks: what a crash cuts off is found again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent import times
from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError
from sipagent.store.database import writing

#: The first number that a caller hears: short, and never mistaken for a key to press.
FIRST_NUMBER = 101

tickets = Migrations("tickets")


class State(StrEnum):
    """Where a ticket stands."""

    #: The caller is still dictating.
    DRAFT = "draft"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks; plain words, so that a ticket outlives the owner's data.

    ``phone`` is the calling number (E.164, None where hidden); ``email`` the administration's
    address, empty where it has none; ``reply_to`` the owner's.
    """

    manager: int
    manager_name: str
    estate: str
    owner: str
    owner_name: str
    premises: str
    phone: str | None
    call: str
    language: str
    email: str
    reply_to: str
    recording: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is stored; ``number`` is None for a draft, ``seconds`` is the recording's."""

    id: int
    number: int | None
    state: State
    created: str
    updated: str
    request: Request
    seconds: float
    transcription: Transcription
    transcript: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was added to a ticket."""

    at: str
    author: str
    text: str


class Tickets:
    """The tickets of all managers, as a connection sees them.

    Args:
        db: with the migrations ``tickets``.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._clock = clock

    def draft(self, request: Request) -> int:
        """Write down who is about to speak; return the ticket's id."""
        row = {**asdict(request), "state": State.DRAFT, "created": self._now()}
        row["updated"] = row["created"]
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with writing(self._db):
            done = self._db.execute(
                f"INSERT INTO tickets ({names}) VALUES ({marks})", list(row.values())
            )
            return int(done.lastrowid or 0)

    def submit(self, ticket: int, seconds: float) -> int:
        """Turn a draft into an open ticket; return the number that the caller hears."""
        with writing(self._db):
            self._db.execute(
                "UPDATE tickets SET state = ?, seconds = ?, updated = ?, number = 1 + max("
                "(SELECT coalesce(max(number), 0) FROM tickets), "
                "(SELECT coalesce(max(number), ?) FROM deleted_tickets)) "
                "WHERE id = ? AND number IS NULL",
                [State.OPEN, seconds, self._now(), FIRST_NUMBER - 1, ticket],
            )
            row = self._db.execute("SELECT number FROM tickets WHERE id = ?", [ticket]).fetchone()
        if row is None:
            raise DataError(f"there is no draft {ticket}")
        return int(row[0])

    def discard(self, ticket: int) -> None:
        """Forget a draft."""
        with writing(self._db):
            self._db.execute("DELETE FROM tickets WHERE id = ? AND number IS NULL", [ticket])

    def drafts(self) -> list[Ticket]:
        """Return what callers were dictating when the program died."""
        return self._select("state = 'draft' ORDER BY id")

    def waiting(self) -> list[Ticket]:
        """Return the tickets whose words are not known yet, the oldest first."""
        return self._select("transcription = 'waiting' AND number IS NOT NULL ORDER BY number")

    def transcribed(self, ticket: int, how: Transcription, text: str = "") -> None:
        """Write down what the caller said, or why that is not known."""
        with writing(self._db):
            self._db.execute(
                "UPDATE tickets SET transcription = ?, transcript = ? WHERE id = ?",
                [how, text, ticket],
            )

    def find(self, number: int) -> Ticket:
        """Return a ticket.

        Raises:
            DataError: there is none of that number.
        """
        found = self._select("number = ?", number)
        if not found:
            raise DataError(f"there is no ticket {number}; see: sipagent tickets list")
        return found[0]

    def listed(
        self,
        *,
        states: Sequence[State] = (),
        owner: str = "",
        manager: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Ticket]:
        """Return tickets, the latest first.

        Args:
            states: in which they are; none: any but drafts.
            owner: login; empty: everybody's.
            manager: id of the manager whose owners have asked; None: everybody's.
            before: a number that theirs are below; None: all.
            limit: how many at the most.
        """
        wanted = [state.value for state in states] or [State.OPEN, State.ANSWERED, State.CLOSED]
        marks = ", ".join("?" * len(wanted))
        where = (
            f"number IS NOT NULL AND state IN ({marks}) AND (? = '' OR owner = ?) "
            "AND (? IS NULL OR manager = ?) AND (? IS NULL OR number < ?)"
        )
        values = (*wanted, owner, owner, manager, manager, before, before, limit)
        return self._select(f"{where} ORDER BY number DESC LIMIT ?", *values)

    def notes(self, number: int) -> list[Note]:
        """Return what was added to a ticket, in order."""
        rows = self._db.execute(
            "SELECT at, author, text FROM ticket_notes JOIN tickets ON tickets.id = ticket "
            "WHERE number = ? ORDER BY ticket_notes.id",
            [number],
        ).fetchall()
        return [Note(*row) for row in rows]

    def note(self, number: int, author: str, text: str, state: State) -> None:
        """Add something to a ticket, which is in ``state`` from then on."""
        ticket = self.find(number)
        with writing(self._db):
            now = self._now()
            self._db.execute(
                "INSERT INTO ticket_notes (ticket, at, author, text) VALUES (?, ?, ?, ?)",
                [ticket.id, now, author, text],
            )
            self._db.execute(
                "UPDATE tickets SET state = ?, updated = ? WHERE id = ?", [state, now, ticket.id]
            )

    def recorded_before(self, moment: datetime, after: int, limit: int) -> list[Ticket]:
        """Return the tickets that were made before a moment and still have their recording.

        So many at the most, by number, those after a number.
        """
        return self._select(
            "recording <> '' AND created < ? AND number > ? ORDER BY number LIMIT ?",
            _text(moment),
            after,
            limit,
        )

    def untouched_since(self, moment: datetime, after: int, limit: int) -> list[Ticket]:
        """Return the tickets to which nothing was added since a moment, open ones as well.

        Those whose letter has not left the house are not among them. So many at the most, by
        number, those after a number.
        """
        return self._select(
            "transcription <> 'waiting' AND updated < ? AND number > ? ORDER BY number LIMIT ?",
            _text(moment),
            after,
            limit,
        )

    def forget_recording(self, ticket: int) -> None:
        """Note that the recording is gone; one that nobody wrote down is now lost for good."""
        with writing(self._db):
            self._db.execute("UPDATE tickets SET recording = '' WHERE id = ?", [ticket])

    def forget_words(self, moment: datetime, limit: int | None) -> int:
        """Delete the transcripts of tickets made before a moment; return how many.

        So many at the most; without a limit they are only counted.
        """
        some = "FROM tickets WHERE transcript <> '' AND created < ?"
        if limit is None:
            found = self._db.execute(f"SELECT count(*) {some}", [_text(moment)])
            return int(found.fetchone()[0])
        with writing(self._db):
            gone = self._db.execute(
                f"UPDATE tickets SET transcript = '' WHERE id IN (SELECT id {some} LIMIT ?)",
                [_text(moment), limit],
            )
            return int(gone.rowcount)

    def delete(self, ticket: int) -> None:
        """Delete a ticket with its notes; its number is never given again."""
        with writing(self._db):
            self._db.execute(
                "INSERT OR IGNORE INTO deleted_tickets SELECT number FROM tickets WHERE id = ?",
                [ticket],
            )
            self._db.execute(
                "DELETE FROM deleted_tickets WHERE number < "
                "(SELECT max(number) FROM deleted_tickets)"
            )
            self._db.execute("DELETE FROM tickets WHERE id = ?", [ticket])

    def _select(self, where: str, *values: object) -> list[Ticket]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM tickets WHERE {where}", values)
        return [_to_ticket(row) for row in rows.fetchall()]

    def _now(self) -> str:
        return _text(self._clock())


_REQUEST = tuple(Request.__dataclass_fields__)
_OWN = ("id", "number", "state", "created", "updated", "seconds", "transcription", "transcript")
_COLUMNS = ", ".join((*_OWN, *_REQUEST))


def _to_ticket(row: Sequence[object]) -> Ticket:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    request = Request(**{name: values.pop(name) for name in _REQUEST})  # type: ignore[arg-type]
    values["state"] = State(str(values["state"]))
    values["transcription"] = Transcription(str(values["transcription"]))
    return Ticket(request=request, **values)  # type: ignore[arg-type]


def _text(moment: datetime) -> str:
    return times.stored(moment, "seconds")


@tickets()
def requests(db: sqlite_utils.Database) -> None:
    """Tickets and what was added to them."""
    db.execute(
        """
        CREATE TABLE tickets (
            id INTEGER PRIMARY KEY,
            number INTEGER UNIQUE,         -- NULL while it is a draft
            state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'answered', 'closed')),
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            manager INTEGER NOT NULL,
            manager_name TEXT NOT NULL,
            estate TEXT NOT NULL,
            owner TEXT NOT NULL,           -- login
            owner_name TEXT NOT NULL,
            premises TEXT NOT NULL,
            phone TEXT,                    -- calling number, E.164
            call TEXT NOT NULL,
            language TEXT NOT NULL,
            email TEXT NOT NULL,           -- the administration's address
            reply_to TEXT NOT NULL,        -- the owner's address
            recording TEXT NOT NULL,       -- file name in paths.recordings
            seconds REAL NOT NULL DEFAULT 0,
            transcription TEXT NOT NULL DEFAULT 'waiting'
                CHECK (transcription IN ('waiting', 'done', 'nothing', 'off', 'failed')),
            transcript TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute("CREATE INDEX tickets_by_owner ON tickets (owner, number)")
    db.execute("CREATE INDEX tickets_waiting ON tickets (number) WHERE transcription = 'waiting'")
    db.execute(
        """
        CREATE TABLE ticket_notes (
            id INTEGER PRIMARY KEY,
            ticket INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
            at TEXT NOT NULL,
            author TEXT NOT NULL CHECK (author IN ('administration', 'owner', 'system')),
            text TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX notes_of_ticket ON ticket_notes (ticket)")


@tickets()
def deletion(db: sqlite_utils.Database) -> None:
    """Find what was left alone for long, and keep the last number that was given away."""
    db.execute("CREATE INDEX tickets_by_update ON tickets (updated)")
    db.execute("CREATE TABLE deleted_tickets (number INTEGER PRIMARY KEY) STRICT")
