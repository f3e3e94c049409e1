"""Who may come in: name and password, then the second proof; wrong ones are counted.

Streaks of failures are those of ``access.lockout``: one for the name that was typed, whether
anybody has it or not, and one for the address that it came from. Each answer takes as long,
whatever was wrong.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

import sqlite_utils
from argon2.exceptions import InvalidHashError, VerificationError

from sipagent.access.lockout import Kind, Lockout, Source
from sipagent.access.networks import network
from sipagent.access.pins import HASHER
from sipagent.config import LoginSection
from sipagent.panel import people
from sipagent.panel.passes import Pass, holder, tear
from sipagent.panel.people import LONGEST, Person
from sipagent.panel.totp import accepted
from sipagent.store.data import Data


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who has proved who they are; nobody, and then how long the next try must wait."""

    person: Person | None = None
    wait: timedelta | None = None


class Login:
    """Decides about passwords and codes.

    Args:
        data: the database; what is asked here blocks.
        settings: how often somebody may err.
    """

    def __init__(self, data: Data, settings: LoginSection) -> None:
        self._data = data
        self._lockout = Lockout(settings)
        #: Is checked where there is no password, so that the answer takes as long.
        self._decoy = _decoy()

    def password(self, name: str, password: str, address: str, now: datetime) -> Verdict:
        """Decide about a password."""
        sources = _sources(name, address)
        if wait := self._waits(sources, now):
            return Verdict(wait=wait)
        person, kept = self._data.read(partial(_looked_up, name=name))
        right = _verified(kept or self._decoy, password)
        if person is None or kept is None or not right:
            return self._failed(sources, now)
        if not person.two_proofs:
            self._passed(sources)
        return Verdict(person)

    def second_proof(self, person: Person, code: str, address: str, now: datetime) -> Verdict:
        """Decide about the code of an app, which is taken once."""
        sources = _sources(person.name, address)
        if wait := self._waits(sources, now):
            return Verdict(wait=wait)
        if not self._data.write(partial(accepted, person=person.id, code=code, now=now)):
            return self._failed(sources, now)
        self._passed(sources)
        return Verdict(person)

    def mailed(self, name: str, code: str, address: str, now: datetime) -> Verdict:
        """Decide about a one-time password that was sent by e-mail, which is taken once."""
        sources = _sources(name, address)
        if wait := self._waits(sources, now):
            return Verdict(wait=wait)

        def take(db: sqlite_utils.Database) -> Person | None:
            person = people.sought(db, name)
            if person is None or holder(db, Pass.CODE, of_person(person, code), now) is None:
                return None
            tear(db, Pass.CODE, person.id)
            return person

        person = self._data.write(take)
        if person is None:
            return self._failed(sources, now)
        if not person.two_proofs:
            self._passed(sources)
        return Verdict(person)

    def _waits(self, sources: list[Source], now: datetime) -> timedelta | None:
        def longest(db: sqlite_utils.Database) -> timedelta | None:
            waits = (self._lockout.wait(db, one, now) for one in sources)
            return max((one for one in waits if one), default=None)

        return self._data.read(longest)

    def _failed(self, sources: list[Source], now: datetime) -> Verdict:
        def count(db: sqlite_utils.Database) -> timedelta | None:
            waits = [self._lockout.count(db, one, now) for one in sources]
            return max((one for one in waits if one), default=None)

        return Verdict(wait=self._data.write(count))

    def _passed(self, sources: list[Source]) -> None:
        self._data.write(lambda db: self._lockout.forget(db, *sources))


def of_person(person: Person, code: str) -> str:
    """Return what is kept of a short code: two people may have the same."""
    return f"{person.id}:{code.strip()}"


def _looked_up(db: sqlite_utils.Database, name: str) -> tuple[Person | None, str | None]:
    person = people.sought(db, name)
    return person, people.kept_password(db, None if person is None else person.id)


@cache
def _decoy() -> str:
    """Return the hash of a password that nobody has."""
    return HASHER.hash(secrets.token_hex())


def _sources(name: str, address: str) -> list[Source]:
    """Return what is counted; nobody's login or number looks like it."""
    return [
        Source(Kind.PIN_LOGIN, f"panel:{name.casefold()[:64]}", asserted=False),
        Source(Kind.PIN_NUMBER, f"panel:{network(address)}", asserted=False),
    ]


def _verified(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
