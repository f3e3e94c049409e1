"""PINs of authorised numbers: guesses are counted across calls and texts."""

from datetime import datetime

import sqlite_utils
from argon2 import PasswordHasher

from sipagent.access.pins import HASHER, Guess, PinStore
from sipagent.config import LoginSection
from sipagent.exchange.editing import streak_of
from sipagent.store.store import Store
from sipagent.threads import PINS


class OrderPins:
    """Decides about PINs of authorised numbers.

    Args:
        store: with the migrations ``access`` and ``exchange``.
        settings: how often somebody may err.
        hasher: checks hashes.
    """

    def __init__(
        self, store: Store, settings: LoginSection, hasher: PasswordHasher = HASHER
    ) -> None:
        self._store = store
        self._pins = PinStore(store.blocking, settings, hasher)

    def use(self, settings: LoginSection) -> None:
        """Let people err as often as other settings say."""
        self._pins.use(settings)

    async def check(self, number: str, pin: str, now: datetime, *, asserted: bool) -> Guess:
        """Decide about the PIN of an authorised number, and count it where it is wrong.

        Args:
            number: E.164; where it is authorised no longer, no PIN is right.
            pin: what was typed.
            now: the time, with its offset.
            asserted: whether the network vouches for it that it comes from there.
        """
        return await PINS.run(self._check, number, pin, now, asserted)

    def _check(self, number: str, pin: str, now: datetime, asserted: bool) -> Guess:
        def subject(db: sqlite_utils.Database) -> str | None:
            row = db.execute(
                "SELECT id FROM authorised_numbers WHERE number = ?", [number]
            ).fetchone()
            return None if row is None else f"authorised:{row[0]}"

        return self._pins.check(
            self._store.blocking.read(subject),
            pin,
            login=streak_of(number, "authorised"),
            number=number,
            now=now,
            asserted=asserted,
        )
