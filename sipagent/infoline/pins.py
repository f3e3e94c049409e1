"""PINs: a second proof for owners who call from an unknown or hidden number.

What may be guessed how often is argued in ``docs/decisions/009-pins.md``.
"""

import itertools
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlite_utils
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import existing
from sipagent.infoline.lockout import Kind, Lockout, Source
from sipagent.infoline.login import LONGEST_LOGIN, LoginResult, Verdict, standing
from sipagent.infoline.model import Owner
from sipagent.store.database import writing
from sipagent.threads import Threads

Result = TypeVar("Result")

#: Digits of a PIN.
SHORTEST, LONGEST = 6, 10
#: argon2id as OWASP advises for a service: 19 MiB and two passes, some 30 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_HOUR = timedelta(hours=1)
#: Callers who may wait for a PIN to be checked.
_WAITING = 1000

_IN_USE = """
SELECT EXISTS (SELECT 1 FROM owner_pins) AND (
    EXISTS (SELECT 1 FROM managers WHERE pin_login = 'yes') OR
    EXISTS (SELECT 1 FROM estates WHERE pin_login = 'yes'))
"""


class Pins:
    """Decides about PINs; one at a time, so that a flood of callers fills no memory.

    Args:
        db: a connection of its own; only this object's thread writes on it.
        settings: how often a caller may err.
        hasher: makes and checks hashes.
    """

    def __init__(
        self, db: sqlite_utils.Database, settings: LoginSection, hasher: PasswordHasher = _HASHER
    ) -> None:
        self._db = db
        self._settings = settings
        self._hasher = hasher
        self._lockout = Lockout(db, settings)
        self._directory = Directory(db)
        self._thread = Threads("pins", 1, _WAITING)
        self._turn = threading.Lock()
        #: Is checked where there is no PIN, so that the answer takes as long.
        self._decoy = hasher.hash(secrets.token_hex())

    def use(self, settings: LoginSection) -> None:
        """Let callers err as often as other settings say."""
        self._settings = settings
        self._lockout.use(settings)

    def close(self) -> None:
        """End the thread."""
        self._thread.close()

    async def in_use(self) -> bool:
        """Whether any owner could be let in by a PIN; otherwise nobody is asked for one."""
        return await self._run(lambda: bool(self._db.execute(_IN_USE).fetchone()[0]))

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
        return await self._run(self.decide, login, pin, number, now, asserted)

    def decide(
        self, login: str, pin: str, number: str | None, now: datetime, asserted: bool
    ) -> LoginResult:
        """Do what ``check`` does, in this thread."""
        sources = [Source(Kind.PIN_LOGIN, login[:LONGEST_LOGIN], False)]
        if number is not None:
            sources.append(Source(Kind.PIN_NUMBER, number, asserted))
        with self._turn:
            if wait := self._wait(sources, now):
                return LoginResult(Verdict.LOCKED, wait=wait)
            owner = self._directory.find(login)
            good = self._verified(self._hash(owner), pin)
            with writing(self._db):
                if good and owner is not None:
                    for source in sources:
                        self._lockout.forget(source)
                    return LoginResult(standing(owner), owner)
                self._db.execute("DELETE FROM pin_failures WHERE at <= ?", [_text(now - _HOUR)])
                self._db.execute("INSERT INTO pin_failures (at) VALUES (?)", [_text(now)])
                waits = [self._lockout.count(source, now) for source in sources]
        return LoginResult(Verdict.REFUSED, wait=max((one for one in waits if one), default=None))

    def _wait(self, sources: list[Source], now: datetime) -> timedelta | None:
        """Return how long to wait for these sources, or for the hour's guesses of everybody."""
        waits = [wait for source in sources if (wait := self._lockout.wait(source, now))]
        most = self._settings.pin_failures_per_hour
        recent = self._db.execute(
            "SELECT at FROM pin_failures WHERE at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            [_text(now - _HOUR), most - 1],
        ).fetchone()
        if recent is not None:
            waits.append(datetime.fromisoformat(recent[0]) + _HOUR - now)
        return max(waits, default=None)

    def _hash(self, owner: Owner | None) -> str:
        """Return the hash to compare with: of a stranger's the decoy, which nothing fits."""
        if owner is None or not allows(owner):
            return self._decoy
        row = self._db.execute(
            "SELECT hash FROM owner_pins WHERE owner_id = ?", [owner.id]
        ).fetchone()
        return str(row[0]) if row else self._decoy

    def _verified(self, kept: str, pin: str) -> bool:
        try:
            return self._hasher.verify(kept, pin[: LONGEST + 1])
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Result], *args: Any) -> Result:
        return await self._thread.run(work, *args)


def allows(owner: Owner) -> bool:
    """Whether the owner's manager, or the estate where it differs, lets PINs count."""
    return owner.manager.contract.changed(owner.estate.contract).pin_login == "yes"


def has_pin(db: sqlite_utils.Database, owner: Owner) -> bool:
    """Whether an owner has a PIN."""
    return bool(db.execute("SELECT 1 FROM owner_pins WHERE owner_id = ?", [owner.id]).fetchone())


def set_pin(
    db: sqlite_utils.Database, login: str, pin: str, hasher: PasswordHasher = _HASHER
) -> Owner:
    """Give an owner a PIN; what was guessed wrong before is forgotten.

    Raises:
        DataError: no such login, or a PIN that is too easy; the text says why.
    """
    owner = existing(db, login)
    require_good(pin, login)
    kept = hasher.hash(pin)
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO owner_pins (owner_id, hash, changed_at) VALUES (?, ?, ?)",
            [owner.id, kept, _text(datetime.now(UTC))],
        )
        db.execute("DELETE FROM login_failures WHERE kind = 'pin-login' AND value = ?", [login])
    return owner


def remove_pin(db: sqlite_utils.Database, login: str) -> Owner:
    """Take an owner's PIN away.

    Raises:
        DataError: no such login.
    """
    owner = existing(db, login)
    with writing(db):
        db.execute("DELETE FROM owner_pins WHERE owner_id = ?", [owner.id])
    return owner


def generate(login: str) -> str:
    """Return a PIN by lot that may be given to the owner of a login."""
    while True:
        pin = f"{secrets.randbelow(10**SHORTEST):0{SHORTEST}}"
        if not _weakness(pin, login):
            return pin


def require_good(pin: str, login: str) -> None:
    """Check that a PIN is one, and not the first that anybody would try.

    Raises:
        DataError: it is not, and why.
    """
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise DataError(f"a PIN has {SHORTEST} to {LONGEST} digits, and nothing else")
    if weakness := _weakness(pin, login):
        raise DataError(f"this PIN is too easy to guess: {weakness}; choose another one")


def _weakness(pin: str, login: str) -> str:
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    if len(set(pin)) < 3:
        return "it has fewer than three different digits"
    if steps in ({1}, {9}):
        return "its digits follow each other"
    if pin[: len(pin) // 2] * 2 == pin or pin[: len(pin) // 3] * 3 == pin:
        return "it repeats itself"
    if login in pin or pin in login:
        return "it is like the login"
    return ""


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
