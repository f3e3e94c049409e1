"""PINs of owners who call from an unknown or hidden number: who is let in by one.

What may be guessed how often is argued in ``docs/decisions/009-pins.md``.
"""

from datetime import datetime

import sqlite_utils
from argon2 import PasswordHasher

from sipagent.access import pins
from sipagent.access.pins import HASHER, PinStore
from sipagent.config import LoginSection
from sipagent.infoline.contact import contract_of
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import existing
from sipagent.infoline.login import LONGEST_LOGIN, LoginResult, Verdict, standing
from sipagent.infoline.model import Owner
from sipagent.store.data import Data
from sipagent.threads import PINS

_IN_USE = """
SELECT EXISTS (SELECT 1 FROM pins WHERE subject GLOB 'owner:*') AND (
    EXISTS (SELECT 1 FROM managers WHERE pin_login = 'yes') OR
    EXISTS (SELECT 1 FROM estates WHERE pin_login = 'yes'))
"""


class Pins:
    """Decides about PINs of owners.

    Args:
        data: with the migrations of the infoline.
        settings: how often a caller may err.
        hasher: makes and checks hashes.
    """

    def __init__(self, data: Data, settings: LoginSection, hasher: PasswordHasher = HASHER) -> None:
        self._data = data
        self._store = PinStore(data, settings, hasher)

    def use(self, settings: LoginSection) -> None:
        """Let callers err as often as other settings say."""
        self._store.use(settings)

    async def in_use(self) -> bool:
        """Whether any owner could be let in by a PIN; otherwise nobody is asked for one."""
        return await PINS.run(self._data.read, in_use)

    async def check(
        self, login: str, pin: str, number: str | None, *, now: datetime, asserted: bool = False
    ) -> LoginResult:
        """Decide about a login and a PIN.

        Args:
            login: the digits that were typed first.
            pin: those that were typed then.
            number: the calling number in E.164, None where it is hidden.
            now: the time, with its offset.
            asserted: whether the network vouches for the number.
        """
        return await PINS.run(self.decide, login, pin, number, now, asserted)

    def decide(
        self, login: str, pin: str, number: str | None, now: datetime, asserted: bool
    ) -> LoginResult:
        """Do what ``check`` does, in this thread."""
        owner = self._data.read(lambda db: Directory(db).find(login))
        guess = self._store.check(
            subject_of(owner) if owner is not None and allows(owner) else None,
            pin,
            login=login[:LONGEST_LOGIN],
            number=number,
            now=now,
            asserted=asserted,
        )
        if guess.right and owner is not None:
            return LoginResult(standing(owner), owner)
        return LoginResult(Verdict.REFUSED if guess.looked else Verdict.LOCKED, wait=guess.wait)


def in_use(db: sqlite_utils.Database) -> bool:
    """Whether any owner could be let in by a PIN."""
    return bool(db.execute(_IN_USE).fetchone()[0])


def subject_of(owner: Owner) -> str:
    """Return whose an owner's PIN is; the owner's row takes it along when it goes."""
    return f"owner:{owner.id}"


def allows(owner: Owner) -> bool:
    """Whether the owner's manager, or the estate where it differs, lets PINs count."""
    return contract_of(owner).pin_login == "yes"


def has_pin(db: sqlite_utils.Database, owner: Owner) -> bool:
    """Whether an owner has a PIN."""
    return pins.has_pin(db, subject_of(owner))


def set_pin(
    db: sqlite_utils.Database, login: str, pin: str, hasher: PasswordHasher = HASHER
) -> Owner:
    """Give an owner a PIN; what was guessed wrong before is forgotten.

    Raises:
        DataError: no such login, or a PIN that is too easy; the text says why.
    """
    owner = existing(db, login)
    pins.set_pin(db, subject_of(owner), pin, login=login, hasher=hasher)
    return owner


def remove_pin(db: sqlite_utils.Database, login: str) -> Owner:
    """Take an owner's PIN away.

    Raises:
        DataError: no such login.
    """
    owner = existing(db, login)
    pins.remove_pin(db, subject_of(owner))
    return owner
