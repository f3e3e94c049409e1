"""Who is let in: the pair of numeric login and calling number.

What may lock whom is argued in ``docs/decisions/003-login-lockout.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlite_utils

from sipagent.access.lockout import Kind, Lockout, Source
from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.trials import allowed
from sipagent.store.data import Data

#: Longer input is no login of ours; nobody fills the tables with made-up texts.
LONGEST_LOGIN = 12


class Verdict(StrEnum):
    """What a login comes to.

    Everything but ``REFUSED``, ``HIDDEN_NUMBER`` and ``LOCKED`` is said only to a caller whose
    pair is right: nobody else learns that a login exists.
    """

    ACCEPTED = "accepted"
    #: Nobody has the login, or the number is not on that owner's record: never told apart.
    REFUSED = "refused"
    HIDDEN_NUMBER = "hidden-number"
    OWNER_BLOCKED = "owner-blocked"
    ESTATE_BLOCKED = "estate-blocked"
    #: The owner has no access to the web service, and hence none to the line.
    NO_ACCESS = "no-access"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A verdict; ``owner`` where the pair was right, ``wait`` where the next try must wait."""

    verdict: Verdict
    owner: Owner | None = None
    wait: timedelta | None = None


class Login:
    """Decides about logins, and remembers failures in the database.

    Threads may share it: what changes anything is decided in the thread that writes, one after
    another, so that a burst of calls from one number gets no more guesses than a single call does.

    Args:
        data: with the migrations of the infoline.
        settings: how often a caller may err.
        settle: makes the changes of numbers whose time has come; called before one is looked up.
    """

    def __init__(
        self,
        data: Data,
        settings: LoginSection,
        settle: Callable[[datetime], object] = lambda now: None,
    ) -> None:
        self._data = data
        self._lockout = Lockout(settings)
        self._settle = settle

    def use(self, settings: LoginSection) -> None:
        """Let callers err as often as other settings say."""
        self._lockout.use(settings)

    def check(
        self, login: str, number: str | None, *, now: datetime, asserted: bool = False
    ) -> LoginResult:
        """Decide about the digits that a caller typed.

        Args:
            login: the digits, without the ``#``.
            number: the calling number in E.164, None where it is hidden or unusable.
            now: the time, with its offset.
            asserted: whether the network vouches for the number (RFC 3325).

        Raises:
            DataError: the database was busy for longer than ``store.database.BUSY_SECONDS``.
            ValueError: ``now`` has no offset.
        """
        if now.tzinfo is None:
            raise ValueError("now has no time zone")
        if number is None:
            return LoginResult(Verdict.HIDDEN_NUMBER)
        self._settle(now)
        sources = (Source(Kind.NUMBER, number, asserted), Source(Kind.LOGIN, login, asserted))
        # Nearly every login is right at once, with nothing to forget: it waits for no writer.
        seen = self._data.read(lambda db: self._seen(db, *sources, now))
        return seen or self._data.write(lambda db: self._decided(db, *sources, now))

    def fits(self, login: str, number: str, now: datetime) -> bool:
        """Whether a number is on the record of a login; nothing is counted."""
        self._settle(now)
        return self._data.read(lambda db: _owner(db, login, number, now)) is not None

    def _seen(
        self, db: sqlite_utils.Database, caller: Source, target: Source, now: datetime
    ) -> LoginResult | None:
        """Return the verdict where nothing has to be written down for it."""
        if wait := self._lockout.wait(db, caller, now):
            return LoginResult(Verdict.LOCKED, wait=wait)
        if any(self._lockout.remembers(db, source) for source in (caller, target)):
            return None
        return _accepted(db, caller, target, now)

    def _decided(
        self, db: sqlite_utils.Database, caller: Source, target: Source, now: datetime
    ) -> LoginResult:
        """Return the verdict, and write down what follows from it."""
        if wait := self._lockout.wait(db, caller, now):
            return LoginResult(Verdict.LOCKED, wait=wait)
        if accepted := _accepted(db, caller, target, now):
            self._lockout.forget(db, caller, target)
            return accepted
        return self._failed(db, caller, target, now)

    def _failed(
        self, db: sqlite_utils.Database, caller: Source, target: Source, now: datetime
    ) -> LoginResult:
        wait = self._lockout.count(db, caller, now)
        if not 0 < len(target.value) <= LONGEST_LOGIN:
            return LoginResult(Verdict.REFUSED, wait=wait)
        if lock := self._lockout.wait(db, target, now):
            return LoginResult(Verdict.LOCKED, wait=max(lock, wait or lock))
        self._lockout.count(db, target, now)
        return LoginResult(Verdict.REFUSED, wait=wait)


def _accepted(
    db: sqlite_utils.Database, caller: Source, target: Source, now: datetime
) -> LoginResult | None:
    """Return whether the owner is let in; None where the pair is not right."""
    owner = _owner(db, target.value, caller.value, now)
    return None if owner is None else LoginResult(standing(owner), owner)


def _owner(db: sqlite_utils.Database, login: str, number: str, now: datetime) -> Owner | None:
    """Return the owner of a login, where a number is theirs, or counts as theirs today."""
    owner = Directory(db).find(login)
    if owner is None or number in owner.phones or allowed(db, owner, number, now):
        return owner
    return None


def standing(owner: Owner) -> Verdict:
    """Return whether an owner whose proof is right is let in."""
    if owner.blocked:
        return Verdict.OWNER_BLOCKED
    if not owner.estate.owner_access:
        return Verdict.ESTATE_BLOCKED
    if not owner.web_access:
        return Verdict.NO_ACCESS
    return Verdict.ACCEPTED
