"""Imports of other people's files: Excel, other headings, remarks, rows that are left out."""

import contextlib
import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from openpyxl import Workbook

from sipagent.errors import ConfigError, DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.transfer import cells
from sipagent.infoline.transfer.changes import Change, write_changes
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import Imported, import_files
from sipagent.infoline.transfer.report import write_refusals
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit

Write = Callable[[str, str], Path]
Book = Callable[..., Path]

OWNERS = "manager,estate,login,owner_name,phones,emails\n"
ACCOUNTS = "login,account,account_name,balance,balance_date\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a text file, and return its path."""

    def make(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return make


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Save a workbook of sheets, each a list of rows, and return its path."""

    def make(**sheets: list[list[Any]]) -> Path:
        workbook = Workbook()
        workbook.active.title = "Pusty"
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "book.xlsx"
        workbook.save(path)
        return path

    return make


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


# Excel


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


# Cells


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("600100101 (syn)", ["600100101"]),
        ("600 100 101 [praca, po 17]", ["600 100 101"]),
        ("600 100 101 - syn", ["600 100 101"]),
        ("600 100 101 – żona Anna", ["600 100 101"]),
        ("600 100 101 : żona", ["600 100 101"]),
        ("(22) 123 45 67", ["(22) 123 45 67"]),
        ("600 100 101 / 600 100 102", ["600 100 101", "600 100 102"]),
        ("600100101, 600100102;600100103\n600100104", [f"60010010{n}" for n in "1234"]),
        ("600 100 101/600 100 102", ["600 100 101", "600 100 102"]),
        ("22 100 02 00/01", ["22 100 02 00/01"]),
        ("(syn) 600100101, [praca] 221000200", ["600100101", "221000200"]),
        ("600 100 (stary) 101", ["600 100 (stary) 101"]),
        ("600100101 lub 600100102 (syn)", ["600100101", "600100102"]),
        ("600 100 syn", ["600 100 syn"]),
        ("600 100 101 - 2 syn", ["600 100 101 - 2 syn"]),
        ("22 123-45-67", ["22 123-45-67"]),
        ("brak", []),
        ("-", []),
        (" — ", []),
        ("Brak; 600100101; -", ["600100101"]),
        ("", []),
    ],
)
def test_members_of_a_cell(text: str, found: list[str]) -> None:
    assert cells.members(text) == found


def test_a_remark_that_nothing_parts_from_the_number_is_refused(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write("o.csv", OWNERS + "BAJKA,KRASNALE,2000002,Jan,600 100 syn,\n")
    with pytest.raises(DataError, match="column phones: '600 100 syn'"):
        import_files(sample, [path])


def test_nothing_is_nothing_in_columns_that_may_be_empty(
    sample: sqlite_utils.Database, write: Write
) -> None:
    head = OWNERS.replace("\n", ",blocked\n")
    owners = write("o.csv", head + "BAJKA,KRASNALE,2000002,Jan,brak,-,-\n")
    premises = write("p.csv", "login,premises,premises_name,address\n2000002,K1,Lokal,-\n")
    charges = write("c.csv", "login,premises,charge,amount,valid_from\n2000002,K1,Gaz,5,brak\n")
    import_files(sample, [owners, premises, charges])
    owner = owner_of(sample, "2000002")
    (flat,) = Directory(sample).charges(owner.id)
    assert (owner.phones, owner.emails, owner.blocked) == ((), (), False)
    assert (flat.address, flat.items[0].valid_from) == ("", None)


# Other headings

COLUMNS = """
ignore = ["Lp.", "Uwagi"]

[owners]
manager = { always = "BAJKA" }
estate = { always = "KRASNALE" }
login = "Nr  kontrahenta"
owner_name = "Nazwa"
phones = ["Telefon", "Tel. kom."]
"""


def test_headings_are_mapped(sample: sqlite_utils.Database, write: Write) -> None:
    columns = write("columns.toml", COLUMNS)
    path = write(
        "k.csv",
        "Lp.;NR KONTRAHENTA;Nazwa;Telefon;Tel. kom.;E-MAILS;Uwagi\n"
        "1;2000002;Jan Nowy;221000200;600100110 (syn);jan@example.org;nic\n",
    )
    with pytest.raises(DataError, match="column 'e-mails' is not known in owners"):
        import_files(sample, [path], columns=columns)
    path.write_text(path.read_text("utf-8").replace("E-MAILS", "emails"), "utf-8")
    import_files(sample, [path], columns=columns)
    owner = owner_of(sample, "2000002")
    assert (owner.name, owner.estate.code) == ("Jan Nowy", "KRASNALE")
    assert owner.phones == ("+48221000200", "+48600100110")
    assert owner.emails == ("jan@example.org",)


FLAT = """
[owners]
manager = { always = "BAJKA" }
estate = { always = "KRASNALE" }
login = "Nr"
owner_name = "Nazwa"
phones = "Telefon"

[premises]
login = "Nr"
premises = "Lokal"
premises_name = "Lokal"

[accounts]
login = "Nr"
account = { always = "E" }
account_name = { always = "Eksploatacja" }
balance = "Saldo"
balance_date = "Stan na"
"""
HEAD = "Nr;Nazwa;Telefon;Lokal;Saldo;Stan na\n"


def test_one_table_may_hold_several_kinds(sample: sqlite_utils.Database, write: Write) -> None:
    columns = write("columns.toml", FLAT)
    path = write(
        "all.csv",
        HEAD
        + "700001;Jan Nowy;600100150;Mieszkanie 5;-12,50;30.09.2026\n"
        + "700001;Jan Nowy;600100150;Garaż 2;-12,50;30.09.2026\n"
        + "700002;Ewa Nowa;brak;-;;\n",
    )
    done = import_files(sample, [path], columns=columns)
    read = {one.kind: one.read for one in done.counts}
    assert (read["owners"], read["premises"], read["accounts"]) == (2, 2, 1)
    owner = owner_of(sample, "700001")
    assert [flat.premises for flat in Directory(sample).charges(owner.id)] == [
        "Mieszkanie 5",
        "Garaż 2",
    ]
    assert balances(sample, "700001") == {"E": -1250}
    assert balances(sample, "700002") == {}


def test_rows_of_several_kinds_must_agree(sample: sqlite_utils.Database, write: Write) -> None:
    columns = write("columns.toml", FLAT)
    path = write(
        "all.csv",
        HEAD
        + "700001;Jan Nowy;600100150;Mieszkanie 5;1;30.09.2026\n"
        + "700001;Jan Nowy;600100151;Garaż 2;2;30.09.2026\n"
        + "70x;Jan;;Lokal 1;3;30.09.2026\n",
    )
    with pytest.raises(DataError) as caught:
        import_files(sample, [path], columns=columns)
    lines = re.sub(r"/\S*/", "", str(caught.value)).splitlines()
    assert lines == [
        "all.csv:4: column login: '70x' is not a login: only digits can be typed on a phone",
        "all.csv:3: column login: '700001' stands already in all.csv:2",
        "all.csv:3: column account: '700001 / E' stands already in all.csv:2",
        "nothing was imported: 3 mistakes",
    ]
    done = import_files(sample, [path], columns=columns, skip_bad=True)
    assert len(done.refusals) == 4
    assert owner_of(sample, "700001").phones == ("+48600100150",)
    assert balances(sample, "700001") == {}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("[owner]\n", "owner: unknown key"),
        ("[owners]\nphone = 'Tel'\n", "c.toml:2: owners.phone: owners has no such column"),
        ("[owners]\nlogin = ['A', 'B']\n", "c.toml:2: owners.login: one heading only"),
        ("[owners]\nlogin = { never = 'A' }\n", "owners.login"),
        ("[owners\n", "c.toml: "),
    ],
)
def test_a_wrong_file_of_columns_is_told(
    sample: sqlite_utils.Database, write: Write, columns: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        import_files(sample, [write("o.csv", OWNERS)], columns=write("c.toml", columns))
    assert sentence in str(caught.value)


def test_a_heading_that_is_missing_is_named_as_it_is_called(
    sample: sqlite_utils.Database, write: Write
) -> None:
    with pytest.raises(DataError, match="column 'nr kontrahenta' is missing for owners"):
        import_files(
            sample, [write("k.csv", "Nazwa\nJan\n")], columns=write("columns.toml", COLUMNS)
        )


# Rows that are left out


def test_a_bad_row_is_left_out_with_what_hangs_on_it(
    sample: sqlite_utils.Database, write: Write
) -> None:
    owners = write(
        "o.csv",
        OWNERS
        + "BAJKA,KRASNALE,2000002,Jan Nowy,6001,\n"
        + "BAJKA,KRASNALE,700001,Nowy Zły,600100150,nic\n"
        + "BAJKA,KRASNALE,700002,Nowy Dobry,600100151,\n",
    )
    accounts = write(
        "a.csv",
        ACCOUNTS
        + "2000002,EKSPL,Eksploatacja,1,2026-09-30\n"
        + "700001,EKSPL,Eksploatacja,2,2026-09-30\n"
        + "700002,EKSPL,Eksploatacja,3,2026-09-30\n"
        + "Razem,,,6,\n",
    )
    done = import_files(sample, [owners, accounts], skip_bad=True)
    assert reasons(done) == [
        "o.csv:2: column phones: '6001' is not a number that exists; "
        "write it as 600100101 or +48600100101",
        "o.csv:3: column emails: 'nic' is not an e-mail address",
        "a.csv:5: column login: 'Razem' is not a login: only digits can be typed on a phone",
        "a.csv:5: column account: is empty",
        "a.csv:5: column account_name: is empty",
        "a.csv:5: column balance_date: '' is not a date; write it as 2026-08-31 or 31.08.2026",
        "a.csv:3: column login: no owner has the login '700001'",
    ]
    assert owner_of(sample, "2000002").name == "Jan Dwutelefonowy"
    assert balances(sample, "2000002") == {"EKSPL": 100}
    assert balances(sample, "700002") == {"EKSPL": 300}
    assert Directory(sample).find("700001") is None


def test_half_a_list_is_not_imported(sample: sqlite_utils.Database, write: Write) -> None:
    before = balances(sample, "100004")
    owners = write("o.csv", OWNERS + "ZLOTY-KLUCZ,FIKCYJNA,100004,Damian,600100104,\n")
    accounts = write(
        "a.csv",
        ACCOUNTS
        + "100004,EKSPL,Eksploatacja,1,2026-09-30\n"
        + "100004,REMONT,Remont,jeden,2026-09-30\n"
        + "100001,EKSPL,Eksploatacja,5,2026-09-30\n"
        + "100001,EKSPL,Eksploatacja,6,2026-09-30\n"
        + "100002,EKSPL,Eksploatacja,7,2026-09-30\n",
    )
    others = balances(sample, "100001")
    done = import_files(sample, [owners, accounts], skip_bad=True)
    assert [sentence.split(": ", 1) for sentence in reasons(done)] == [
        ["a.csv:3", "column balance: 'jeden' is not an amount; write it as 1234,56 or -12.00"],
        ["a.csv:2", "stays as it is: another of the accounts of login '100004' is wrong"],
        ["a.csv:5", "column account: '100001 / EKSPL' stands already in a.csv:4"],
        ["a.csv:4", "stays as it is: another of the accounts of login '100001' is wrong"],
    ]
    assert balances(sample, "100004") == before
    assert balances(sample, "100001") == others
    assert balances(sample, "100002") == {"EKSPL": 700}
    assert owner_of(sample, "100004").name == "Damian"


@pytest.mark.parametrize("bad", ["100004,R,Remont,2,2026-09-30,dopisek", "100004,R,Remont"])
def test_a_row_of_another_width_still_says_whose_it_is(
    sample: sqlite_utils.Database, write: Write, bad: str
) -> None:
    before = balances(sample, "100004")
    accounts = write("a.csv", f"{ACCOUNTS}100004,EKSPL,Eksploatacja,1,2026-09-30\n{bad}\n")
    done = import_files(sample, [accounts], skip_bad=True)
    assert [one.place for one in done.refusals] == [3, 2]
    assert balances(sample, "100004") == before


def test_charges_of_premises_that_were_left_out_are_left_out(
    sample: sqlite_utils.Database, write: Write
) -> None:
    premises = write("p.csv", "login,premises,premises_name\n100001,M4,Mieszkanie\n100001,NOWE,\n")
    charges = write("c.csv", "login,premises,charge,amount\n100001,NOWE,Gaz,5\n100002,M5,Gaz,7\n")
    before = snapshot(sample)
    done = import_files(sample, [premises, charges], skip_bad=True, dry_run=True)
    assert [line.split(":")[0] + ":" + line.split(":")[1] for line in reasons(done)] == [
        "p.csv:3",
        "p.csv:2",
        "c.csv:2",
    ]
    assert snapshot(sample) == before
    import_files(sample, [premises, charges], skip_bad=True)
    places = Directory(sample).charges(owner_of(sample, "100001").id)
    assert [(place.code, len(place.items)) for place in places] == [("M4", 4), ("G2", 1)]
    assert [place.total_grosze for place in Directory(sample).charges(2)] == [700]


def test_what_is_no_row_still_ends_the_import(sample: sqlite_utils.Database, write: Write) -> None:
    before = snapshot(sample)
    with pytest.raises(DataError, match="the header is of no known kind"):
        import_files(sample, [write("x.csv", "foo\n1\n")], skip_bad=True)
    with pytest.raises(DataError, match="is no CSV"):
        import_files(sample, [write("y.csv", ACCOUNTS + '1,"2\n')], skip_bad=True)
    with pytest.raises(DataError, match="a JSON document is taken whole"):
        import_files(sample, [write("z.json", "{}")], skip_bad=True)
    assert snapshot(sample) == before


def test_hundreds_of_bad_rows_are_all_reported(
    sample: sqlite_utils.Database, write: Write, tmp_path: Path
) -> None:
    rows = "".join(f"{n},A,Konto,1,2026-09-30\n" for n in range(800000, 800300))
    done = import_files(sample, [write("a.csv", ACCOUNTS + rows)], skip_bad=True)
    write_refusals(tmp_path / "bad.csv", done.refusals)
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *lines = csv.reader(stream, delimiter=";")
    assert head == ["file", "line", "column", "reason", "row"]
    assert len(lines) == 300
    assert lines[0][1:] == [
        *("2", "login", "no owner has the login '800000'"),
        *("800000", "A", "Konto", "1", "2026-09-30"),
    ]


# What would change


def test_changes_are_told_field_by_field(
    sample: sqlite_utils.Database, write: Write, tmp_path: Path
) -> None:
    owners = write("o.csv", OWNERS + "ZLOTY-KLUCZ,FIKCYJNA,100001,Anna Nowa,600100101;600100199,\n")
    accounts = write("a.csv", ACCOUNTS + "100001,EKSPL,Eksploatacja,-12,2026-09-30\n")
    before = snapshot(sample)
    done = import_files(sample, [owners, accounts], dry_run=True, with_changes=True)
    assert snapshot(sample) == before
    assert done.changes == [
        Change(
            "changed",
            "owners",
            "100001",
            {
                "estate": ("WYMYSLONA", "FIKCYJNA"),
                "owner_name": ("Anna Przykładowa", "Anna Nowa"),
                "phones": ("+48600100101", "+48600100101;+48600100199"),
                "emails": ("anna.przykladowa@example.org", ""),
            },
        ),
        Change(
            "changed",
            "accounts",
            "100001 / EKSPL",
            {"balance": ("125.40", "-12.00"), "balance_date": ("2026-08-31", "2026-09-30")},
        ),
        Change(
            "removed",
            "accounts",
            "100001 / REMONT",
            {
                "account_name": ("Fundusz remontowy", ""),
                "balance": ("-340.15", ""),
                "balance_date": ("2026-08-31", ""),
            },
        ),
    ]
    write_changes(tmp_path / "changes.csv", done.changes)
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream, delimiter=";"))
    assert lines[0] == ["change", "kind", "row", "field", "before", "after"]
    assert ["changed", "accounts", "100001 / EKSPL", "balance", "125.40", "-12.00"] in lines


def test_charges_of_one_name_are_told_apart(sample: sqlite_utils.Database, write: Write) -> None:
    rows = "100007,M7,Korekta,1\n100007,M7,Korekta,1\n100007,M7,Korekta,2\n"
    head = "login,premises,charge,amount\n"
    import_files(sample, [write("c.csv", head + rows)])
    fewer = write("c.csv", head + rows.replace("100007,M7,Korekta,1\n", "", 1))
    done = import_files(sample, [fewer], with_changes=True)
    assert [(one.what, one.row, one.fields["amount"]) for one in done.changes] == [
        ("removed", "100007 / M7 / Korekta", ("1.00", ""))
    ]


# One person, two estates


def test_a_person_with_flats_in_two_estates_has_a_login_in_each(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write(
        "o.csv",
        OWNERS
        + "ZLOTY-KLUCZ,WYMYSLONA,700001,Jan Podwójny,600100150,jan@example.org\n"
        + "BAJKA,KRASNALE,700002,Jan Podwójny,600100150,jan@example.org\n",
    )
    import_files(sample, [path])
    first, second = owner_of(sample, "700001"), owner_of(sample, "700002")
    assert (first.estate.code, second.estate.code) == ("WYMYSLONA", "KRASNALE")
    assert first.phones == second.phones == ("+48600100150",)


def test_one_login_may_have_premises_and_accounts_of_two_estates(
    sample: sqlite_utils.Database, write: Write
) -> None:
    premises = write(
        "p.csv",
        "login,premises,premises_name,address\n"
        "100001,W4,Mieszkanie 4 w Wymyślonej,ul. Wymyślona 7 m. 4\n"
        "100001,F9,Mieszkanie 9 w Fikcyjnej,ul. Fikcyjna 12 m. 9\n",
    )
    accounts = write(
        "a.csv",
        ACCOUNTS + "100001,W,Wymyślona,1,2026-09-30\n" + "100001,F,Fikcyjna,-2,2026-09-30\n",
    )
    import_files(sample, [premises, accounts])
    assert balances(sample, "100001") == {"W": 100, "F": -200}
    places = Directory(sample).charges(owner_of(sample, "100001").id)
    assert [place.code for place in places] == ["W4", "F9"]


def test_one_login_in_two_estates_is_refused_with_advice(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write(
        "o.csv",
        OWNERS
        + "ZLOTY-KLUCZ,WYMYSLONA,700001,Jan,600100150,\n"
        + "ZLOTY-KLUCZ,FIKCYJNA,700001,Jan,600100150,\n",
    )
    with pytest.raises(DataError, match="a person with flats in two estates has a login in each"):
        import_files(sample, [path])
