"""Rows of rooms: read as entries of the exchange, and written."""

import sqlite_utils

from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rows import key_of, put, put_party, put_pin
from sipagent.exchange.values import Kind

_SWITCHES = ("tones", "names", "count", "wait", "record")


def rooms(db: sqlite_utils.Database, versions: dict[tuple[str, str], int]) -> tuple[Room, ...]:
    """Return all of them; ``versions`` get to know the number of the change of each."""
    rows = db.execute(
        "SELECT parties.name, parties.version, extension, ifnull(announcements.name, ''), people, "
        "tones, names, count, wait, record, ifnull(pins.hash, ''), ifnull(moderators.hash, '') "
        "FROM rooms JOIN parties ON parties.id = rooms.id "
        "LEFT JOIN announcements ON announcements.id = greeting_id "
        "LEFT JOIN pins ON pins.subject = 'room:' || rooms.id "
        "LEFT JOIN pins AS moderators ON moderators.subject = 'room-moderator:' || rooms.id "
        "ORDER BY parties.name"
    )
    found = []
    for name, changed, number, greeting, people, *switches, pin, moderator_pin in rows.fetchall():
        tones, names, count, wait, record = map(bool, switches)
        versions["rooms", name] = changed
        found.append(
            Room.model_construct(
                name=name,
                number=number,
                greeting=greeting,
                people=people,
                tones=tones,
                names=names,
                count=count,
                wait=wait,
                record=record,
                pin=pin,
                moderator_pin=moderator_pin,
            )
        )
    return tuple(found)


def put_room(db: sqlite_utils.Database, one: Room, number: int) -> None:
    """Insert a room, or change the one with its name; ``number`` is that of the change."""
    key = put_party(db, Kind.ROOM, one.name, one.number, number)
    values = {
        "id": key,
        "greeting_id": key_of(db, "announcements", one.greeting) if one.greeting else None,
        "people": one.people,
        **{name: int(getattr(one, name)) for name in _SWITCHES},
    }
    put(db, "rooms", values)
    put_pin(db, f"room:{key}", one.pin)
    put_pin(db, f"room-moderator:{key}", one.moderator_pin)
