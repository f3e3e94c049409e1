"""PINs of entries of the exchange: guesses are decided about in turn, and counted across calls."""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlite_utils
from argon2 import PasswordHasher

from sipagent.access.pins import HASHER, Guess, PinStore
from sipagent.config import LoginSection
from sipagent.store.store import Store
from sipagent.threads import PINS

#: Returns what the PINs are kept by that are right (``access.pins``); of none, nothing is right.
Subjects = Callable[[sqlite_utils.Database], Sequence[str]]


class EntryPins:
    """The PINs of a kind of entries, which says whose they are.

    Args:
        store: with the migrations ``access`` and ``exchange``.
        settings: how often somebody may err.
        hasher: makes and checks hashes.
    """

    def __init__(
        self, store: Store, settings: LoginSection, hasher: PasswordHasher = HASHER
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._pins = PinStore(store.blocking, settings, hasher)

    def use(self, settings: LoginSection) -> None:
        """Let people err as often as other settings say."""
        self._pins.use(settings)

    async def _decided(
        self,
        subjects: Subjects,
        pin: str,
        *,
        login: str,
        number: str | None,
        asserted: bool,
        now: datetime,
    ) -> Guess:
        """Decide about a PIN, and count it where it is wrong; see ``PinStore.check``."""

        def decide() -> Guess:
            found = self._store.blocking.read(subjects)
            return self._pins.check(
                found[0] if found else None,
                pin,
                login=login,
                number=number,
                now=now,
                asserted=asserted,
                others=found[1:],
            )

        return await PINS.run(decide)


def party_key(db: sqlite_utils.Database, kind: str, name: str) -> int | None:
    """Return the key of a party, such as a user; None: it is gone."""
    row = db.execute("SELECT id FROM parties WHERE kind = ? AND name = ?", [kind, name]).fetchone()
    return None if row is None else int(row[0])
