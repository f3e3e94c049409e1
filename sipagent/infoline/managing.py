"""Changes of managers and estates, by staff: how owners reach the administration."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import sqlite_utils
from PIL import Image

from sipagent.errors import DataError
from sipagent.infoline.contract import readers
from sipagent.infoline.directory import CONTRACT
from sipagent.infoline.model import Contract, Estate, Manager
from sipagent.infoline.values import prompt_key
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class Office:
    """A manager with the estates, in the order of their codes."""

    manager: Manager
    estates: tuple[Estate, ...]

    def estate(self, code: str) -> Estate:
        """Return the estate of a code.

        Raises:
            DataError: there is none; the text names those that look alike.
        """
        there = {one.code: one for one in self.estates}
        if code not in there:
            raise DataError(_unknown("estate", code, list(there)))
        return there[code]


def offices(db: sqlite_utils.Database) -> list[Office]:
    """Return all managers, in the order of their codes."""
    columns = ", ".join(CONTRACT)
    rows = db.execute(f"SELECT id, name, code, logo, {columns} FROM managers ORDER BY code")
    return [
        Office(Manager(key, name, code, Contract(*contract), logo), _estates(db, key))
        for key, name, code, logo, *contract in rows.fetchall()
    ]


def office(db: sqlite_utils.Database, code: str) -> Office:
    """Return the manager of a code.

    Raises:
        DataError: there is none; the text names those that look alike.
    """
    there = {one.manager.code: one for one in offices(db)}
    if code not in there:
        raise DataError(_unknown("manager", code, list(there)))
    return there[code]


def edit_contract(
    db: sqlite_utils.Database,
    code: str,
    changes: Mapping[str, str],
    *,
    estate: str | None = None,
    country: str = "PL",
) -> Office:
    """Change a manager's contract, or what an estate has otherwise; all or nothing.

    Args:
        db: the database.
        code: of the manager.
        changes: columns of a contract (and ``logo`` of a manager) with their new values; an empty
            one is taken away, so that an estate has what its manager has.
        estate: code of the estate, None for the manager itself.
        country: where a phone number without prefix belongs.

    Raises:
        DataError: no such manager or estate, or a value that is wrong.
    """
    checked = {name: _checked(name, text, country) for name, text in changes.items()}
    with writing(db):
        found = office(db, code)
        table, key = "managers", found.manager.id
        if estate is not None:
            table, key = "estates", found.estate(estate).id
        for name, value in checked.items():
            db.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", [value, key])
        return office(db, code)


def edit_access(
    db: sqlite_utils.Database, code: str, estate: str, *, owner_access: bool, reason: str = ""
) -> None:
    """Let the owners of an estate in, or shut them out.

    Args:
        db: the database.
        code: of the manager.
        estate: code of the estate.
        owner_access: whether owners are let in.
        reason: key of the prompt that says why they are not; empty for the usual sentence.

    Raises:
        DataError: no such manager or estate, or the reason is no key.
    """
    try:
        key = prompt_key(reason)
    except ValueError as error:
        raise DataError(f"access_reason: {error}") from None
    with writing(db):
        found = office(db, code).estate(estate)
        db.execute(
            "UPDATE estates SET owner_access = ?, access_reason = ? WHERE id = ?",
            [int(owner_access), key, found.id],
        )


def _estates(db: sqlite_utils.Database, manager: int) -> tuple[Estate, ...]:
    columns = ", ".join(CONTRACT)
    rows = db.execute(
        f"SELECT id, name, code, owner_access, access_reason, {columns} FROM estates "
        "WHERE manager_id = ? ORDER BY code",
        [manager],
    )
    return tuple(
        Estate(key, name, code, bool(access), reason, Contract(*contract))
        for key, name, code, access, reason, *contract in rows.fetchall()
    )


def _unknown(what: str, code: str, there: list[str]) -> str:
    near = get_close_matches(code, there, cutoff=0.4) or there[:5]
    return f"no {what} has the code {code!r}; there is {', '.join(near) or 'none'}"


def _checked(name: str, text: str, country: str) -> str | None:
    read = {**readers(country), "logo": _picture}[name]
    if not text.strip():
        return None
    try:
        return read(text)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None


def _picture(text: str) -> str:
    """Return the whole path of a picture: the line may be started in another directory."""
    path = Path(text).absolute()
    try:
        with Image.open(path, formats=("PNG", "JPEG")):
            return str(path)
    except (OSError, Image.DecompressionBombError):
        raise ValueError(f"{text!r} is no PNG or JPEG file that can be read") from None
