"""What programs are told of the infoline: of requests and statements."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.errors import DataError
from sipagent.infoline.documents import StatementTold, TicketTold, statement_told, ticket_told
from sipagent.infoline.tickets import Tickets, tickets
from sipagent.messages.outbox import entry_of
from sipagent.messages.schema import messages
from sipagent.webhooks.happening import Happening, Told
from sipagent.webhooks.schema import noting, webhooks

infoline_happenings = Migrations("infoline-happenings")

_DONE = "NEW.kind = 'statement' AND OLD.state = 'waiting'"


@infoline_happenings()
def requests_and_statements(db: sqlite_utils.Database) -> None:
    """Note what happens to tickets, and how messages end that bring statements."""
    for room in (tickets, messages, webhooks):
        room.apply(db)
    for name, change, kind, subject, when in (
        (
            "ticket_created", "UPDATE OF number ON tickets", "ticket.created", "NEW.number",
            "NEW.number NOT NULL AND OLD.number IS NULL",
        ),
        (
            "ticket_changed", "UPDATE OF state, transcription ON tickets", "ticket.changed",
            "NEW.number", "OLD.number NOT NULL",
        ),
        (
            "statement_sent", "UPDATE OF state ON outbox", "statement.sent", "NEW.id",
            f"{_DONE} AND NEW.state = 'sent'",
        ),
        (
            "statement_failed", "UPDATE OF state ON outbox", "statement.failed", "NEW.id",
            f"{_DONE} AND NEW.state IN ('refused', 'given-up')",
        ),
    ):  # fmt: skip
        db.execute(noting(name, change, f"'{kind}'", subject, when))


def _ticket(db: sqlite_utils.Database, subject: str) -> Told | None:
    kept = Tickets(db)
    try:
        ticket = kept.find(int(subject))
    except DataError:  # deleted meanwhile
        return None
    document = ticket_told(ticket, kept.notes(int(subject)))
    return Told(document, ticket.request.manager, ticket.request.call)


def _statement(db: sqlite_utils.Database, subject: str) -> Told | None:
    try:
        entry = entry_of(db, int(subject))
    except DataError:  # deleted meanwhile
        return None
    return Told(statement_told(entry), entry.manager, entry.call)


HAPPENINGS = (
    Happening("ticket.created", TicketTold, _ticket),
    Happening("ticket.changed", TicketTold, _ticket),
    Happening("statement.sent", StatementTold, _statement),
    Happening("statement.failed", StatementTold, _statement),
)
