"""Webhooks: programs that are told, where, of what, and the secret that signs it."""

import base64
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.config_types import web_address
from sipagent.errors import DataError
from sipagent.store.database import writing

#: What a secret begins with (Standard Webhooks), and its bytes.
_PREFIX, _BYTES = "whsec_", 32
_NAME = re.compile(r"[^\W_](?:[\w .-]{0,62}[\w])?")
#: Kind of what is told only to try it.
TRIAL = "test"
_SELECT = "SELECT id, name, url, kinds, manager, secret FROM webhooks"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that is told; ``manager`` is the id of the one whose owners it is for."""

    id: int
    name: str
    url: str
    kinds: frozenset[str]
    manager: int | None
    secret: str

    @property
    def key(self) -> bytes:
        """What signs."""
        return base64.b64decode(self.secret.removeprefix(_PREFIX))

    def wants(self, kind: str, manager: int | None) -> bool:
        """Whether it is told of something."""
        return kind in self.kinds and self.manager in (None, manager)


def add(
    db: sqlite_utils.Database,
    name: str,
    url: str,
    kinds: Collection[str],
    now: datetime,
    *,
    known: Collection[str],
    manager: int | None = None,
) -> Webhook:
    """Have a program told from now on, and return how, with its secret.

    Args:
        db: with the migrations ``webhooks``.
        name: of the program.
        url: where it is told.
        kinds: of what.
        now: the time.
        known: all that can happen.
        manager: id of the only manager whose owners it is for; None: everybody's.

    Raises:
        DataError: a value is wrong; the text says which.
    """
    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r}: a name has letters, digits, spaces and . - within it")
    try:
        web_address(url)
    except ValueError as error:
        raise DataError(str(error)) from None
    if unknown := sorted(set(kinds) - set(known)):
        raise DataError(f"{', '.join(unknown)}: never happens; what does: {', '.join(known)}")
    if not kinds:
        raise DataError(f"say of what it is told: {', '.join(known)}")
    secret = _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    with writing(db):
        if db.execute("SELECT 1 FROM webhooks WHERE name = ?", [name]).fetchone():
            raise DataError(
                f"there is a webhook called {name!r} already; see: sipagent webhooks list"
            )
        db.execute(
            "INSERT INTO webhooks (name, url, kinds, manager, secret, created) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [name, url, " ".join(sorted(kinds)), manager, secret, times.stored(now)],
        )
        return named(db, name)


def named(db: sqlite_utils.Database, name: str) -> Webhook:
    """Return the webhook of a name.

    Raises:
        DataError: there is none.
    """
    row = db.execute(f"{_SELECT} WHERE name = ?", [name]).fetchone()
    if row is None:
        raise DataError(f"there is no webhook {name!r}; see: sipagent webhooks list")
    return _webhook(row)


def of_id(db: sqlite_utils.Database, key: int) -> Webhook | None:
    """Return the webhook of an id; None: it was removed."""
    row = db.execute(f"{_SELECT} WHERE id = ?", [key]).fetchone()
    return None if row is None else _webhook(row)


def listed(db: sqlite_utils.Database) -> list[Webhook]:
    """Return all, by their names."""
    return [_webhook(row) for row in db.execute(f"{_SELECT} ORDER BY name").fetchall()]


def remove(db: sqlite_utils.Database, name: str) -> None:
    """Tell a program no more, not even what waits.

    Raises:
        DataError: there is none of that name.
    """
    with writing(db):
        db.execute("DELETE FROM webhooks WHERE id = ?", [named(db, name).id])


def try_out(db: sqlite_utils.Database, name: str) -> Webhook:
    """Have a program told something that has not happened.

    Raises:
        DataError: there is none of that name.
    """
    with writing(db):
        found = named(db, name)
        db.execute("INSERT INTO happenings (kind, subject) VALUES (?, ?)", [TRIAL, found.name])
    return found


def _webhook(row: tuple[int, str, str, str, int | None, str]) -> Webhook:
    key, name, url, kinds, manager, secret = row
    return Webhook(key, name, url, frozenset(kinds.split()), manager, secret)
