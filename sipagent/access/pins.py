"""PINs: a second proof for who calls from an unknown or hidden number.

What may be guessed how often is argued in ``docs/decisions/009-pins.md``.
"""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import sqlite_utils
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from sipagent import times
from sipagent.access.lockout import Kind, Lockout, Source, pardon
from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.store.data import Data
from sipagent.store.database import writing

#: Digits of a PIN.
SHORTEST, LONGEST = 6, 10
#: argon2id as OWASP advises for a service: 19 MiB and two passes, some 30 ms.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a PIN comes to.

    ``looked`` is whether it was compared at all, which it is not while something is locked;
    ``wait`` is how long the next try must wait, ``subject`` whose PIN it is.
    """

    right: bool
    looked: bool = True
    wait: timedelta | None = None
    subject: str | None = None


class PinStore:
    """The PINs of one database, each of a subject: a text that the domain makes of its own keys.

    Args:
        data: with the migrations of this room.
        settings: how often a caller may err.
        hasher: makes and checks hashes.
    """

    def __init__(self, data: Data, settings: LoginSection, hasher: PasswordHasher = HASHER) -> None:
        self._data = data
        self._settings = settings
        self._hasher = hasher
        self._lockout = Lockout(settings)
        #: Is checked where there is no PIN, so that the answer takes as long.
        self._decoy = decoy(hasher)

    def use(self, settings: LoginSection) -> None:
        """Let callers err as often as other settings say."""
        self._settings = settings
        self._lockout.use(settings)

    def check(
        self,
        subject: str | None,
        pin: str,
        *,
        login: str,
        number: str | None,
        now: datetime,
        asserted: bool,
        others: Sequence[str] = (),
    ) -> Guess:
        """Decide about a PIN, and count it where it is wrong.

        Args:
            subject: whose; None for nobody's, of which no PIN is right.
            pin: the digits that were typed.
            login: those that were typed before, whose failures are counted.
            number: the calling number in E.164, None where it is hidden.
            now: the time, with its offset.
            asserted: whether the network vouches for the number.
            others: subjects whose PIN would be right as well.

        Raises:
            DataError: the database was busy for longer than ``store.database.BUSY_SECONDS``.
        """
        sources = [Source(Kind.PIN_LOGIN, login, False)]
        if number is not None:
            sources.append(Source(Kind.PIN_NUMBER, number, asserted))
        wait, kept, streaks = self._data.read(
            lambda db: (
                self._wait(db, sources, now),
                [(one, self._hash(db, one)) for one in (subject, *others)],
                [source for source in sources if self._lockout.remembers(db, source)],
            )
        )
        if wait:
            return Guess(right=False, looked=False, wait=wait)
        # Nobody waits for the processor with the database in hand.
        for whose, hashed in kept:
            if self._verified(hashed, pin):
                if streaks:  # else nobody has to wait for a writer
                    self._data.write(lambda db: self._lockout.forget(db, *streaks))
                return Guess(right=True, subject=whose)
        return Guess(right=False, wait=self._data.write(partial(self._count, sources, now)))

    def _count(
        self, sources: list[Source], now: datetime, db: sqlite_utils.Database
    ) -> timedelta | None:
        """Add a failure of all sources; return the longest wait that it starts."""
        db.execute("DELETE FROM pin_failures WHERE at <= ?", [_text(now - _HOUR)])
        db.execute("INSERT INTO pin_failures (at) VALUES (?)", [_text(now)])
        waits = [self._lockout.count(db, source, now) for source in sources]
        return max((one for one in waits if one), default=None)

    def _wait(
        self, db: sqlite_utils.Database, sources: list[Source], now: datetime
    ) -> timedelta | None:
        """Return how long to wait for these sources, or for the hour's guesses of everybody."""
        waits = [wait for source in sources if (wait := self._lockout.wait(db, source, now))]
        until = closed_until(db, self._settings, now)
        if until is not None:
            waits.append(until - now)
        return max(waits, default=None)

    def _hash(self, db: sqlite_utils.Database, subject: str | None) -> str:
        """Return the hash to compare with: of nobody's the decoy, which nothing fits."""
        row = db.execute("SELECT hash FROM pins WHERE subject = ?", [subject]).fetchone()
        return str(row[0]) if row else self._decoy

    def _verified(self, kept: str, pin: str) -> bool:
        try:
            return self._hasher.verify(kept, pin[: LONGEST + 1])
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


@cache
def decoy(hasher: PasswordHasher) -> str:
    """Return the hash of what nobody knows, which takes as long to compare as anybody's."""
    return hasher.hash(secrets.token_hex())


def closed_until(
    db: sqlite_utils.Database, settings: LoginSection, now: datetime
) -> datetime | None:
    """Return until when no PIN is taken, for there were too many wrong ones within the hour.

    None: they are.
    """
    recent = db.execute(
        "SELECT at FROM pin_failures WHERE at > ? ORDER BY at DESC LIMIT 1 OFFSET ?",
        [_text(now - _HOUR), settings.pin_failures_per_hour - 1],
    ).fetchone()
    return datetime.fromisoformat(recent[0]) + _HOUR if recent else None


def reopen(db: sqlite_utils.Database) -> None:
    """Take PINs again, however many were wrong within the hour."""
    with writing(db):
        db.execute("DELETE FROM pin_failures")


def has_pin(db: sqlite_utils.Database, subject: str) -> bool:
    """Whether a subject has a PIN."""
    return bool(db.execute("SELECT 1 FROM pins WHERE subject = ?", [subject]).fetchone())


def set_pin(
    db: sqlite_utils.Database,
    subject: str,
    pin: str,
    *,
    login: str,
    hasher: PasswordHasher = HASHER,
) -> None:
    """Give a subject a PIN; what was guessed wrong before with its login is forgotten.

    Raises:
        DataError: the PIN is too easy; the text says why.
    """
    keep_pin(db, subject, hashed(pin, login, hasher), login=login)


def hashed(pin: str, login: str, hasher: PasswordHasher = HASHER) -> str:
    """Return what is kept of a PIN for who has a login, which takes some 30 ms.

    Raises:
        DataError: the PIN is too easy; the text says why.
    """
    require_good(pin, login)
    return hasher.hash(pin)


def keep_pin(db: sqlite_utils.Database, subject: str, kept: str, *, login: str) -> None:
    """Give a subject a PIN of which the hash is known, as ``set_pin`` does."""
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO pins (subject, hash, changed_at) VALUES (?, ?, ?)",
            [subject, kept, _text(datetime.now(UTC))],
        )
        pardon(db, Kind.PIN_LOGIN, login)


def remove_pin(db: sqlite_utils.Database, subject: str) -> None:
    """Take a subject's PIN away."""
    with writing(db):
        db.execute("DELETE FROM pins WHERE subject = ?", [subject])


def generate(login: str, digits: int = SHORTEST) -> str:
    """Return a PIN by lot that may be given to who has a login."""
    while True:
        pin = f"{secrets.randbelow(10**digits):0{digits}}"
        if not _weakness(pin, login):
            return pin


def require_good(pin: str, login: str, *, shortest: int = SHORTEST, longest: int = LONGEST) -> None:
    """Check that a PIN is one, and not the first that anybody would try.

    Raises:
        DataError: it is not, and why.
    """
    if not (pin.isascii() and pin.isdecimal() and shortest <= len(pin) <= longest):
        raise DataError(f"a PIN has {shortest} to {longest} digits, and nothing else")
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
    return times.stored(moment, "microseconds")
