"""What programs are told of tickets."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.errors import DataError
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.told import TicketTold, ticket_told
from sipagent.webhooks.happening import Happening, Told
from sipagent.webhooks.schema import noting, webhooks

ticket_happenings = Migrations("ticket-happenings")


@ticket_happenings()
def made_and_changed(db: sqlite_utils.Database) -> None:
    """Note what happens to tickets; also that it is known what was said."""
    for room in (tickets, webhooks):
        room.apply(db)
    for name in ("ticket_created", "ticket_changed"):  # of a table that is another one now
        db.execute(f"DROP TRIGGER IF EXISTS happening_{name}")
    for name, change, kind, subject, when in (
        (
            "ticket_created", "UPDATE OF number ON tickets", "ticket.created", "NEW.number",
            "NEW.number NOT NULL AND OLD.number IS NULL",
        ),
        (
            "ticket_changed", "UPDATE OF version ON tickets", "ticket.changed", "NEW.number",
            "OLD.number NOT NULL",
        ),
    ):  # fmt: skip
        db.execute(noting(name, change, f"'{kind}'", subject, when))


def _ticket(db: sqlite_utils.Database, subject: str) -> Told | None:
    kept, number = Tickets(db), int(subject)
    try:
        ticket = kept.find(number)
    except DataError:  # deleted meanwhile
        return None
    return Told(ticket_told(ticket, kept.thread(number)), ticket.asker.manager, ticket.call)


HAPPENINGS = (
    Happening("ticket.created", TicketTold, _ticket),
    Happening("ticket.changed", TicketTold, _ticket),
)
