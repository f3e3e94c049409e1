"""What the infoline knows of an owner's ticket: the administration, as it was when it was asked."""

from dataclasses import astuple, dataclass

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.tickets.dictated import Dictated, Spoken
from sipagent.tickets.schema import tickets

owner_requests = Migrations("owner-requests")


@dataclass(frozen=True, slots=True)
class OwnerRequest:
    """Plain words, so that a ticket outlives the owner's data.

    Args:
        manager_name: of the administration.
        estate: its name.
        premises: of the owner, with their addresses.
        email: of the administration; empty: it has none.
    """

    manager_name: str
    estate: str
    premises: str
    email: str


@dataclass(frozen=True, slots=True)
class DictatedRequest:
    """A ticket that an owner has dictated, and what the infoline knows of it."""

    spoken: Spoken
    request: OwnerRequest


def keep(db: sqlite_utils.Database, ticket: int, request: OwnerRequest) -> None:
    """Write down what is known of a ticket, by its id; within a transaction."""
    db.execute("INSERT INTO owner_requests VALUES (?, ?, ?, ?, ?)", [ticket, *astuple(request)])


def request_of(db: sqlite_utils.Database, ticket: int) -> OwnerRequest | None:
    """Return what is known of a ticket, by its id; None where no owner has dictated it."""
    row = db.execute(
        "SELECT manager_name, estate, premises, email FROM owner_requests WHERE ticket = ?",
        [ticket],
    ).fetchone()
    return None if row is None else OwnerRequest(*row)


def waiting(db: sqlite_utils.Database) -> list[DictatedRequest]:
    """Return those whose words are not known yet, the oldest first."""
    found = ((one, request_of(db, one.ticket.id)) for one in Dictated(db).waiting())
    return [DictatedRequest(one, request) for one, request in found if request is not None]


@owner_requests()
def of_tickets(db: sqlite_utils.Database) -> None:
    """Take over what older databases have of dictated requests."""
    tickets.apply(db)
    db.execute(
        """
        CREATE TABLE owner_requests (
            ticket INTEGER PRIMARY KEY REFERENCES tickets (id) ON DELETE CASCADE,
            manager_name TEXT NOT NULL,
            estate TEXT NOT NULL,
            premises TEXT NOT NULL,
            email TEXT NOT NULL            -- the administration's address
        ) STRICT
        """
    )
    db.execute(
        "INSERT INTO owner_requests "
        "SELECT id, manager_name, estate, premises, email FROM dictated_requests"
    )
    db.execute("DROP TABLE dictated_requests")
