"""PINs of authorised numbers: guesses are counted across calls and texts."""

from datetime import datetime

import sqlite_utils

from sipagent.access.pins import Guess
from sipagent.exchange.editing import streak_of
from sipagent.exchange.pins import EntryPins


class OrderPins(EntryPins):
    """Decides about PINs of authorised numbers."""

    async def check(self, number: str, pin: str, now: datetime, *, asserted: bool) -> Guess:
        """Decide about the PIN of an authorised number, and count it where it is wrong.

        Args:
            number: E.164; where it is authorised no longer, no PIN is right.
            pin: what was typed.
            now: the time, with its offset.
            asserted: whether the network vouches for it that it comes from there.
        """

        def subjects(db: sqlite_utils.Database) -> list[str]:
            rows = db.execute("SELECT id FROM authorised_numbers WHERE number = ?", [number])
            return [f"authorised:{key}" for (key,) in rows.fetchall()]

        return await self._decided(
            subjects,
            pin,
            login=streak_of(number, "authorised"),
            number=number,
            asserted=asserted,
            now=now,
        )
