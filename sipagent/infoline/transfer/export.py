"""The export: the whole directory as files that the import takes back unchanged."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import CONTRACT, Directory
from sipagent.infoline.model import Account, Owner, PremisesCharges
from sipagent.infoline.transfer.merge import MANAGER
from sipagent.infoline.values import plain_amount

_FLAG = ("nie", "tak")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One CSV file: its columns, and the statement that gives them."""

    name: str
    columns: tuple[str, ...]
    query: str
    amounts: tuple[int, ...] = ()
    flags: tuple[int, ...] = ()


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"coalesce({table}.{name}, '')" for name in names)


_SHEETS = (
    _Sheet(
        "managers",
        ("manager", "manager_name", *MANAGER),
        f"SELECT m.code, m.name, {_columns('m', MANAGER)} FROM managers m "
        "WHERE {mine} ORDER BY m.code",
    ),
    _Sheet(
        "estates",
        ("manager", "estate", "estate_name", "owner_access", "access_reason", *CONTRACT),
        f"""
        SELECT m.code, e.code, e.name, e.owner_access, e.access_reason, {_columns("e", CONTRACT)}
        FROM estates e JOIN managers m ON m.id = e.manager_id
        WHERE {{mine}} ORDER BY m.code, e.code
        """,
        flags=(3,),
    ),
    _Sheet(
        "owners",
        (
            *("manager", "estate", "login", "owner_name"),
            *("phones", "emails", "blocked", "web_access"),
        ),
        """
        SELECT m.code, e.code, o.login, o.name,
            (SELECT coalesce(group_concat(number, ';'), '') FROM
                (SELECT number FROM owner_phones WHERE owner_id = o.id ORDER BY position)),
            (SELECT coalesce(group_concat(address, ';'), '') FROM
                (SELECT address FROM owner_emails WHERE owner_id = o.id ORDER BY position)),
            o.blocked, o.web_access
        FROM owners o JOIN managers m ON m.id = o.manager_id JOIN estates e ON e.id = o.estate_id
        WHERE {mine} ORDER BY o.login
        """,
        flags=(6, 7),
    ),
    _Sheet(
        "premises",
        ("login", "premises", "premises_name", "address"),
        """
        SELECT o.login, p.code, p.name, p.address
        FROM premises p JOIN owners o ON o.id = p.owner_id JOIN managers m ON m.id = p.manager_id
        WHERE {mine} ORDER BY o.login, p.position
        """,
    ),
    _Sheet(
        "accounts",
        ("login", "account", "account_name", "balance", "balance_date"),
        """
        SELECT o.login, a.code, a.name, a.balance_grosze, a.balance_date
        FROM accounts a JOIN owners o ON o.id = a.owner_id JOIN managers m ON m.id = a.manager_id
        WHERE {mine} ORDER BY o.login, a.position
        """,
        amounts=(3,),
    ),
    _Sheet(
        "charges",
        ("login", "premises", "charge", "amount", "valid_from"),
        """
        SELECT o.login, p.code, c.name, c.amount_grosze, coalesce(c.valid_from, '')
        FROM charges c JOIN premises p ON p.id = c.premises_id
        JOIN owners o ON o.id = p.owner_id JOIN managers m ON m.id = c.manager_id
        WHERE {mine} ORDER BY o.login, p.position, c.position
        """,
        amounts=(3,),
    ),
)

_MINE = "(:manager IS NULL OR m.code = :manager)"


def export_files(
    db: sqlite_utils.Database, target: Path, *, manager: str | None = None, force: bool = False
) -> list[Path]:
    """Write everything, or one manager's part, and return the files that were written.

    ``target`` is a JSON file where it ends in ``.json``, else a directory of CSV files.

    Raises:
        DataError: a file exists and ``force`` is false, or cannot be written; no such manager.
    """
    if manager is not None and not _exists(db, manager):
        raise DataError(f"no manager has the code {manager!r}")
    single = target.suffix.lower() == ".json"
    files = [target] if single else [target / f"{sheet.name}.csv" for sheet in _SHEETS]
    for file in files:
        if file.exists() and not force:
            raise DataError(f"{file}: exists; give another place, or --force")
    try:
        # One transaction is one snapshot: an import meanwhile does not mix into it.
        with db.atomic():
            if single:
                _write_json(db, target, manager)
            else:
                _write_csv(db, target, manager)
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be written: {error.strerror}") from None
    return files


def _exists(db: sqlite_utils.Database, manager: str) -> bool:
    return db.execute("SELECT 1 FROM managers WHERE code = ?", [manager]).fetchone() is not None


def _open(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Personal data: readable by nobody else.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(descriptor, "w", encoding="utf-8", newline="")


def _write_csv(db: sqlite_utils.Database, target: Path, manager: str | None) -> None:
    for sheet in _SHEETS:
        with _open(target / f"{sheet.name}.csv") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(sheet.columns)
            rows = db.execute(sheet.query.format(mine=_MINE), {"manager": manager})
            writer.writerows(_readable(sheet, rows))


def _readable(sheet: _Sheet, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
    for row in rows:
        cells = list(row)
        for at in sheet.amounts:
            cells[at] = plain_amount(cells[at])
        for at in sheet.flags:
            cells[at] = _FLAG[cells[at]]
        yield cells


def _write_json(db: sqlite_utils.Database, target: Path, manager: str | None) -> None:
    managers = db.execute(
        f"SELECT m.id, m.code, m.name, {', '.join(MANAGER)} FROM managers m "
        f"WHERE {_MINE} ORDER BY m.code",
        {"manager": manager},
    ).fetchall()
    with _open(target) as stream:
        stream.write('{"managers": [')
        for number, (key, code, name, *own) in enumerate(managers):
            head = _head({"code": code, "name": name, **_said(MANAGER, own)}, "estates")
            stream.write(("," if number else "") + "\n" + head)
            _write_estates(db, stream, key)
            stream.write("]}")
        stream.write("\n]}\n")


def _write_estates(db: sqlite_utils.Database, stream: TextIO, manager_id: int) -> None:
    estates = db.execute(
        f"SELECT id, code, name, owner_access, access_reason, {', '.join(CONTRACT)} FROM estates "
        "WHERE manager_id = ? ORDER BY code",
        [manager_id],
    ).fetchall()
    for number, (key, code, name, access, reason, *contract) in enumerate(estates):
        own = {"code": code, "name": name, "owner_access": bool(access), "access_reason": reason}
        own |= _said(CONTRACT, contract)
        stream.write(("," if number else "") + "\n " + _head(own, "owners"))
        _write_owners(db, stream, key)
        stream.write("]}")


def _write_owners(db: sqlite_utils.Database, stream: TextIO, estate_id: int) -> None:
    directory = Directory(db)
    # Owners come one by one: a document of a large firm is larger than what fits in memory.
    ids = db.execute("SELECT id FROM owners WHERE estate_id = ? ORDER BY login", [estate_id])
    for number, (key,) in enumerate(ids):
        owner = directory.get(key)
        if owner is not None:
            document = _owner(owner, directory.charges(key), directory.accounts(key))
            text = json.dumps(document, ensure_ascii=False)
            stream.write(("," if number else "") + "\n  " + text)


def _said(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def _head(own: dict[str, Any], inside: str) -> str:
    return f'{json.dumps(own, ensure_ascii=False)[:-1]}, "{inside}": ['


def _owner(
    owner: Owner, premises: list[PremisesCharges], accounts: list[Account]
) -> dict[str, Any]:
    return {
        "login": owner.login,
        "name": owner.name,
        "phones": owner.phones,
        "emails": owner.emails,
        "blocked": owner.blocked,
        "web_access": owner.web_access,
        "premises": [_premises(one) for one in premises],
        "accounts": [
            {
                "code": account.code,
                "name": account.name,
                "balance": plain_amount(account.balance_grosze),
                "balance_date": account.balance_date.isoformat(),
            }
            for account in accounts
        ],
    }


def _premises(one: PremisesCharges) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.premises,
        "address": one.address,
        "charges": [
            {
                "name": item.name,
                "amount": plain_amount(item.amount_grosze),
                "valid_from": item.valid_from.isoformat() if item.valid_from else None,
            }
            for item in one.items
        ],
    }
