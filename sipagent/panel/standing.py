"""How the exchange stands, as the database has it: phones, rooms, schedules, invitations."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import sqlite_utils

from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rooms.invitations import Invitation, Invitations
from sipagent.exchange.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone of the exchange, and where it is registered."""

    account: str
    user: str
    #: Address, transport and maker of each place.
    places: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """A schedule, and whether it is open now; ``until``: when a night ends that closes it."""

    schedule: str
    open: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is, whether the line runs or not.

    Args:
        phones: all of them.
        rooms: their names.
        schedules: all of them.
        invitations: who is to be called into rooms, the next one first.
    """

    phones: tuple[Phone, ...] = ()
    rooms: tuple[str, ...] = ()
    schedules: tuple[Opening, ...] = ()
    invitations: tuple[Invitation, ...] = ()


def standing(db: sqlite_utils.Database, zone: tzinfo) -> Standing:
    """Return how the exchange stands now; the times of its schedules are those of a zone."""
    stored, now = load(db), datetime.now(UTC)
    return Standing(
        tuple(_phones(db, stored)),
        tuple(one.name for one in stored.exchange.rooms),
        tuple(_openings(stored, now, zone)),
        tuple(Invitations(db).listed()),
    )


def _phones(db: sqlite_utils.Database, stored: Stored) -> list[Phone]:
    places: dict[str, list[tuple[str, str, str]]] = {}
    rows = db.execute(
        "SELECT account, source, transport, user_agent FROM bindings "
        "JOIN phones ON phones.id = phone_id WHERE expires > strftime('%Y-%m-%dT%H:%M:%S')"
    )
    for account, *place in rows.fetchall():
        places.setdefault(account, []).append((place[0], place[1], place[2]))
    known = stored.exchange.phones
    return [Phone(one.account, one.user, tuple(places.get(one.account, ()))) for one in known]


def _openings(stored: Stored, now: datetime, zone: tzinfo) -> list[Opening]:
    found = []
    for one in stored.exchange.schedules:
        hours = Timetable(one, stored.nights.get(one.name))
        found.append(Opening(one.name, hours.open_at(now, zone), hours.night_at(now)))
    return found
