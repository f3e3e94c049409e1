"""Owners: reading them one by one or all at once, changing one, and the import."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import sqlite_utils
from pydantic import Field
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.model import Owner
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.export import export_files, owner_document
from sipagent.infoline.transfer.importing import Imported, import_files
from sipagent.infoline.transfer.mistakes import Refusal
from sipagent.panel.api.endpoint import (
    Asked,
    Endpoint,
    Failed,
    Files,
    Given,
    PageOf,
    Told,
    absent,
)
from sipagent.panel.api.scopes import Scope
from sipagent.store.database import explained, open_database
from sipagent.threads import Threads

#: Imports, and documents of everything: one at a time, apart from all else.
_LARGE = Threads("api-import", 1, 8)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILES = Files(
    {"application/json": "json", "text/csv": "csv", _XLSX: "xlsx"}, 256 * 1024 * 1024, 600.0
)


class Charge(Told):
    """An item of what is due each month."""

    name: str
    amount: str = Field(examples=["210.00"])
    valid_from: date | None


class Premises(Told):
    """A flat or a garage."""

    code: str
    name: str
    address: str
    charges: list[Charge]


class Account(Told):
    """A ledger account; a positive balance is an overpayment."""

    code: str
    name: str
    balance: str = Field(examples=["-5.02"])
    balance_date: date


class OwnerTold(Told):
    """An owner, as the import takes one back."""

    manager: str
    estate: str
    login: str
    name: str
    phones: list[str]
    emails: list[str]
    blocked: bool
    web_access: bool
    premises: list[Premises]
    accounts: list[Account]


class OwnersTold(Told):
    """A page of owners, by their logins."""

    items: list[OwnerTold]
    next: str | None = Field(description="`after` of the next page; null: this is the last one.")


class OwnerChanges(Given):
    """What to change of an owner; what is not given stays."""

    name: str | None = None
    blocked: bool | None = None
    web_access: bool | None = None
    add_phones: list[str] = Field(default=[])
    remove_phones: list[str] = Field(default=[])
    add_emails: list[str] = Field(default=[])
    remove_emails: list[str] = Field(default=[])


class HowToImport(Given):
    """How an import is made."""

    dry_run: bool = Field(False, description="Do everything, and take it back.")
    skip_bad: bool = Field(
        False, description="Leave out wrong rows of a table instead of refusing all of it."
    )
    changes: bool = Field(False, description="Return every field that changes.")


class Counted(Told):
    """What became of rows of a kind."""

    kind: str
    read: int
    written: int
    removed: int


class LeftOut(Told):
    """A row that was left out."""

    kind: str
    place: str = Field(description="Line of the table, with the sheet of a workbook.")
    column: str | None
    reason: str


class Changed(Told):
    """A row that came, went or differs: what was, and what is, by column."""

    what: Literal["added", "changed", "removed"]
    kind: str
    row: str
    fields: dict[str, tuple[str, str]]


class ImportTold(Told):
    """What an import has done."""

    dry_run: bool
    counts: list[Counted]
    left_out: list[LeftOut]
    changes: list[Changed]


def _list_owners(asked: Asked) -> OwnersTold:
    page, manager = asked.query, asked.token.manager

    def read(db: sqlite_utils.Database) -> list[OwnerTold]:
        directory = Directory(db)
        found = directory.page(page.after, page.limit + 1, manager)
        return [_told(directory, owner) for owner in found]

    found = asked.house.data.read(read)
    more = len(found) > page.limit
    items = found[: page.limit]
    return OwnersTold(items=items, next=items[-1].login if more else None)


def _show_owner(asked: Asked) -> OwnerTold:
    return asked.house.data.read(lambda db: _told(Directory(db), _theirs(db, asked)))


def _change_owner(asked: Asked) -> OwnerTold:
    given = asked.body.model_dump()
    country = asked.house.config.line.country

    def change(db: sqlite_utils.Database) -> OwnerTold:
        owner = _theirs(db, asked)
        try:
            changed = edit_owner(db, owner.login, Changes(**given), country)
        except DataError as error:
            raise Failed(422, error.code, str(error)) from None
        return _told(Directory(db), changed)

    return asked.house.data.write(change)


def _import_owners(asked: Asked) -> ImportTold:
    path, wanted = asked.file, asked.query
    assert path is not None  # the endpoint takes files
    database = asked.house.config.paths.database
    with explained(database):
        # A connection of its own: what is read stands in temporary tables of it.
        db = open_database(database, [infoline])
        try:
            done = import_files(
                db,
                [path],
                country=asked.house.config.line.country,
                skip_bad=wanted.skip_bad,
                dry_run=wanted.dry_run,
                with_changes=wanted.changes,
                manager=asked.token.manager_code,
            )
        except DataError as error:
            raise _refused(error, path) from None
        finally:
            db.close()
    return _imported(done, wanted.dry_run)


def _export_owners(asked: Asked) -> Response:
    with TemporaryDirectory(prefix="sipagent-") as folder:
        target = Path(folder, "owners.json")
        asked.house.data.read(lambda db: export_files(db, target, manager=asked.token.manager_code))
        headers = {"content-disposition": 'attachment; filename="owners.json"'}
        return Response(target.read_bytes(), headers=headers, media_type="application/json")


def _theirs(db: sqlite_utils.Database, asked: Asked) -> Owner:
    login, manager = asked.names["login"], asked.token.manager
    owner = Directory(db).find(login) if login.isascii() else None
    if owner is None or manager not in (None, owner.manager.id):
        raise absent(f"owner {login!r}")
    return owner


def _told(directory: Directory, owner: Owner) -> OwnerTold:
    document = owner_document(owner, directory.charges(owner.id), directory.accounts(owner.id))
    place = {"manager": owner.manager.code, "estate": owner.estate.code}
    return OwnerTold.model_validate({**place, **document})


def _refused(error: DataError, path: Path) -> Failed:
    """Return the mistakes of an import, without where the file lies here."""
    *mistakes, last = str(error).replace(f"{path.parent}/", "").splitlines()
    return Failed(422, "import", last, mistakes=mistakes)


def _imported(done: Imported, dry_run: bool) -> ImportTold:
    return ImportTold(
        dry_run=dry_run,
        counts=[
            Counted(kind=one.kind, read=one.read, written=one.written, removed=one.removed)
            for one in done.counts
        ],
        left_out=[_left_out(one) for one in done.refusals],
        changes=[
            Changed(what=one.what, kind=one.kind, row=one.row, fields=one.fields)
            for one in done.changes
        ],
    )


def _left_out(one: Refusal) -> LeftOut:
    return LeftOut(kind=one.kind, place=str(one.place), column=one.column, reason=one.reason)


ENDPOINTS = (
    Endpoint("GET", "/owners", Scope.OWNERS_READ, _list_owners, "List owners.", OwnersTold, PageOf),
    Endpoint("GET", "/owners/{login}", Scope.OWNERS_READ, _show_owner, "Show an owner.", OwnerTold),
    Endpoint(
        "PATCH",
        "/owners/{login}",
        Scope.OWNERS_WRITE,
        _change_owner,
        "Change an owner: all that is given, or nothing.",
        OwnerTold,
        body=OwnerChanges,
    ),
    Endpoint(
        "POST",
        "/imports",
        Scope.OWNERS_WRITE,
        _import_owners,
        "Import owners, balances and charges: all of it, or nothing where anything is wrong.",
        ImportTold,
        HowToImport,
        _FILES,
        threads=_LARGE,
    ),
    Endpoint(
        "GET",
        "/export",
        Scope.OWNERS_READ,
        _export_owners,
        "Return all owners as the document that the import takes.",
        ("application/json",),
        threads=_LARGE,
    ),
)
