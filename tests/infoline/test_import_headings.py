"""Imports of tables with headings of their own: a file says which means what."""

import re

import pytest
import sqlite_utils

from sipagent.errors import ConfigError, DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.transfer.importing import import_files
from tests.infoline.import_helpers import OWNERS, Write, balances, owner_of

pytestmark = pytest.mark.unit

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
