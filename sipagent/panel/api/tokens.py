"""Tokens: with what a program proves that it may ask; only their hashes are kept."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.infoline.managing import offices
from sipagent.panel.api.scopes import OF_A_MANAGER, Scope
from sipagent.panel.passes import digest
from sipagent.store.database import writing

#: What a token begins with, so that whoever searches files for secrets finds it.
PREFIX = "sipagent_"
#: That a token is used is noted when the last time was so long ago: not every request is a write.
_NOTED = timedelta(minutes=1)
_NAME = re.compile(r"[^\W_](?:[\w .-]{0,62}[\w])?")
_SELECT = (
    "SELECT api_tokens.id, api_tokens.name, scopes, manager_id, code, created, until, used "
    "FROM api_tokens LEFT JOIN managers ON managers.id = manager_id"
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; times are UTC."""

    id: int
    name: str
    scopes: frozenset[Scope]
    #: Id and code of the manager whose owners it is for; None: everybody's.
    manager: int | None
    manager_code: str | None
    created: datetime
    until: datetime
    used: datetime | None


def add(
    db: sqlite_utils.Database,
    name: str,
    scopes: Collection[Scope],
    now: datetime,
    *,
    days: int,
    manager: str = "",
) -> str:
    """Make a token, and return what the program is given: it is not kept.

    Args:
        db: with the migrations ``api``.
        name: of the program.
        scopes: what it may do.
        now: the time.
        days: how long it may.
        manager: code of the manager whose owners it is for; empty: everybody's.

    Raises:
        DataError: a value is wrong; the text says which.
    """
    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r}: a name has letters, digits, spaces and . - within it")
    if not scopes:
        raise DataError("a token without a scope is good for nothing; give --scope")
    if manager and (beyond := sorted(set(scopes) - OF_A_MANAGER)):
        raise DataError(f"{', '.join(beyond)}: cannot be given for the owners of one manager")
    secret = PREFIX + secrets.token_urlsafe(32)
    with writing(db):
        if db.execute("SELECT 1 FROM api_tokens WHERE name = ?", [name]).fetchone():
            raise DataError(f"there is a token called {name!r} already; see: sipagent tokens list")
        values = (name, digest(secret), " ".join(sorted(scopes)), _manager(db, manager))
        db.execute(
            "INSERT INTO api_tokens (name, hash, scopes, manager_id, created, until) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [*values, times.stored(now), times.stored(now + timedelta(days=days))],
        )
    return secret


def listed(db: sqlite_utils.Database) -> list[Token]:
    """Return all tokens, by their names, also those that hold no longer."""
    return [_token(row) for row in db.execute(f"{_SELECT} ORDER BY api_tokens.name").fetchall()]


def found(db: sqlite_utils.Database, secret: str, now: datetime) -> Token | None:
    """Return the token that somebody shows; None: there is none, or it holds no longer."""
    row = db.execute(f"{_SELECT} WHERE hash = ?", [digest(secret)]).fetchone()
    token = None if row is None else _token(row)
    return token if token is not None and now < token.until else None


def stale(token: Token, now: datetime) -> bool:
    """Whether it is to be noted that a token is still used."""
    return token.used is None or now - token.used > _NOTED


def touch(db: sqlite_utils.Database, token: Token, now: datetime) -> None:
    """Note that a token is used; within a transaction."""
    db.execute("UPDATE api_tokens SET used = ? WHERE id = ?", [times.stored(now), token.id])


def remove(db: sqlite_utils.Database, name: str) -> None:
    """Remove a token, which holds no longer from now on.

    Raises:
        DataError: there is none of that name.
    """
    with writing(db):
        if not db.execute("DELETE FROM api_tokens WHERE name = ?", [name]).rowcount:
            raise DataError(f"there is no token {name!r}; see: sipagent tokens list")


def _manager(db: sqlite_utils.Database, code: str) -> int | None:
    if not code:
        return None
    managers = {one.manager.code: one.manager.id for one in offices(db)}
    if code not in managers:
        raise DataError(f"there is no manager {code!r}; see: sipagent managers list")
    return managers[code]


def _token(row: tuple[Any, ...]) -> Token:
    key, name, scopes, manager, code, created, until, used = row
    return Token(
        key,
        name,
        frozenset(map(Scope, scopes.split())),
        manager,
        code,
        datetime.fromisoformat(created),
        datetime.fromisoformat(until),
        None if used is None else datetime.fromisoformat(used),
    )
