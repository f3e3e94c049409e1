"""The export: the whole directory as files that the import takes back unchanged."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import CONTRACT, Directory
from sipagent.infoline.model import Account, Owner, PremisesCharges
from sipagent.infoline.transfer.merge import MANAGER
from sipagent.infoline.transfer.private import create
from sipagent.infoline.transfer.sheets import MINE, SHEETS
from sipagent.infoline.transfer.xlsxfile import write_workbook
from sipagent.money import plain_amount


def export_files(
    db: sqlite_utils.Database, target: Path, *, manager: str | None = None, force: bool = False
) -> list[Path]:
    """Write everything, or one manager's part, and return the files that were written.

    ``target`` is a JSON file where it ends in ``.json``, an Excel workbook where it ends in
    ``.xlsx``, else a directory of CSV files.

    Raises:
        DataError: a file exists and ``force`` is false, or cannot be written; no such manager.
    """
    if manager is not None and not _exists(db, manager):
        raise DataError(f"no manager has the code {manager!r}")
    write = {".json": _write_json, ".xlsx": _write_xlsx}.get(target.suffix.lower(), _write_csv)
    single = write is not _write_csv
    files = [target] if single else [target / f"{sheet.name}.csv" for sheet in SHEETS]
    for file in files:
        if file.exists() and not force:
            raise DataError(f"{file}: exists; give another place, or --force")
    try:
        # One transaction is one snapshot: an import meanwhile does not mix into it.
        with db.atomic():
            write(db, target, manager)
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be written: {error.strerror}") from None
    return files


def _exists(db: sqlite_utils.Database, manager: str) -> bool:
    return db.execute("SELECT 1 FROM managers WHERE code = ?", [manager]).fetchone() is not None


def _write_csv(db: sqlite_utils.Database, target: Path, manager: str | None) -> None:
    for sheet in SHEETS:
        with create(target / f"{sheet.name}.csv") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(sheet.columns)
            writer.writerows(sheet.rows(db, manager))


def _write_xlsx(db: sqlite_utils.Database, target: Path, manager: str | None) -> None:
    write_workbook(target, ((sheet, sheet.rows(db, manager)) for sheet in SHEETS))


def _write_json(db: sqlite_utils.Database, target: Path, manager: str | None) -> None:
    managers = db.execute(
        f"SELECT m.id, m.code, m.name, {', '.join(MANAGER)} FROM managers m "
        f"WHERE {MINE} ORDER BY m.code",
        {"manager": manager},
    ).fetchall()
    with create(target) as stream:
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
            document = owner_document(owner, directory.charges(key), directory.accounts(key))
            text = json.dumps(document, ensure_ascii=False)
            stream.write(("," if number else "") + "\n  " + text)


def _said(names: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def _head(own: dict[str, Any], inside: str) -> str:
    return f'{json.dumps(own, ensure_ascii=False)[:-1]}, "{inside}": ['


def owner_document(
    owner: Owner, premises: list[PremisesCharges], accounts: list[Account]
) -> dict[str, Any]:
    """Return an owner as JSON documents have it."""
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
