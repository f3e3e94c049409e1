"""Who is let in: the pair of numeric login and calling number.

What may lock whom is argued in ``docs/decisions/003-login-lockout.md``.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlite_utils

from sipagent.access.lockout import Kind, Lockout, Source
from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.store.database import writing

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

    Threads may share it: tries are decided one after another, so that a burst of calls from
    one number gets no more guesses than a single call does. A failure is written, and waits for
    an import that is just committing: call it from a worker thread where that would hurt.
    """

    def __init__(
        self, db: sqlite_utils.Database, directory: Directory, settings: LoginSection
    ) -> None:
        self._db = db
        self._directory = directory
        self._lockout = Lockout(db, settings)
        self._turn = threading.Lock()

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
        with self._turn:
            return self._decide(login, Source(Kind.NUMBER, number, asserted), now)

    def fits(self, login: str, number: str) -> bool:
        """Whether a number is on the record of a login; nothing is counted."""
        with self._turn:
            owner = self._directory.find(login)
        return owner is not None and number in owner.phones

    def _decide(self, login: str, caller: Source, now: datetime) -> LoginResult:
        if wait := self._lockout.wait(caller, now):
            return LoginResult(Verdict.LOCKED, wait=wait)
        owner = self._directory.find(login)
        target = Source(Kind.LOGIN, login, caller.asserted)
        if owner is not None and caller.value in owner.phones:
            self._forget(caller, target)
            return LoginResult(standing(owner), owner)
        with writing(self._db):
            return self._fail(caller, target, now)

    def _forget(self, *sources: Source) -> None:
        # Nearly every login finds nothing to forget, and then waits for no writer.
        if ended := [source for source in sources if self._lockout.remembers(source)]:
            with writing(self._db):
                for source in ended:
                    self._lockout.forget(source)

    def _fail(self, caller: Source, target: Source, now: datetime) -> LoginResult:
        wait = self._lockout.count(caller, now)
        if not 0 < len(target.value) <= LONGEST_LOGIN:
            return LoginResult(Verdict.REFUSED, wait=wait)
        if lock := self._lockout.wait(target, now):
            return LoginResult(Verdict.LOCKED, wait=max(lock, wait or lock))
        self._lockout.count(target, now)
        return LoginResult(Verdict.REFUSED, wait=wait)


def standing(owner: Owner) -> Verdict:
    """Return whether an owner whose proof is right is let in."""
    if owner.blocked:
        return Verdict.OWNER_BLOCKED
    if not owner.estate.owner_access:
        return Verdict.ESTATE_BLOCKED
    if not owner.web_access:
        return Verdict.NO_ACCESS
    return Verdict.ACCEPTED
