"""What of the infoline is somebody's: everything is an administrator's, a manager has the own."""

import sqlite_utils

from sipagent.infoline.directory import Directory
from sipagent.infoline.managing import Office, offices
from sipagent.infoline.model import Estate, Owner
from sipagent.panel.permissions import Role
from sipagent.panel.web import Visit, missing


def owner_of(visit: Visit, db: sqlite_utils.Database, login: str) -> Owner:
    """Return the owner of a login.

    Raises:
        Refused: there is none, or they are somebody else's.
    """
    owner = Directory(db).find(login) if login.isascii() else None
    if owner is None or not is_own(visit, owner.manager.id):
        raise missing()
    return owner


def offices_of(visit: Visit, db: sqlite_utils.Database) -> list[Office]:
    """Return the managers that somebody may see, with their estates."""
    return [one for one in offices(db) if is_own(visit, one.manager.id)]


def office_of(visit: Visit, db: sqlite_utils.Database, manager: str) -> Office:
    """Return the manager of an id.

    Raises:
        Refused: there is none, or it is somebody else.
    """
    for one in offices_of(visit, db):
        if str(one.manager.id) == manager:
            return one
    raise missing()


def estate_of(visit: Visit, db: sqlite_utils.Database, estate: str) -> tuple[Office, Estate]:
    """Return the estate of an id, and whose it is.

    Raises:
        Refused: there is none, or it is somebody else's.
    """
    for office in offices_of(visit, db):
        for one in office.estates:
            if str(one.id) == estate:
                return office, one
    raise missing()


def is_own(visit: Visit, manager: int | None) -> bool:
    """Whether something that belongs to a manager, by id, is somebody's to see."""
    person = visit.person
    return person.role is Role.ADMINISTRATOR or manager == person.manager is not None
