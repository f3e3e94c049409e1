"""What somebody is told of answers: shown until it is seen or put away, marked until it is seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.store.database import writing
from sipagent.tickets.model import AskerKind

#: Who is told, as their tickets name them (``tickets.model.Asker``): kind and ref.
Whom = tuple[AskerKind, str]

#: When "tomorrow" is.
_MORNING = time(8)


class Later(StrEnum):
    """When somebody wants to be reminded."""

    HOUR = "hour"
    TOMORROW = "tomorrow"

    def after(self, now: datetime, zone: tzinfo) -> datetime:
        """Return when that is after a moment (UTC); mornings are those of a zone."""
        if self is Later.HOUR:
            return now + timedelta(hours=1)
        day = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, _MORNING, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Notice:
    """That there is an answer.

    Args:
        entry: id of the answer in the thread.
        number: of the ticket.
        subject: of the ticket; empty: it has none.
        at: when it was answered (UTC, ISO 8601 with offset).
    """

    entry: int
    number: int
    subject: str
    at: str


class Notices:
    """The notices of everybody, as a connection sees them.

    Args:
        db: with the migrations ``notices``.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._clock = clock

    def shown(self, whom: Whom) -> list[Notice]:
        """Return what pops up for somebody now, the latest first."""
        rows = self._db.execute(
            "SELECT entry, number, subject, ticket_entries.at "
            "FROM tickets JOIN helpdesk_notices ON helpdesk_notices.ticket = tickets.id "
            "JOIN ticket_entries ON ticket_entries.id = entry "
            "WHERE tickets.kind = ? AND ref = ? AND opened IS NULL AND NOT deleted "
            "AND (later IS NULL OR later <= ?) ORDER BY entry DESC",
            [*whom, self._now()],
        )
        return [Notice(*row) for row in rows.fetchall()]

    def postpone(self, whom: Whom, entry: int, until: datetime) -> None:
        """Show a notice of somebody's no more until a moment."""
        self._set("later = ?", times.stored(until), whom, entry)

    def delete(self, whom: Whom, entry: int) -> None:
        """Show a notice of somebody's no more; its answer stays marked until it is seen."""
        self._set("deleted = ?, later = NULL", 1, whom, entry)

    def opened(self, whom: Whom, number: int) -> None:
        """Know that somebody sees a ticket of theirs, with all its answers."""
        if number not in self.unopened(whom):
            return
        with writing(self._db):
            self._db.execute(
                "UPDATE helpdesk_notices SET opened = ?, later = NULL WHERE opened IS NULL "
                "AND ticket = (SELECT id FROM tickets WHERE number = ? AND kind = ? AND ref = ?)",
                [self._now(), number, *whom],
            )

    def unopened(self, whom: Whom) -> frozenset[int]:
        """Return the numbers of tickets that have answers which somebody has never seen."""
        return self._found("number", "tickets.kind = ? AND ref = ?", *whom)

    def unopened_of(self, number: int) -> frozenset[int]:
        """Return the answers of a ticket that who has asked has never seen: ids of entries."""
        return self._found("entry", "number = ?", number)

    def mark(self) -> tuple[int, int]:
        """Return what is different as soon as anything else is shown to anybody; it takes no time.

        It is the number of changes, and how many were put off until now.
        """
        row = self._db.execute(
            "SELECT version, (SELECT count(*) FROM helpdesk_notices WHERE later <= ?) "
            "FROM helpdesk_notices_version",
            [self._now()],
        ).fetchone()
        return int(row[0]), int(row[1])

    def _found(self, what: str, where: str, *values: object) -> frozenset[int]:
        rows = self._db.execute(
            f"SELECT {what} FROM tickets "
            "JOIN helpdesk_notices ON helpdesk_notices.ticket = tickets.id "
            f"WHERE {where} AND opened IS NULL",
            values,
        )
        return frozenset(found for (found,) in rows.fetchall())

    def _set(self, what: str, value: str | int, whom: Whom, entry: int) -> None:
        with writing(self._db):
            self._db.execute(
                f"UPDATE helpdesk_notices SET {what} WHERE entry = ? AND opened IS NULL "
                "AND ticket IN (SELECT id FROM tickets WHERE kind = ? AND ref = ?)",
                [value, entry, *whom],
            )

    def _now(self) -> str:
        return times.stored(self._clock())
