"""The tickets: opened, answered, changed and found, by whoever may; that is for others to say."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import sqlite_utils

from sipagent.errors import DataError
from sipagent.store.database import writing
from sipagent.tickets import rows, search
from sipagent.tickets.model import (
    OVER,
    Asker,
    Attachment,
    Change,
    Entry,
    Filter,
    Importance,
    Kind,
    Status,
    Ticket,
    Voice,
    Way,
)
from sipagent.tickets.writing import add_entry, add_ticket, change, entry_of, give_number, touch


class Tickets:
    """All tickets, as a connection sees them; what writes is a transaction, or a part of one.

    Whatever can come twice has a name: an e-mail its Message-ID, a form a key by lot. The second
    time nothing is written, and what the first time has made is returned.

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

    # Writing

    def open(
        self,
        asker: Asker,
        way: Way,
        subject: str,
        text: str,
        *,
        importance: Importance = Importance.NORMAL,
        files: Sequence[Attachment] = (),
        message_id: str = "",
        key: str = "",
        voice: Voice | None = None,
        call: str = "",
    ) -> int:
        """Make a ticket of what somebody asks for; return its number.

        Args:
            asker: who asks.
            way: how it has come.
            subject: what it is about, in a line; empty where nobody has said.
            text: the words.
            importance: how soon it should be looked at.
            files: that came with it; they are on the disk already.
            message_id: of the e-mail that it is, with its angle brackets.
            key: of the form that has brought it.
            voice: what was spoken.
            call: id of the call in which it came.

        Raises:
            DataError: nobody has said anything.
        """
        subject = " ".join(subject.split())
        if not (subject or text.strip() or files or voice):
            raise DataError("a ticket needs a subject or a text")
        with writing(self._db):
            known = self._known(message_id, key)
            if known is not None:
                return known[0]
            now = self._now()
            ticket = add_ticket(
                self._db,
                asker,
                status=Status.NEW,
                importance=importance,
                way=way,
                subject=subject,
                call=call,
                now=now,
            )
            entry = entry_of(Kind.QUESTION, now, asker.name, way, text, voice)
            entry = replace(entry, message_id=message_id, files=tuple(files))
            add_entry(self._db, ticket, entry, key)
            return give_number(self._db, ticket)

    def reply(
        self,
        number: int,
        text: str,
        *,
        way: Way | None = None,
        files: Sequence[Attachment] = (),
        message_id: str = "",
        key: str = "",
    ) -> int:
        """Add what the asker says to it; one that was waiting or over is open again.

        Args:
            number: of the ticket.
            text: the words.
            way: how it has come; None: as the ticket has.
            files: that came with it; they are on the disk already.
            message_id: of the e-mail that it is, with its angle brackets.
            key: of the form that has brought it.

        Returns: the id of the entry.

        Raises:
            DataError: there is no such ticket, or nothing is said.
        """
        with writing(self._db):
            ticket = self.find(number)
            status = ticket.status
            if status in (Status.WAITING, *OVER):
                status = Status.WORK if ticket.assignee else Status.NEW
            entry = self._entry(Kind.QUESTION, ticket.asker.name, way or ticket.way, text, files)
            return self._add(ticket, replace(entry, message_id=message_id), key, status)

    def answer(
        self,
        number: int,
        who: str,
        text: str,
        *,
        way: str = "",
        files: Sequence[Attachment] = (),
        message_id: str = "",
        key: str = "",
        status: Status = Status.WAITING,
    ) -> int:
        """Add an answer, which ``answering`` sends; the ticket waits for the asker from then on.

        Args:
            number: of the ticket.
            who: login of who answers.
            text: the words.
            way: how it goes; empty: it is only seen here.
            files: that go with it; they are on the disk already.
            message_id: of the e-mail that it is, with its angle brackets.
            key: of the form that has brought it.
            status: another one that it has from then on, such as solved.

        Returns: the id of the entry.

        Raises:
            DataError: there is no such ticket, or nothing is said.
        """
        with writing(self._db):
            ticket = self.find(number)
            entry = self._entry(Kind.ANSWER, who, way, text, files)
            added = self._add(ticket, replace(entry, message_id=message_id), key, status)
            self._db.execute(
                "UPDATE tickets SET answered = coalesce(answered, ?) WHERE id = ?",
                [entry.at, ticket.id],
            )
            return added

    def note(
        self, number: int, who: str, text: str, *, files: Sequence[Attachment] = (), key: str = ""
    ) -> int:
        """Add what the asker does not see; return the id of the entry.

        Raises:
            DataError: there is no such ticket, or nothing is said.
        """
        with writing(self._db):
            ticket = self.find(number)
            return self._add(ticket, self._entry(Kind.NOTE, who, "", text, files), key)

    def event(self, number: int, who: str, text: str) -> int:
        """Add what has happened, such as the end of a chat; return the id of the entry.

        Raises:
            DataError: there is no such ticket.
        """
        with writing(self._db):
            return self._add(self.find(number), self._entry(Kind.EVENT, who, "", text, ()))

    def change(
        self,
        number: int,
        who: str,
        *,
        subject: str | None = None,
        status: Status | None = None,
        importance: Importance | None = None,
        assignee: str | None = None,
    ) -> None:
        """Change what is given of a ticket; who has, and what was there before, is kept.

        Raises:
            DataError: there is no such ticket, or it would be a draft again.
        """
        given = {
            "subject": None if subject is None else " ".join(subject.split()),
            "status": status,
            "importance": importance,
            "assignee": assignee,
        }
        fields = {name: str(value) for name, value in given.items() if value is not None}
        with writing(self._db):
            ticket, now = self.find(number), self._now()
            _refuse_draft(status)
            if any(getattr(ticket, name) != value for name, value in fields.items()):
                change(self._db, ticket.id, who, now, fields)
                touch(self._db, ticket.id, now)
                search.index(self._db, ticket.id)

    def close(self, number: int, who: str, why: str = "") -> None:
        """Close a ticket; why is a note, which its asker does not see.

        Raises:
            DataError: there is no such ticket.
        """
        with writing(self._db):
            if why.strip():
                self.note(number, who, why)
            self.change(number, who, status=Status.CLOSED)

    def delete(self, ticket: int) -> None:
        """Delete a ticket, by its id, with its thread; its number is never given again."""
        with writing(self._db):
            self._db.execute(
                "INSERT OR IGNORE INTO deleted_tickets SELECT number FROM tickets "
                "WHERE id = ? AND number NOT NULL",
                [ticket],
            )
            self._db.execute(
                "DELETE FROM deleted_tickets WHERE number < "
                "(SELECT max(number) FROM deleted_tickets)"
            )
            self._db.execute("DELETE FROM tickets WHERE id = ?", [ticket])

    # Reading

    def find(self, number: int) -> Ticket:
        """Return a ticket.

        Raises:
            DataError: there is none of that number.
        """
        found = rows.select(self._db, "number = ?", [number])
        if not found:
            raise DataError(f"there is no ticket {number}; see: sipagent tickets list")
        return found[0]

    def listed(self, wanted: Filter) -> list[Ticket]:
        """Return the tickets that somebody looks for, the latest first."""
        return rows.chosen(self._db, wanted)

    def thread(self, number: int, *, notes: bool = True) -> list[Entry]:
        """Return what was said about a ticket, in order; who has asked sees no notes.

        Raises:
            DataError: there is no such ticket.
        """
        found = rows.entries(self._db, self.find(number).id)
        return [entry for entry in found if notes or entry.kind is not Kind.NOTE]

    def changes(self, number: int) -> list[Change]:
        """Return what was changed of a ticket, in order.

        Raises:
            DataError: there is no such ticket.
        """
        return rows.changes(self._db, self.find(number).id)

    def by_mail(self, message_ids: Sequence[str]) -> int | None:
        """Return the number of the ticket that has one of these e-mails; None: none has.

        Args:
            message_ids: such as those of ``References``; of several the last one counts.
        """
        found = (self._known(one, "") for one in reversed(message_ids) if one)
        return next((known[0] for known in found if known is not None), None)

    def by_key(self, key: str) -> int | None:
        """Return the number of the ticket to which a form has brought something; None: to none."""
        known = self._known("", key)
        return None if known is None else known[0]

    def _known(self, message_id: str, key: str) -> tuple[int, int] | None:
        """Return the number of the ticket and the id of the entry that something has become."""
        row = self._db.execute(
            "SELECT number, ticket_entries.id FROM ticket_entries "
            "JOIN tickets ON tickets.id = ticket WHERE number NOT NULL "
            "AND ((message_id <> '' AND message_id = ?) OR (key <> '' AND key = ?))",
            [message_id, key],
        ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def _entry(
        self, kind: Kind, who: str, way: str, text: str, files: Sequence[Attachment]
    ) -> Entry:
        if not (text.strip() or files):
            raise DataError(f"an empty {kind} is not kept")
        return replace(entry_of(kind, self._now(), who, way, text), files=tuple(files))

    def _add(
        self, ticket: Ticket, entry: Entry, key: str = "", status: Status | None = None
    ) -> int:
        known = self._known(entry.message_id, key)
        if known is not None:
            return known[1]
        added = add_entry(self._db, ticket.id, entry, key)
        if status is not None:
            _refuse_draft(status)
            change(self._db, ticket.id, entry.who, entry.at, {"status": status})
        touch(self._db, ticket.id, entry.at)
        return added

    def _now(self) -> str:
        return rows.stored(self._clock())


def _refuse_draft(status: Status | None) -> None:
    if status is Status.DRAFT:
        raise DataError("a ticket never becomes a draft again")
