"""PINs of rooms: who may come in, and who leads the meeting."""

from datetime import datetime
from enum import StrEnum

import sqlite_utils
from argon2.exceptions import VerifyMismatchError

from sipagent.access.lockout import Kind as Streak
from sipagent.access.lockout import pardon
from sipagent.access.pins import HASHER, Guess, require_good
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.pins import EntryPins, party_key
from sipagent.exchange.reading import load
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.values import Kind
from sipagent.store.database import writing
from sipagent.telephony.party import Caller

#: Digits of a PIN.
SHORTEST, LONGEST = 4, 8


class Role(StrEnum):
    """Whose PIN it is: the field of ``model.Room`` that has it."""

    GUEST = "pin"
    MODERATOR = "moderator_pin"


#: What a PIN is kept by (``access.pins``), before the key of the room.
_SUBJECTS = {Role.GUEST: "room", Role.MODERATOR: "room-moderator"}


class RoomPins(EntryPins):
    """Decides about PINs of rooms."""

    async def check(
        self, room: str, pin: str, caller: Caller, now: datetime
    ) -> tuple[Role | None, Guess]:
        """Return whose PIN it is, and what it comes to; it is counted where it is nobody's."""

        def subjects(db: sqlite_utils.Database) -> list[str]:
            key = party_key(db, Kind.ROOM, room)
            return [] if key is None else [f"{subject}:{key}" for subject in _SUBJECTS.values()]

        guess = await self._decided(
            subjects,
            pin,
            login=streak_of(room),
            number=caller.number,
            asserted=caller.asserted,
            now=now,
        )
        whose = (guess.subject or "").partition(":")[0]
        return next((role for role, one in _SUBJECTS.items() if one == whose), None), guess


def streak_of(room: str) -> str:
    """Return what wrong PINs of a room are counted for."""
    return f"room:{room}"


def set_pin(db: sqlite_utils.Database, room: str, role: Role, pin: str, *, by: str = "") -> None:
    """Give a room a PIN, or take it away where it is empty; what was guessed wrong is forgotten.

    Raises:
        DataError: there is no such room, the PIN is too easy, or the other one of the room.
    """
    found = editing.existing(load(db).exchange, "rooms", room)
    assert isinstance(found, Room)
    if pin:
        require_good(pin, found.number, shortest=SHORTEST, longest=LONGEST)
        other = found.pin if role is Role.MODERATOR else found.moderator_pin
        if other and _fits(other, pin):
            raise DataError("guests and moderators need different PINs; choose another one")
    with writing(db):
        hashed = HASHER.hash(pin) if pin else ""
        editing.edit(db, "rooms", found.name, {role.value: hashed}, by=by)
        pardon(db, Streak.PIN_LOGIN, streak_of(found.name))


def _fits(hashed: str, pin: str) -> bool:
    try:
        return HASHER.verify(hashed, pin)
    except VerifyMismatchError:
        return False
