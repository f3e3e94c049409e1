"""Rows with mistakes are left out of an import, with what hangs on them, and reported."""

import csv
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.transfer.importing import import_files
from sipagent.infoline.transfer.report import write_refusals
from tests.infoline.import_helpers import ACCOUNTS, OWNERS, Write, balances, owner_of, reasons
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit


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
