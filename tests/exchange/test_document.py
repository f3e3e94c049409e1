"""The exchange as a file: what goes out comes in again, and mistakes are named with their line."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given

from sipagent.errors import ConfigError
from sipagent.exchange import editing
from sipagent.exchange.document import read, written
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.examples import examples
from tests.exchange.exchanges import exchanges, firm, without_secrets

pytestmark = pytest.mark.unit


@given(exchanges())
@examples(60, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_exported_differs_in_nothing(there: Exchange) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exchange.toml"
        path.write_text(written(there, secrets=True), "utf-8")
        assert read(path, "PL") == there
        path.write_text(written(there), "utf-8")
        assert read(path, "PL") == without_secrets(there)
        with closing(open_database(Path(folder) / "line.db", [exchange])) as db:
            editing.replace(db, there)
            assert editing.replace(db, read(path, "PL"), dry_run=True) == []
            editing.replace(db, read(path, "PL"))
            assert load(db).exchange == there


def test_no_secret_is_in_it_unless_asked_for(db: sqlite_utils.Database) -> None:
    there = load(db).exchange
    assert firm().phones[0].md5 not in written(there)
    assert firm().phones[0].md5 in written(there, secrets=True)


FILE = """\
[[users]]
name = "Anna Nowak"
number = "101"

[[users]]
name = "Jan Kowal"
number = "101"

[[groups]]
name = "Nikt"
number = "200"
members = []

[[numbers]]
number = "221000200"
leads_to = "user:Ewa"
"""


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (
            "members = []",
            'members = ["user:Anna Nowak"]',
            ":7: 101 is the number of both",
        ),
        ("members = []", 'members = ["user:Anna Nowak"]', ":16: there is no user Ewa, as number"),
        ("", "", ":9: groups.0: a group of nobody rings nobody"),
        ('leads_to = "user:Ewa"', "leads = 1", ":14: numbers.0.leads_to: is missing"),
        ('"221000200"', '"22"', ":15: numbers.0.number: '22' is not a number that exists"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, wrong: str
) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(FILE.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as error:
        read(path, "PL")
    assert f"{path}{wrong}" in str(error.value)


def test_a_number_without_prefix_is_one_of_the_country(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text('[[outside]]\nname = "Büro"\nnumber = "030 123456"\n', "utf-8")
    found = read(path, "DE").outside[0]
    assert (found.number, found.confirm) == ("+4930123456", False)


def test_a_mobile_is_asked_to_press_a_key(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text('[[outside]]\nname = "Jan"\nnumber = "600 100 101"\n', "utf-8")
    assert read(path, "PL").outside[0].confirm
