"""Mails that were dealt with: each once, and what it has become."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.helpdesk.mail.model import Mail
from sipagent.store.data import Data
from sipagent.store.database import delete_some

_HOUR = timedelta(hours=1)


class Outcome(StrEnum):
    """What becomes of a mail."""

    #: A new ticket.
    OPENED = "opened"
    #: The next entry of a ticket.
    REPLIED = "replied"
    #: An event of a ticket: a program has written.
    NOTED = "noted"
    #: Nothing: a program has written, about no ticket.
    IGNORED = "ignored"
    #: It is left to a person.
    HELD = "held"
    #: It is ours: what confirms a ticket.
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Filed:
    """What a mail has become; ``ticket`` is a number, None where it belongs to none."""

    outcome: Outcome
    ticket: int | None = None
    #: Whether it was dealt with before.
    again: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail of a ticket, as it is looked up; ``rest`` is what was cut from its words."""

    at: str
    sender: str
    outcome: Outcome
    rest: str


class Mails:
    """The mails, as a connection sees them.

    Args:
        db: with the migrations ``helpdesk-mail``.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._clock = clock

    def key_of(self, mail: Mail) -> str:
        """Return by what a mail is known: another one may have its Message-ID already."""
        row = self._db.execute(
            "SELECT fingerprint FROM helpdesk_mails WHERE key = ?", [mail.key]
        ).fetchone()
        return (
            mail.key if row is None or row[0] == mail.fingerprint else f"sha256:{mail.fingerprint}"
        )

    def find(self, key: str) -> Filed | None:
        """Return what a mail has become; None: it is new."""
        row = self._db.execute(
            "SELECT outcome, ticket FROM helpdesk_mails WHERE key = ?", [key]
        ).fetchone()
        return None if row is None else Filed(Outcome(row[0]), row[1], again=True)

    def add(self, mail: Mail, key: str, filed: Filed, *, unconfirmed: bool = False) -> Filed:
        """Write down what a mail has become; return that.

        Args:
            mail: which it is.
            key: by which it is known.
            filed: what it has become.
            unconfirmed: whether whoever has written it is still to be told.
        """
        rest = mail.rest if filed.outcome in (Outcome.OPENED, Outcome.REPLIED) else ""
        return self._insert(key, mail.fingerprint, mail.sender.address, filed, rest, unconfirmed)

    def add_unreadable(self, key: str) -> Filed:
        """Write down that a mail is left to a person who can read it."""
        return self._insert(key, key, "", Filed(Outcome.HELD), "")

    def unconfirmed(self) -> list[tuple[str, int]]:
        """Return the mails that are still to be confirmed: their keys and tickets, in order."""
        rows = self._db.execute(
            "SELECT key, ticket FROM helpdesk_mails WHERE unconfirmed ORDER BY id"
        )
        return [(str(key), int(ticket)) for key, ticket in rows.fetchall()]

    def confirm(self, key: str, confirmation: str = "") -> bool:
        """Note that a mail is confirmed; return whether it was not.

        Args:
            key: of the mail.
            confirmation: Message-ID of what says so, whose answers belong to the ticket; empty:
                nothing does.
        """
        done = self._db.execute(
            "UPDATE helpdesk_mails SET unconfirmed = 0 WHERE key = ? AND unconfirmed "
            "RETURNING sender, ticket",
            [key],
        ).fetchone()
        if done is not None and confirmation:
            sender, ticket = done
            self._insert(confirmation, "", sender, Filed(Outcome.CONFIRMED, ticket), "")
        return done is not None

    def ticket_of(self, message_ids: tuple[str, ...]) -> int | None:
        """Return the ticket that one of these mails belongs to, the first of them first."""
        for one in message_ids:
            row = self._db.execute(
                "SELECT ticket FROM helpdesk_mails WHERE key = ? AND ticket NOT NULL", [one]
            ).fetchone()
            if row is not None:
                return int(row[0])
        return None

    def lately(self, sender: str) -> int:
        """Return how many mails of a sender were dealt with within the hour."""
        since = times.stored(self._clock() - _HOUR)
        row = self._db.execute(
            "SELECT count(*) FROM helpdesk_mails WHERE sender = ? AND at > ? "
            "AND outcome IN ('opened', 'replied', 'noted')",
            [sender, since],
        ).fetchone()
        return int(row[0])

    def of_ticket(self, number: int) -> list[Kept]:
        """Return the mails of a ticket, the oldest first."""
        rows = self._db.execute(
            "SELECT at, sender, outcome, rest FROM helpdesk_mails WHERE ticket = ? ORDER BY id",
            [number],
        )
        return [Kept(at, sender, Outcome(what), rest) for at, sender, what, rest in rows.fetchall()]

    def _insert(
        self,
        key: str,
        fingerprint: str,
        sender: str,
        filed: Filed,
        rest: str,
        unconfirmed: bool = False,
    ) -> Filed:
        self._db.execute(
            "INSERT INTO helpdesk_mails "
            "(key, fingerprint, at, sender, outcome, ticket, rest, unconfirmed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(key, fingerprint, times.stored(self._clock()), sender),
                *(filed.outcome, filed.ticket, rest, int(unconfirmed)),
            ],
        )
        return filed


def delete_before(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete what is known of mails before a moment that belong to no ticket; return how many.

    So many at the most; without a limit they are only counted.
    """
    old = "ticket IS NULL AND at < ?"
    return delete_some(db, "helpdesk_mails", old, [times.stored(moment)], limit)


class Mailboxes:
    """How far mailboxes were read (``imap.Places``); use it in a thread.

    Args:
        data: with the migrations ``helpdesk-mail``.
        rehearsal: whether nothing is written down.
    """

    def __init__(self, data: Data, *, rehearsal: bool = False) -> None:
        self._data = data
        self._rehearsal = rehearsal

    def begun(self, mailbox: str, validity: int, last: int) -> tuple[int, int]:
        """Return where reading it began, and how far it has come; another one begins anew."""

        def find(db: sqlite_utils.Database) -> tuple[int, int] | None:
            found: tuple[int, int] | None = db.execute(
                "SELECT first, reached FROM helpdesk_mailboxes WHERE name = ? AND validity = ?",
                [mailbox, validity],
            ).fetchone()
            return found

        def begin(db: sqlite_utils.Database) -> None:
            db.execute(
                "INSERT OR REPLACE INTO helpdesk_mailboxes VALUES (?, ?, ?, ?)",
                [mailbox, validity, last, last],
            )

        if (found := self._data.read(find)) is not None:
            return found
        if not self._rehearsal:
            self._data.write(begin, durable=True)
        return last, last

    def reached(self, mailbox: str, uid: int) -> None:
        """Note how far it was read."""
        self._data.write(
            lambda db: db.execute(
                "UPDATE helpdesk_mailboxes SET reached = max(reached, ?) WHERE name = ?",
                [uid, mailbox],
            ),
            durable=True,
        )
