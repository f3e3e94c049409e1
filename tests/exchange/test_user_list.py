"""People as a list that a spreadsheet writes: out and in again, all of it or nothing."""

from contextlib import closing
from tempfile import TemporaryDirectory

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given

from sipagent.errors import DataError
from sipagent.exchange import editing, journal
from sipagent.exchange.lists import decoded
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.exchange.user_list import take, written
from tests.examples import examples
from tests.exchange.exchanges import exchanges, firm
from tests.exchange.test_editing import new

pytestmark = pytest.mark.unit


@given(exchanges())
@examples(30, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_changes_nothing_and_brings_everybody_back(wanted: Exchange) -> None:
    text = written(wanted)
    with TemporaryDirectory() as folder, closing(new(folder)) as db:
        editing.replace(db, wanted)
        assert take(db, text, "list") == []
        editing.replace(db, Exchange())
        take(db, text, "list")
        back = load(db).exchange.users
        assert back == tuple(one.model_copy(update={"pin": ""}) for one in wanted.users)


def test_who_is_new_is_added_and_who_is_there_is_changed(db: sqlite_utils.Database) -> None:
    lines = (
        "\ufeffname;number;mobile;rights;language;daily_amount;listening_tone",
        "Ewa Lis;103;600 100 103;;;2,50;yes",
        "Anna  Nowak;104;;internal, +49;en;;no",
    )
    text = decoded("\r\n".join(lines).encode(), "list")
    found = take(db, text, "list", by="adm")
    ewa, anna = (load(db).exchange.find("users", name) for name in ("Ewa Lis", "Anna Nowak"))
    assert ewa is not None
    assert anna is not None
    assert ewa.told() | {"number": "103", "mobile": "+48600100103", "rights": [], "language": "pl",
                         "daily_amount": 250, "listening_tone": True} == ewa.told()  # fmt: skip
    assert (anna.told()["number"], anna.told()["language"]) == ("104", "en")
    assert anna.told()["email"] == "anna@firma.example"  # there is no column for it
    assert load(db).exchange.find("users", "Jan Kowal") is not None
    assert [one.what for one in found] == ["changed", "added"]
    assert [one.by for one in journal.latest(db, 2)] == ["adm", "adm"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name\nEwa\n", "list:1: there is no column number"),
        ("name,number\nEwa,1\n", "list:2: number: '1' is not an internal number"),
        ("name,number\nEwa,102\n", "102 is the number of both user Ewa and user Jan"),
        ("name,number\n\nEwa,200\n", "200 is the number of both user Ewa and group Biuro"),
        ("name,number\nEwa,103\nEwa,104\n", "list:3: Ewa stands in the file twice"),
        ("name,number\n,103\n", "list:2: name: is missing"),
        ("name,number,listening_tone\nEwa,103,maybe\n", "list:2: listening_tone: 'maybe' is nei"),
        ("name,number,daily_amount\nEwa,103,much\n", "list:2: 'much' is not an amount"),
        ("name,number,role\nEwa,103,boss\n", "list:2: role: "),
        ("name,number,mobile\nEwa,103,12\nJan,x,13\n", "list:2: mobile.*\nlist:3: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_changes(
    db: sqlite_utils.Database, text: str, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        take(db, f"{text}", "list")
    assert load(db).exchange == firm()


def test_a_try_changes_nothing(db: sqlite_utils.Database) -> None:
    assert take(db, "name,number\nEwa,103\n", "list", dry_run=True)
    assert load(db).exchange == firm()


def test_a_name_like_a_formula_is_none_in_a_spreadsheet_and_comes_back(
    db: sqlite_utils.Database,
) -> None:
    editing.add(db, "users", {"name": "=1+1", "number": "103"})
    text = written(load(db).exchange)
    assert "'=1+1" in text
    assert take(db, text, "list") == []
