"""Imports of who may change one manager's rows only."""

from pathlib import Path

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import Write
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit

ACCOUNTS = "login,account,account_name,balance,balance_date"


def test_the_own_rows_are_taken(
    sample: sqlite_utils.Database, tmp_path: Path, write: Write
) -> None:
    before = snapshot(sample)
    with sample.conn:
        sample.execute("UPDATE managers SET logo = '/srv/logo.png' WHERE code = 'BAJKA'")
    export_files(sample, tmp_path / "bajka", manager="BAJKA")
    import_files(sample, [tmp_path / "bajka"], manager="BAJKA")
    assert snapshot(sample) == before
    file = write("nowy.csv", "manager,estate,login,owner_name\nBAJKA,SMOCZA,2999,Nowa Osoba\n")
    import_files(sample, [file], manager="BAJKA")
    assert snapshot(sample) != before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("manager,manager_name\nZLOTY-KLUCZ,Inny\n", "'ZLOTY-KLUCZ' is not the one"),
        ("manager,manager_name\nNOWY,Nowy\n", "'NOWY' is not the one"),
        ("manager,manager_name,logo\nBAJKA,B,/etc/x.png\n", "a logo cannot be named"),
        ("manager,estate,estate_name\nZLOTY-KLUCZ,FIKCYJNA,F\n", "is not the one"),
        ("manager,estate,login,owner_name\nZLOTY-KLUCZ,FIKCYJNA,100001,A\n", "is not the one"),
        ("manager,estate,login,owner_name\nBAJKA,SMOCZA,100001,A\n", "belongs to an owner"),
        ("login,premises,premises_name\n100001,M4,Mieszkanie\n", "belongs to an owner"),
        (f"{ACCOUNTS}\n100001,E,E,5,2026-08-31\n", "belongs to an owner"),
        ("login,premises,charge,amount\n100001,M4,Woda,5\n", "belongs to an owner"),
    ],
)  # fmt: skip
def test_those_of_others_are_not(
    sample: sqlite_utils.Database, write: Write, text: str, told: str
) -> None:
    before = snapshot(sample)
    file = write("rows.csv", text)
    with pytest.raises(DataError, match=told):
        import_files(sample, [file], manager="BAJKA")
    done = import_files(sample, [file], manager="BAJKA", skip_bad=True)
    assert told in done.refusals[0].reason
    assert snapshot(sample) == before
