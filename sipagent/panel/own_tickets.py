"""Whose tickets somebody works on, and which they have asked themselves: said here only.

An administrator works on all of them, a manager on those of the own owners, and a user of the
exchange who is an agent on those that are no manager's. Whoever is in has asked the own ones.
"""

from dataclasses import replace

import sqlite_utils

from sipagent.errors import DataError
from sipagent.panel import people
from sipagent.panel.pages.now import number
from sipagent.panel.people import Person
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.web import Visit, missing
from sipagent.tickets.model import Asker, AskerKind, Filter, Ticket
from sipagent.tickets.tickets import Tickets


def works_on(person: Person, ticket: Ticket) -> bool:
    """Whether somebody may work on a ticket."""
    match person.role:
        case Role.ADMINISTRATOR:
            return True
        case Role.MANAGER:
            return ticket.asker.manager == person.manager is not None
        case Role.USER:
            return person.agent and ticket.asker.manager is None


def among(person: Person, wanted: Filter) -> Filter:
    """Return a filter that means only what somebody may work on."""
    match person.role:
        case Role.ADMINISTRATOR:
            return wanted
        case Role.MANAGER:
            return replace(wanted, manager=person.manager)
        case Role.USER:
            return replace(wanted, unmanaged=True)


def colleagues(db: sqlite_utils.Database, person: Person) -> list[str]:
    """Return the names of those who may work on what somebody works on."""
    return [
        one.name
        for one in people.listed(db)
        if one.may(Permission.HELPDESK)
        and (
            Role.ADMINISTRATOR in (one.role, person.role)
            or (one.role, one.manager) == (person.role, person.manager)
        )
    ]


def ticket_of(visit: Visit, db: sqlite_utils.Database) -> Ticket:
    """Return the ticket that the path names, for who works on it.

    Raises:
        Refused: there is none, or it is not theirs.
    """
    ticket = _named(visit, db)
    if not works_on(visit.person, ticket):
        raise missing()
    return ticket


def asked_by(person: Person) -> tuple[AskerKind, str]:
    """Return as whom somebody of the panel asks."""
    return AskerKind.USER, person.name


def asker(person: Person) -> Asker:
    """Return somebody of the panel as who asks."""
    kind, ref = asked_by(person)
    return Asker(
        kind, ref, person.user or person.name, email=person.email, language=person.language
    )  # fmt: skip


def own_ticket_of(visit: Visit, db: sqlite_utils.Database) -> Ticket:
    """Return the ticket that the path names, for who has asked.

    Raises:
        Refused: there is none, or somebody else has asked.
    """
    ticket = _named(visit, db)
    if (ticket.asker.kind, ticket.asker.ref) != asked_by(visit.person):
        raise missing()
    return ticket


def _named(visit: Visit, db: sqlite_utils.Database) -> Ticket:
    try:
        return Tickets(db).find(number(visit.names["ticket"]))
    except DataError:
        raise missing() from None
