"""Changes of single owners, by staff."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import sqlite_utils

from sipagent.access.lockout import Kind, pardon
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.infoline import values
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to change; None and empty leave things as they are.

    ``phones`` and ``emails`` are whole lists in place of those that are there.
    """

    name: str | None = None
    blocked: bool | None = None
    web_access: bool | None = None
    phones: Sequence[str] | None = None
    emails: Sequence[str] | None = None
    add_phones: Sequence[str] = ()
    remove_phones: Sequence[str] = ()
    add_emails: Sequence[str] = ()
    remove_emails: Sequence[str] = ()


def edit_owner(
    db: sqlite_utils.Database, login: str, changes: Changes, country: str = "PL"
) -> Owner:
    """Change one owner, all or nothing, and return it as it is now.

    A number that is added is free to call at once: what it failed before is forgotten.

    Raises:
        DataError: no such login, a wrong number or address, or one that is not there to remove.
    """
    phone = partial(to_e164, country=country)
    with writing(db):
        owner = existing(db, login)
        phones = _edited(
            _listed(phone, changes.phones, owner.phones),
            [_valid(phone, text) for text in changes.add_phones],
            [_valid(phone, text) for text in changes.remove_phones],
        )
        emails = _edited(
            _listed(values.email, changes.emails, owner.emails),
            [_valid(values.email, text) for text in changes.add_emails],
            [_valid(values.email, text) for text in changes.remove_emails],
        )
        _store(db, owner, changes)
        _store_list(db, owner, "owner_phones", "number", phones)
        _store_list(db, owner, "owner_emails", "address", emails)
        for number in set(phones) - set(owner.phones):
            pardon(db, Kind.NUMBER, number)
        return existing(db, login)


def remove_owner(db: sqlite_utils.Database, login: str) -> Owner:
    """Remove an owner with premises, accounts and charges; returns who it was.

    Raises:
        DataError: no such login.
    """
    with writing(db):
        owner = existing(db, login)
        db.execute("DELETE FROM owners WHERE id = ?", [owner.id])
    return owner


def existing(db: sqlite_utils.Database, login: str) -> Owner:
    """Return the owner of a login.

    Raises:
        DataError: nobody has it.
    """
    owner = Directory(db).find(login) if login.isascii() else None
    if owner is None:
        raise DataError(f"no owner has the login {login!r}")
    return owner


def _listed(
    read: Callable[[str], str], given: Sequence[str] | None, current: Sequence[str]
) -> Sequence[str]:
    return current if given is None else [_valid(read, text) for text in given]


def _edited(current: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> list[str]:
    missing = [one for one in removed if one not in current]
    if missing:
        has = ", ".join(current) or "nothing"
        raise DataError(f"{missing[0]!r} is not on the owner's record, which has {has}")
    return [one for one in dict.fromkeys((*current, *added)) if one not in removed]


def _store(db: sqlite_utils.Database, owner: Owner, changes: Changes) -> None:
    name = owner.name if changes.name is None else _valid(values.name, changes.name)
    blocked = owner.blocked if changes.blocked is None else changes.blocked
    access = owner.web_access if changes.web_access is None else changes.web_access
    db.execute(
        "UPDATE owners SET name = ?, blocked = ?, web_access = ? WHERE id = ?",
        [name, int(blocked), int(access), owner.id],
    )


def _store_list(
    db: sqlite_utils.Database, owner: Owner, table: str, column: str, members: Sequence[str]
) -> None:
    db.execute(f"DELETE FROM {table} WHERE owner_id = ?", [owner.id])
    db.conn.executemany(
        f"INSERT INTO {table} (owner_id, position, manager_id, {column}) VALUES (?, ?, ?, ?)",
        [(owner.id, at, owner.manager.id, member) for at, member in enumerate(members)],
    )


def _valid(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError as error:
        raise DataError(str(error)) from None
