"""Imports: what they change, what they leave, and what they say about mistakes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer import importing
from sipagent.infoline.transfer.compare import compare
from sipagent.infoline.transfer.importing import Imported, import_files
from sipagent.infoline.transfer.staging import Staging
from sipagent.store.database import file_of, open_database
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data" / "sample"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file, and return its path."""

    def make(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return make


def mistakes(db: sqlite_utils.Database, *paths: Path, **options: Any) -> list[str]:
    """Return the sentences of an import that fails and changes nothing."""
    before = snapshot(db)
    with pytest.raises(DataError) as caught:
        import_files(db, list(paths), **options)
    assert snapshot(db) == before
    assert not [name for (name,) in db.execute("SELECT name FROM temp.sqlite_master")]
    lines = str(caught.value).splitlines()
    return [re.sub(r"/\S*/", "", line) for line in lines]


def counts(result: Imported) -> dict[str, tuple[int, int, int]]:
    return {one.kind: (one.read, one.written, one.removed) for one in result.counts}


def test_the_sample_is_imported_and_repeated_without_a_change(db: sqlite_utils.Database) -> None:
    first = counts(import_files(db, [SAMPLE]))
    assert first["owners"] == (15, 15, 0)
    assert first["phones"] == (15, 15, 0)
    assert first["charges"] == (28, 28, 0)
    before = snapshot(db)
    again = counts(import_files(db, [SAMPLE]))
    assert {changed for _, *changes in again.values() for changed in changes} == {0}
    assert snapshot(db) == before


def test_ids_stay_the_same(sample: sqlite_utils.Database, write: Write) -> None:
    before = Directory(sample).find("100001")
    assert before is not None
    path = write(
        "o.csv",
        "manager,estate,login,owner_name\nZLOTY-KLUCZ,FIKCYJNA,100001,Anna Nowa\n",
    )
    import_files(sample, [path])
    after = Directory(sample).find("100001")
    assert after is not None
    assert (after.id, after.name, after.estate.code) == (before.id, "Anna Nowa", "FIKCYJNA")


def test_a_dry_run_counts_and_changes_nothing(db: sqlite_utils.Database) -> None:
    result = counts(import_files(db, [SAMPLE], dry_run=True))
    assert result["owners"] == (15, 15, 0)
    assert snapshot(db) == [[]] * 8


def test_columns_that_are_missing_leave_what_is_there(
    sample: sqlite_utils.Database, write: Write
) -> None:
    edit_owner(sample, "100001", Changes(add_phones=["600100199"], blocked=True))
    path = write("o.csv", "manager,estate,login,owner_name\nZLOTY-KLUCZ,WYMYSLONA,100001,Anna\n")
    import_files(sample, [path])
    owner = Directory(sample).find("100001")
    assert owner is not None
    assert owner.phones == ("+48600100101", "+48600100199")
    assert owner.emails == ("anna.przykladowa@example.org",)
    assert owner.blocked


def test_empty_cells_clear_lists_and_leave_switches(
    sample: sqlite_utils.Database, write: Write
) -> None:
    edit_owner(sample, "2000002", Changes(blocked=True))
    path = write(
        "o.csv",
        "manager,estate,login,owner_name,phones,emails,blocked\n"
        "BAJKA,KRASNALE,2000002,Jan,600100110,,\n",
    )
    import_files(sample, [path])
    owner = Directory(sample).find("2000002")
    assert owner is not None
    assert (owner.phones, owner.emails, owner.blocked) == (("+48600100110",), (), True)


def test_a_file_of_accounts_replaces_those_of_the_owners_in_it(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write(
        "a.csv",
        "login;account;account_name;balance;balance_date\n"
        "100004;CO;Ogrzewanie;-1 234,50;30.09.2026\n",
    )
    result = counts(import_files(sample, [path]))
    assert result["accounts"] == (1, 1, 3)
    directory = Directory(sample)
    owner, other = directory.find("100004"), directory.find("100001")
    assert owner is not None
    assert other is not None
    assert [(a.name, a.balance_grosze) for a in directory.accounts(owner.id)] == [
        ("Ogrzewanie", -123450)
    ]
    assert len(directory.accounts(other.id)) == 2
    assert len(directory.charges(owner.id)) == 1


def test_owners_beside_a_file_of_accounts_lose_accounts_that_are_not_in_it(
    sample: sqlite_utils.Database, write: Write
) -> None:
    owners = write("o.csv", "manager,estate,login,owner_name\nZLOTY-KLUCZ,WYMYSLONA,100001,Anna\n")
    accounts = write("a.csv", "login,account,account_name,balance,balance_date\n")
    result = counts(import_files(sample, [accounts, owners]))
    assert result["accounts"] == (0, 0, 2)


def test_premises_are_replaced_with_their_charges(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write("p.csv", "login,premises,premises_name\n100001,G2,Garaż\n100001,P1,Piwnica\n")
    result = counts(import_files(sample, [path]))
    assert result["premises"] == (2, 2, 1)
    directory = Directory(sample)
    owner = directory.find("100001")
    assert owner is not None
    assert [(p.premises, len(p.items)) for p in directory.charges(owner.id)] == [
        ("Garaż", 1),
        ("Piwnica", 0),
    ]


def test_charges_alone_find_the_premises_that_are_there(
    sample: sqlite_utils.Database, write: Write
) -> None:
    path = write("c.csv", "login,premises,charge,amount\n100001,G2,Czynsz,50\n100001,G2,Prąd,1\n")
    assert counts(import_files(sample, [path]))["charges"] == (2, 2, 4)
    directory = Directory(sample)
    owner = directory.find("100001")
    assert owner is not None
    assert [p.total_grosze for p in directory.charges(owner.id)] == [0, 5100]


JSON = {
    "managers": [
        {
            "code": "M",
            "name": "Firma",
            "estates": [
                {
                    "code": "E",
                    "name": "Osiedle",
                    "owner_access": False,
                    "access_reason": "login.my-reason",
                    "owners": [
                        {
                            "login": "700001",
                            "name": "Jan",
                            "phones": ["600 100 150", "+48600100150"],
                            "emails": ["a@example.org"],
                            "web_access": False,
                            "accounts": [
                                {
                                    "code": "A",
                                    "name": "Konto",
                                    "balance": -12.10,
                                    "balance_date": "2026-01-31",
                                }
                            ],
                            "premises": [
                                {
                                    "code": "P",
                                    "name": "Lokal",
                                    "charges": [{"name": "Woda", "amount": "1 000,01"}],
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    ]
}


def test_json_is_imported(db: sqlite_utils.Database, write: Write) -> None:
    import_files(db, [write("all.json", json.dumps(JSON))])
    directory = Directory(db)
    owner = directory.find("700001")
    assert owner is not None
    assert owner.phones == ("+48600100150",)
    assert (owner.estate.owner_access, owner.estate.access_reason) == (False, "login.my-reason")
    assert not owner.web_access
    assert [a.balance_grosze for a in directory.accounts(owner.id)] == [-1210]
    assert [p.total_grosze for p in directory.charges(owner.id)] == [100001]


def test_json_leaves_what_it_does_not_name(db: sqlite_utils.Database, write: Write) -> None:
    import_files(db, [write("all.json", json.dumps(JSON))])
    owner = {"login": "700001", "name": "Jan", "accounts": []}
    estate = {"code": "E", "name": "Osiedle", "owners": [owner]}
    less = {"managers": [{"code": "M", "name": "Firma", "estates": [estate]}]}
    assert counts(import_files(db, [write("less.json", json.dumps(less))])) == {
        "managers": (1, 0, 0),
        "estates": (1, 0, 0),
        "owners": (1, 0, 0),
        "phones": (0, 0, 0),
        "emails": (0, 0, 0),
        "premises": (0, 0, 0),
        "accounts": (0, 0, 1),
        "charges": (0, 0, 0),
    }


def test_several_documents_may_name_the_same_manager(
    db: sqlite_utils.Database, write: Write
) -> None:
    one = {"managers": [{"code": "M", "name": "Firma"}]}
    two = {"managers": [{"code": "M", "name": "Firma X"}]}
    import_files(db, [write("1.json", json.dumps(one)), write("2.json", json.dumps(one))])
    assert mistakes(db, write("1.json", json.dumps(one)), write("2.json", json.dumps(two))) == [
        "2.json:1: managers[0].code: 'M' stands already in 1.json:1: managers[0]",
        "nothing was imported: 1 mistake",
    ]


def test_every_mistake_is_told_with_file_line_and_column(
    sample: sqlite_utils.Database, write: Write
) -> None:
    owners = write(
        "owners.csv",
        "manager,estate,login,owner_name,phones\n"
        "BAJKA,KRASNALE,10000x,Jan,600100101\n"
        "\n"
        'BAJKA,KRASNALE,700001,"Jan\nJakub",6001\n'
        "BAJKA,NIGDZIE,700002,\x07,\n"
        "BAJKA,KRASNALE,700003,Jan\n"
        "BAJKA,KRASNALE,700004,Jan,\n"
        "BAJKA,KRASNALE,700004,Jan,\n"
        "BAJKA,KRASNALE,100001,Jan,\n",
    )
    charges = write(
        "charges.csv",
        "login,premises,charge,amount,valid_from\n"
        "100001,M9,Gaz,1.555,2026-02-30\n"
        "700009,P2,Gaz,-3,\n",
    )
    assert mistakes(sample, charges, owners) == [
        "charges.csv:2: column amount: '1.555' is not an amount; write it as 1234,56 or -12.00",
        "charges.csv:2: column valid_from: '2026-02-30' is not in the calendar",
        "owners.csv:2: column login: '10000x' is not a login: only digits can be typed on a phone",
        "owners.csv:4: column phones: '6001' is not a number that exists; "
        "write it as 600100101 or +48600100101",
        "owners.csv:6: column owner_name: '\\x07' has an invisible character, U+0007",
        "owners.csv:7: has 4 fields, but the header has 5",
        "owners.csv:9: column login: '700004' stands already in owners.csv:8",
        "owners.csv:6: column estate: manager and estate 'BAJKA / NIGDZIE' are not known together",
        "owners.csv:10: column login: login '100001' belongs to an owner of another manager; "
        "logins are unique on the whole line",
        "charges.csv:3: column login: no owner has the login '700009'",
        "charges.csv:2: column premises: the owner has no premises 'M9'",
        "nothing was imported: 11 mistakes",
    ]


def test_mistakes_in_json_are_told_with_line_and_path(
    db: sqlite_utils.Database, write: Write
) -> None:
    text = """{"managers": [{"code": "M", "name": "Firma", "estates": [
      {"code": "E", "name": "", "owners": [
        {"login": "700001",
         "name": "Jan",
         "phones": ["600100101",
                    "6001"],
         "colour": "blue",
         "blocked": "maybe",
         "accounts": {}},
        7,
        {"name": ["Jan"], "login": "700002", "phones": "600100101"}
      ]}]}]}"""
    estate = "managers[0].estates[0]"
    assert mistakes(db, write("x.json", text)) == [
        f"x.json:2: {estate}.name: is empty",
        f"x.json:7: {estate}.owners[0].colour: is not known here; known are "
        "accounts, blocked, emails, login, name, phones, premises, web_access",
        f"x.json:6: {estate}.owners[0].phones[1]: '6001' is not a number that exists; "
        "write it as 600100101 or +48600100101",
        f"x.json:8: {estate}.owners[0].blocked: 'maybe' is neither yes nor no; write tak or nie",
        f"x.json:9: {estate}.owners[0].accounts: must be a list",
        f"x.json:10: {estate}.owners[1]: must be an object",
        f"x.json:11: {estate}.owners[2].name: must be a text or a number, not a list or an object",
        f"x.json:11: {estate}.owners[2].phones: must be a list of texts",
        "nothing was imported: 8 mistakes",
    ]


def test_letters_in_numbers_are_told_with_file_line_and_column(
    sample: sqlite_utils.Database, write: Write
) -> None:
    owners = write(
        "owners.csv",
        "manager,estate,login,owner_name,phones\n"
        "BAJKA,KRASNALE,700001,Jan,tel. 600100101\n"
        "BAJKA,KRASNALE,700002,Ewa,600100102|+48 600 XXX XXX\n"
        "BAJKA,KRASNALE,700003,Iza,6001OO1O1\n",
    )
    managers = write("managers.csv", "manager,manager_name,phone\nBAJKA,Bajka,600 100 syn\n")
    people = write(
        "x.json",
        """{"managers": [{"code": "M", "name": "Firma", "phone": "600 100 syn",
          "estates": [{"code": "E", "name": "E", "owners": [
            {"login": "700004", "name": "Jan", "phones": ["691 abc def"]}]}]}]}""",
    )
    advice = "write a phone number in digits alone, without remark or extension"
    assert mistakes(sample, owners, managers, people) == [
        f"owners.csv:3: column phones: '+48 600 XXX XXX' has letters in its number; {advice}",
        f"owners.csv:4: column phones: '6001OO1O1' has letters in its number; {advice}",
        f"managers.csv:2: column phone: '600 100 syn' has letters in its number; {advice}",
        f"x.json:1: managers[0].phone: '600 100 syn' has letters in its number; {advice}",
        "x.json:3: managers[0].estates[0].owners[0].phones[0]: '691 abc def' has letters in its "
        f"number; {advice}",
        "nothing was imported: 5 mistakes",
    ]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "a.csv:1: the header is of no known kind; it needs exactly one of"),
        ("a.csv", "foo,bar\n1,2\n", "a.csv:1: the header is of no known kind"),
        ("a.csv", "balance,amount\n", "a.csv:1: the header is of several kinds"),
        ("a.csv", "manager_name\n", "a.csv:1: column 'manager' is missing for managers"),
        ("a.csv", "manager,manager_name,x\n", "a.csv:1: column 'x' is not known in managers"),
        ("a.csv", "manager,manager,manager_name\n", "a.csv:1: column 'manager' stands twice"),
        ("a.csv", 'manager,manager_name\nA,"B\n', "a.csv:2: is no CSV: unexpected end of data"),
        ("a.json", "{", "a.json:1: is no JSON: Expecting property name"),
        ("a.json", "", "a.json:1: is no JSON: Expecting value"),
        ("a.json", "[]", 'a.json:1: the document: must be {"managers": [...]}'),
        ("a.json", "[" * 100_000, "a.json:1: is no document of this kind: it is nested too"),
        ("a.json", '{"managers": 1}', "a.json:1: managers: must be a list"),
        (
            "a.json",
            '{"managers": [{"code": "\\ud800", "\\u001b[2J": 1}]}',
            "a.json:1: managers[0].\\x1b[2J: is not known here",
        ),
    ],
)
def test_files_that_make_no_sense_are_refused(
    db: sqlite_utils.Database, write: Write, name: str, text: str, sentence: str
) -> None:
    assert mistakes(db, write(name, text))[0].startswith(sentence)


def test_a_file_that_is_not_there_is_named(db: sqlite_utils.Database, tmp_path: Path) -> None:
    assert mistakes(db, tmp_path / "no.csv") == [
        "no.csv: cannot be read: No such file or directory"
    ]
    (tmp_path / "empty").mkdir()
    assert mistakes(db, tmp_path / "empty") == ["empty: has no *.csv or *.xlsx files"]


def test_only_so_many_mistakes_are_told(db: sqlite_utils.Database, write: Write) -> None:
    rows = "".join(f"M{n},\n" for n in range(500))
    told = mistakes(db, write("m.csv", "manager,manager_name\n" + rows))
    assert len(told) == 51
    assert told[-1] == "nothing was imported: stopped after 50 mistakes"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_encodings_are_found_out(db: sqlite_utils.Database, write: Write, encoding: str) -> None:
    import_files(db, [write("m.csv", "manager,manager_name\nM,Żółta Łódź – §\n", encoding)])
    assert snapshot(db)[0] == [("M", "Żółta Łódź – §")]


def test_other_encodings_are_told_not_guessed(db: sqlite_utils.Database, write: Write) -> None:
    old = write("old.csv", "manager,manager_name\nM,Ząb\n", "iso-8859-2")
    assert mistakes(db, old) == [
        "old.csv:2: is not UTF-8: byte 0xB1 fits nothing; save it as UTF-8, or give --encoding"
    ]
    assert mistakes(db, old, encoding="utf-16") == [
        "old.csv:2: is not utf-16: byte 0x0A fits nothing; give another one"
    ]
    assert mistakes(db, old, encoding="klingon") == [
        "'klingon' is no encoding; try utf-8 or cp1250"
    ]
    assert counts(import_files(db, [old], encoding="iso-8859-2"))["managers"] == (1, 1, 0)
    assert snapshot(db)[0] == [("M", "Ząb")]


ROWS = "manager;manager_name\r\nM;Dom\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\n" + ROWS,
        "\ufeffsep=;\r\n" + ROWS,
        "SEP=|\n" + ROWS.replace(";", "|"),
        ROWS.replace("\r\n", ";\r\n"),
        ROWS.replace("\r\n", ";;;\r\n"),
        ROWS.replace("Dom", "Dom; ;"),
        ROWS.replace("manager;", "manager;;").replace("M;", "M;;"),
        ROWS + ";\r\n;;;\r\n\r\n",
        ROWS.replace(";", " ; ").replace("\r\n", " \r\n"),
    ],
)
def test_spreadsheets_pad_and_hint(db: sqlite_utils.Database, write: Write, text: str) -> None:
    import_files(db, [write("m.csv", text)])
    assert snapshot(db)[0] == [("M", "Dom")]


def test_what_stands_in_a_column_without_a_name_is_told(
    db: sqlite_utils.Database, write: Write
) -> None:
    text = "sep=;\nmanager;manager_name;\nM;Dom;\nN;Nowy;dwa\nO;Ostatni;;ę\n"
    assert mistakes(db, write("m.csv", text)) == [
        "m.csv:4: field 3 is 'dwa', but that column has no name in the header",
        "m.csv:5: field 4 is 'ę', but that column has no name in the header",
        "nothing was imported: 2 mistakes",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_line_ends(
    db: sqlite_utils.Database, write: Write, delimiter: str, end: str
) -> None:
    rows = [["Manager", "MANAGER_NAME"], ["M", f'"a{delimiter}b"'], ["", ""], []]
    write("m.csv", end.join(delimiter.join(row) for row in rows) + end)
    path = write("m.csv", end.join(delimiter.join(row) for row in rows) + end)
    import_files(db, [path])
    assert snapshot(db)[0] == [("M", " ".join(f"a{delimiter}b".split()))]


def test_a_directory_that_changes_meanwhile_is_compared_again(
    sample: sqlite_utils.Database, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner disappears between the comparison and the write lock."""
    path = write("c.csv", "login,premises,charge,amount\n100001,G2,Czynsz,50\n")

    def disturbed(staging: Staging) -> None:
        compare(staging)
        monkeypatch.setattr(importing, "compare", compare)
        other = open_database(file_of(sample), [infoline])
        other.execute("DELETE FROM owners WHERE login = '100001'")
        other.close()

    monkeypatch.setattr(importing, "compare", disturbed)
    with pytest.raises(DataError, match="no owner has the login '100001'"):
        import_files(sample, [path])


def test_progress_is_reported(db: sqlite_utils.Database) -> None:
    stages: dict[str, tuple[int, int]] = {}
    import_files(
        db, [SAMPLE], report=lambda stage, done, total: stages.__setitem__(stage, (done, total))
    )
    assert {"owners.csv", "charges.csv", "checking", "writing"} <= set(stages)
    assert stages["writing"] == (8, 8)
    assert stages["owners.csv"][0] == stages["owners.csv"][1] > 0
