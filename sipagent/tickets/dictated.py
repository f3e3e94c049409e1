"""Tickets that are spoken: from before the first word until it is known what was said.

One begins as a draft, before the caller speaks: what a crash cuts off is found again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError
from sipagent.store.database import writing
from sipagent.tickets import rows, search
from sipagent.tickets.model import Asker, Importance, Kind, Status, Ticket, Voice, Way
from sipagent.tickets.writing import add_entry, add_ticket, entry_of, give_number, touch


@dataclass(frozen=True, slots=True)
class Spoken:
    """An entry that was spoken: its ticket, its id, and what was."""

    ticket: Ticket
    entry: int
    voice: Voice


class Dictated:
    """The tickets that were spoken, as a connection sees them.

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

    def draft(self, asker: Asker, recording: str, call: str) -> int:
        """Write down who is about to speak; return the ticket's id.

        Args:
            asker: who it is.
            recording: file name in ``paths.recordings``.
            call: id of the call.
        """
        with writing(self._db):
            now = rows.stored(self._clock())
            ticket = add_ticket(
                self._db,
                asker,
                status=Status.DRAFT,
                importance=Importance.NORMAL,
                way=Way.PHONE,
                subject="",
                call=call,
                now=now,
            )
            voice = Voice(recording)
            entry = entry_of(Kind.QUESTION, now, asker.name, Way.PHONE, "", voice)
            add_entry(self._db, ticket, entry)
            return ticket

    def submit(self, ticket: int, seconds: float) -> int:
        """Turn a draft into a new ticket; return the number that the caller hears.

        Raises:
            DataError: there is no such draft.
        """
        with writing(self._db):
            if not rows.select(self._db, "id = ?", [ticket]):
                raise DataError(f"there is no draft {ticket}")
            was = self._db.execute(
                "UPDATE tickets SET status = 'new' WHERE id = ? AND status = 'draft'", [ticket]
            )
            if was.rowcount:
                self._db.execute(
                    "UPDATE ticket_entries SET seconds = ? WHERE ticket = ?", [seconds, ticket]
                )
                touch(self._db, ticket, rows.stored(self._clock()))
            return give_number(self._db, ticket)

    def discard(self, ticket: int) -> None:
        """Forget a draft."""
        with writing(self._db):
            self._db.execute("DELETE FROM tickets WHERE id = ? AND status = 'draft'", [ticket])

    def drafts(self) -> list[Spoken]:
        """Return what callers were dictating when the program died."""
        return spoken(self._db, "status = 'draft' ORDER BY tickets.id", [])

    def waiting(self) -> list[Spoken]:
        """Return those whose words are not known yet, the oldest first."""
        where = "transcription = 'waiting' AND number NOT NULL ORDER BY number, entries.id"
        return spoken(self._db, where, [])

    def transcribed(self, entry: int, how: Transcription, text: str = "") -> None:
        """Write down what was said, or why that is not known."""
        with writing(self._db):
            self._db.execute(
                "UPDATE ticket_entries SET transcription = ?, transcript = ? WHERE id = ?",
                [how, text, entry],
            )
            of = self._db.execute("SELECT ticket FROM ticket_entries WHERE id = ?", [entry])
            for (ticket,) in of.fetchall():  # none: it is deleted
                search.index(self._db, ticket)
                self._db.execute("UPDATE tickets SET version = version + 1 WHERE id = ?", [ticket])


def spoken(db: sqlite_utils.Database, where: str, values: Sequence[object]) -> list[Spoken]:
    """Return entries that were spoken, by a condition on ``tickets`` and ``entries``."""
    found = db.execute(
        "SELECT tickets.id, entries.id, recording, seconds, transcription, transcript "
        "FROM ticket_entries AS entries JOIN tickets ON tickets.id = entries.ticket "
        f"WHERE recording NOT NULL AND {where}",
        values,
    ).fetchall()
    keys = sorted({row[0] for row in found})
    marks = ", ".join("?" * len(keys))
    tickets = {one.id: one for one in rows.select(db, f"id IN ({marks})", keys)}
    return [
        Spoken(tickets[ticket], entry, Voice(name, seconds, Transcription(how), words))
        for ticket, entry, name, seconds, how, words in found
    ]
