"""Imports of Excel workbooks, and exports to them."""

import contextlib
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlite_utils
from openpyxl import Workbook

from sipagent.errors import DataError
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import Book, balances, owner_of, zipped
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit


def test_a_workbook_is_imported_with_numbers_and_dates_of_excel(
    sample: sqlite_utils.Database, book: Book
) -> None:
    heads = ["login", "account", "account_name", "balance", "balance_date", None]
    path = book(
        Konta=[
            heads,
            [100001, "EKSPL", "Eksploatacja", -1125.4, datetime(2026, 9, 30), None],
            [100001, 7, "Woda", 0.1 + 0.2, date(2026, 9, 30)],
            [],
            ["100002", "X", "Inne", "1.234,56 zł", "30.09.2026"],
        ],
        Właściciele=[
            ["manager", "estate", "login", "owner_name", "phones", "blocked"],
            ["ZLOTY-KLUCZ", "WYMYSLONA", 100001, "Anna", 600100101, True],
        ],
    )
    import_files(sample, [path])
    assert balances(sample, "100001") == {"EKSPL": -112540, "7": 30}
    assert balances(sample, "100002") == {"X": 123456}
    owner = owner_of(sample, "100001")
    assert (owner.phones, owner.blocked) == (("+48600100101",), True)


def test_mistakes_of_a_workbook_name_sheet_and_line(
    sample: sqlite_utils.Database, book: Book
) -> None:
    path = book(
        Konta=[
            ["login", "account", "account_name", "balance", "balance_date"],
            [100001, "EKSPL", "Eksploatacja", 1.555, "30.09.2026"],
            [100001, "R", "Remont", "#N/A", "30.09.2026", "dopisek"],
        ],
        Notatki=[["cokolwiek"]],
    )
    with pytest.raises(DataError) as caught:
        import_files(sample, [path])
    lines = re.sub(r"/\S*/", "", str(caught.value)).splitlines()
    assert lines[0] == (
        "book.xlsx:Konta!2: column balance: '1.555' is not an amount; write it as 1234,56 or -12.00"
    )
    assert lines[1] == (
        "book.xlsx:Konta!3: field 6 is 'dopisek', but that column has no name in the header"
    )
    assert lines[2].startswith("book.xlsx:Notatki!1: the header is of no known kind")


def test_zeros_of_a_login_are_kept_where_the_format_shows_them(
    sample: sqlite_utils.Database, tmp_path: Path
) -> None:
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["manager", "estate", "login", "owner_name"])
    sheet.append(["BAJKA", "KRASNALE", 1234, "Jan"])
    sheet["C2"].number_format = "000000"
    workbook.save(tmp_path / "o.xlsx")
    import_files(sample, [tmp_path / "o.xlsx"])
    assert owner_of(sample, "001234").name == "Jan"


@pytest.mark.parametrize(
    "content", [b"", b"login,account\n", b"PK\x03\x04" + b"x" * 100, zipped("a.txt"), zipped()]
)
def test_what_is_no_workbook_is_told(
    db: sqlite_utils.Database, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.xlsx: is no Excel workbook"):
        import_files(db, [path])
    with pytest.raises(DataError, match=r"y\.xlsx: cannot be read: No such file"):
        import_files(db, [tmp_path / "y.xlsx"])


@pytest.mark.parametrize("part", range(40))
def test_a_damaged_workbook_is_taken_or_refused(
    sample: sqlite_utils.Database, tmp_path: Path, part: int
) -> None:
    (path,) = export_files(sample, tmp_path / "all.xlsx")
    content = bytearray(path.read_bytes())
    place = len(content) * part // 40
    content[place : place + 3] = b"\xff\x00\x7f"
    path.write_bytes(content)
    before = snapshot(sample)
    with contextlib.suppress(DataError):
        import_files(sample, [path])
    assert snapshot(sample) == before


def test_a_sheet_that_breaks_off_is_told(sample: sqlite_utils.Database, tmp_path: Path) -> None:
    (path,) = export_files(sample, tmp_path / "all.xlsx")
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if "sheet3" in name else content)
    with pytest.raises(DataError, match=r"broken\.xlsx: is no Excel workbook"):
        import_files(sample, [broken])


def test_an_exported_workbook_holds_text_and_amounts(
    sample: sqlite_utils.Database, tmp_path: Path
) -> None:
    sample.execute("UPDATE owners SET name = '=1+1' WHERE login = '100001'")
    before = snapshot(sample)
    (path,) = export_files(sample, tmp_path / "all.xlsx")
    assert path.stat().st_mode & 0o777 == 0o600
    done = import_files(sample, [path], with_changes=True)
    assert (done.changes, snapshot(sample)) == ([], before)
