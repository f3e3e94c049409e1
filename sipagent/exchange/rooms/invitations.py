"""Those who are to be called into a room, as they are kept: each is called once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.exchange.rows import party
from sipagent.exchange.values import Kind, Ref
from sipagent.store.database import delete_some, writing


class State(StrEnum):
    """Where an invitation stands."""

    PLANNED = "planned"
    #: They are being called, or were: nobody is called twice.
    BEGUN = "begun"
    OVER = "over"


class Outcome(StrEnum):
    """What became of one, where it was not the way in which they were not reached (``Reach``)."""

    #: Has been in the room.
    CAME = "came"
    #: Has not pressed the key: perhaps a machine.
    NO_KEY = "no-key"
    #: The room has not let them in.
    REFUSED = "not-let-in"
    #: Has hung up before.
    LEFT = "left"
    NOT_ALLOWED = "not-allowed"
    NO_ROOM = "no-room"
    #: The line ran too late for it, or died meanwhile; or somebody has taken it back.
    LATE = "late"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who is to be called into a room.

    Args:
        room: its name.
        target: whom, a number or as ``user:NAME``.
        user: whose rights and limits count, by name; empty: no number outside is called.
        at: when, as it is stored.
        zone: by whose clocks that was planned.
        id: 0 where it is not kept yet.
        state: where it stands.
        ended: when it was over, as it is stored.
        outcome: an ``Outcome``, a ``Reach``, or the key of the prompt that says why it was not
            allowed; empty: it is not over.
    """

    room: str
    target: str
    user: str
    at: str
    zone: str
    id: int = 0
    state: State = State.PLANNED
    ended: str | None = None
    outcome: str = ""


_SELECT = """
SELECT parties.name, target, user, at, zone, room_invitations.id, state, ended, outcome
FROM room_invitations JOIN parties ON parties.id = room_id WHERE
"""


class Invitations:
    """The invitations of a database."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def plan(self, one: Invitation) -> Invitation:
        """Keep one that is new, for a room that is there; return it as it is kept."""
        with writing(self._db):
            done = self._db.execute(
                "INSERT INTO room_invitations (room_id, target, user, at, zone, state) "
                "VALUES (?, ?, ?, ?, ?, 'planned')",
                [party(self._db, Ref(Kind.ROOM, one.room)), *_planned(one)],
            )
            return self.find(int(done.lastrowid or 0))

    def due(self, now: datetime) -> list[Invitation]:
        """Return those whose time has come, and that nobody has begun."""
        return self._select(
            "state = 'planned' AND at <= ? ORDER BY at, room_invitations.id", times.stored(now)
        )

    def begun(self) -> list[Invitation]:
        """Return those that are being called, or were when the program died."""
        return self._select("state = 'begun' ORDER BY room_invitations.id")

    def begin(self, key: int) -> bool:
        """Note that somebody is about to be called; whether it is this one who may do so."""
        done = self._db.execute(
            "UPDATE room_invitations SET state = 'begun' WHERE id = ? AND state = 'planned'", [key]
        )
        return done.rowcount == 1

    def wait(self, key: int) -> None:
        """Note that nobody was called after all."""
        self._db.execute("UPDATE room_invitations SET state = 'planned' WHERE id = ?", [key])

    def end(self, key: int, outcome: str, now: datetime) -> None:
        """Note what became of one."""
        self._db.execute(
            "UPDATE room_invitations SET state = 'over', ended = ?, outcome = ? WHERE id = ?",
            [times.stored(now), outcome, key],
        )

    def cancel(self, key: int, now: datetime) -> Invitation:
        """Take one back, and return it as it is kept.

        Raises:
            DataError: it is being called already, or over; or there is none.
        """
        with writing(self._db):
            found = self.find(key)
            if found.state is not State.PLANNED:
                raise DataError(f"invitation {key} is {found.state}, and cannot be taken back")
            self.end(key, Outcome.CANCELLED, now)
            return self.find(key)

    def listed(self, *, over: bool = False) -> list[Invitation]:
        """Return those that are planned or being called, the next one first; or all."""
        return self._select("? OR state <> 'over' ORDER BY at, room_invitations.id", over)

    def find(self, key: int) -> Invitation:
        """Return one.

        Raises:
            DataError: there is none.
        """
        found = self._select("room_invitations.id = ?", key)
        if not found:
            raise DataError(f"there is no invitation {key}; see: sipagent rooms planned")
        return found[0]

    def _select(self, where: str, *values: object) -> list[Invitation]:
        rows = self._db.execute(_SELECT + where, values)
        return [_invitation(row) for row in rows.fetchall()]


def delete_invitations(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete what was over before a moment; see ``store.database.delete_some``."""
    old = "state = 'over' AND at < ?"
    return delete_some(db, "room_invitations", old, [times.stored(moment)], limit)


def _planned(one: Invitation) -> Sequence[str]:
    return one.target, one.user, one.at, one.zone


def _invitation(row: Sequence[object]) -> Invitation:
    room, target, user, at, zone, key, state, ended, outcome = row
    words = (str(room), str(target), str(user), str(at), str(zone))
    kept = None if ended is None else str(ended)
    return Invitation(*words, int(str(key)), State(str(state)), kept, str(outcome))
