"""Whatever was changed can be taken back, as long as nobody has changed it since."""

from contextlib import closing
from tempfile import TemporaryDirectory

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given

from sipagent.errors import DataError
from sipagent.exchange import editing, journal
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load, version
from sipagent.exchange.undoing import undo
from tests.examples import examples
from tests.exchange.exchanges import exchanges, firm, without_secrets
from tests.exchange.test_editing import new

pytestmark = pytest.mark.unit


@given(exchanges(), exchanges())
@examples(20, suppress_health_check=[HealthCheck.too_slow])
def test_any_change_is_taken_back_and_that_as_well(first: Exchange, second: Exchange) -> None:
    with TemporaryDirectory() as folder, closing(new(folder)) as db:
        editing.replace(db, first)
        if not editing.replace(db, second, by="anna"):
            return
        done = version(db)
        if without_secrets(first) == without_secrets(second):
            return  # only passwords and PINs, which are on no record
        undo(db, done, by="jan")
        assert without_secrets(load(db).exchange) == without_secrets(first)
        undo(db, version(db))
        assert without_secrets(load(db).exchange) == without_secrets(second)


def test_who_has_changed_what_is_on_record(db: sqlite_utils.Database) -> None:
    editing.edit(db, "users", "101", {"mobile": "600100103"}, by="adm")
    editing.set_pin(db, "101", "729481", "users", by="adm")
    undo(db, version(db) - 1, by="jan")
    told = [(one.by, one.change.key, one.change.fields) for one in journal.latest(db, 3)]
    assert told == [
        ("adm", "Anna Nowak", {"mobile": ("", "+48600100103")}),
        ("adm", "Anna Nowak", {"PIN": ("", "set")}),
        ("jan", "Anna Nowak", {"mobile": ("+48600100103", "")}),
    ]


def test_a_name_comes_back_with_what_was_changed_beside_it(db: sqlite_utils.Database) -> None:
    editing.edit(db, "users", "101", {"name": "Anna Kowal", "language": "en"})
    (noted,) = journal.of_number(db, version(db))
    assert noted.change.fields == {
        "name": ("Anna Nowak", "Anna Kowal"), "language": ("pl", "en"),
    }  # fmt: skip
    undo(db, version(db))
    assert load(db).exchange == firm()
    undo(db, version(db))  # that was one change as well
    found = load(db).exchange.find("users", "Anna Kowal")
    assert found is not None
    assert found.told()["language"] == "en"
    done = version(db)
    editing.edit(db, "users", "101", {"language": "pl"})
    with pytest.raises(DataError, match="user Anna Kowal was changed since"):
        undo(db, done)


def test_what_was_changed_since_is_not_lost(db: sqlite_utils.Database) -> None:
    editing.edit(db, "users", "101", {"mobile": "600100103"})
    first = version(db)
    editing.edit(db, "users", "101", {"language": "en"})
    undo(db, first)  # another field
    assert load(db).exchange.users[0].language == "en"
    editing.edit(db, "users", "101", {"language": "pl"})
    editing.edit(db, "users", "101", {"language": "en"})
    with pytest.raises(DataError, match="user Anna Nowak was changed since"):
        undo(db, version(db) - 1)
    editing.add(db, "users", {"name": "Ewa", "number": "103"})
    added = version(db)
    editing.edit(db, "users", "103", {"language": "en"})
    with pytest.raises(DataError, match="user Ewa was changed since"):
        undo(db, added)
    editing.remove(db, "users", "Ewa")
    removed = version(db)
    with pytest.raises(DataError, match="user Ewa was removed since"):
        undo(db, added)
    editing.add(db, "users", {"name": "Ewa", "number": "103"})
    with pytest.raises(DataError, match="user Ewa was added since"):
        undo(db, removed)


def test_what_would_not_fit_is_refused(db: sqlite_utils.Database) -> None:
    editing.add(db, "users", {"name": "Ewa", "number": "103"})
    added = version(db)
    editing.edit(db, "groups", "200", {"members": ["user:Ewa"]})
    with pytest.raises(DataError, match="there is no user Ewa, as group Biuro says"):
        undo(db, added)
    with pytest.raises(DataError, match="change 4711 is not on record"):
        undo(db, 4711)
    editing.set_pin(db, "101", "729481", "users")
    with pytest.raises(DataError, match="on no record: give another one"):
        undo(db, version(db))


def test_a_user_comes_back_with_phones_but_without_passwords(db: sqlite_utils.Database) -> None:
    editing.edit(db, "groups", "200", {"members": ["user:Jan Kowal"]})
    editing.remove(db, "users", "101")
    undo(db, version(db))
    there = load(db).exchange
    assert there.users == firm().users
    assert [(one.account, one.has_secret) for one in there.phones] == [("101-1", False)]
