"""What tests of imports share."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import sqlite_utils

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.transfer.importing import Imported

Write = Callable[[str, str], Path]
Book = Callable[..., Path]

OWNERS = "manager,estate,login,owner_name,phones,emails\n"
ACCOUNTS = "login,account,account_name,balance,balance_date\n"


def zipped(*names: str) -> bytes:
    """Return an archive that holds something else than a workbook."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "<x>")
    return stream.getvalue()


def owner_of(db: sqlite_utils.Database, login: str) -> Owner:
    owner = Directory(db).find(login)
    assert owner is not None
    return owner


def balances(db: sqlite_utils.Database, login: str) -> dict[str, int]:
    accounts = Directory(db).accounts(owner_of(db, login).id)
    return {account.code: account.balance_grosze for account in accounts}


def reasons(done: Imported) -> list[str]:
    """Return what was left out, without the folder."""
    told = (one.source.sentence(one.place, one.column, one.reason) for one in done.refusals)
    return [re.sub(r"/\S*/", "", sentence) for sentence in told]
