"""The exchange is changed in one way, and always fits together."""

import sqlite3
import unicodedata
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import KINDS, Exchange, Group, User
from sipagent.exchange.reading import load
from sipagent.exchange.rules import mistakes, numbers_of, users_of
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.examples import examples
from tests.exchange.exchanges import exchanges, firm, without_secrets

pytestmark = pytest.mark.unit


def test_what_is_written_is_read_again(db: sqlite_utils.Database) -> None:
    assert load(db).exchange == firm()


@given(exchanges(), exchanges())
@examples(50, suppress_health_check=[HealthCheck.too_slow])
def test_any_exchange_becomes_any_other_one(first: Exchange, second: Exchange) -> None:
    """Numbers are swapped, names move between kinds, and nothing of what was there is left."""
    with TemporaryDirectory() as folder, closing(new(folder)) as db:
        for wanted in (first, second, Exchange()):
            editing.replace(db, wanted)
            assert without_secrets(load(db).exchange) == without_secrets(wanted)
            assert editing.replace(db, wanted, dry_run=True) == []
        tables = [table for table in db.table_names() if not table.startswith(("exchange_", "_"))]
        assert {table: db[table].count for table in tables if db[table].count} == {}


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("users", {"name": "Ewa", "number": "101"}, "101 is the number of both user Anna"),
        (
            "users",
            {"name": "Ewa", "number": "200"},
            "200 is the number of both user Ewa and group Biuro",
        ),
        ("users", {"name": "anna nowak", "number": "103"}, "there is a user Anna Nowak already"),
        ("users", {"name": "Ewa", "number": "*10"}, "codes that begin with \\* are the exchange's"),
        ("users", {"name": "Ewa", "number": "1"}, "'1' is not an internal number"),
        ("users", {"name": "Ewa", "number": "112"}, "'112' is an emergency number"),
        ("users", {"name": " ", "number": "103"}, "name: is empty"),
        ("users", {"name": "Ewa", "number": "103", "email": "ewa"}, "is no e-mail address"),
        ("users", {"name": "Ewa", "number": "103", "mobile": "12"}, "mobile: .* not a .*number"),
        ("users", {"name": "Ewa", "number": "103", "rights": ["all"]}, "'all' is no right"),
        (
            "users",
            {"name": "Ewa", "number": "103", "mobile": "221000200"},
            r"\+48221000200 is a number of this exchange, and no mobile",
        ),
        ("phones", {"account": "x-1", "user": "Ewa"}, "there is no user Ewa, as phone x-1 says"),
        ("phones", {"account": "Ewa!", "user": "Anna Nowak"}, "'Ewa!' is no account such as"),
        ("groups", {"name": "Nikt", "number": "201", "members": ()}, "a group of nobody"),
        ("groups", {"name": "B", "number": "201", "members": ["user:Ewa"]}, "there is no user Ewa"),
        ("groups", {"name": "B", "number": "201", "members": ["group:Biuro"]}, "members are user:"),
        (
            "groups",
            {"name": "B", "number": "201", "members": ["user:Jan Kowal"] * 2},
            "user:Jan Kowal is a member twice",
        ),
        ("outside", {"name": "X", "number": "600100102", "code": "*97"}, "no short code such as"),
        (
            "outside",
            {"name": "X", "number": "22 100 02 00"},
            "is a number of this exchange, which would call itself",
        ),
        ("numbers", {"number": "+48221000200", "leads_to": "user:Jan Kowal"}, "already"),
        ("numbers", {"number": "221000201", "leads_to": "user:Ewa"}, "there is no user Ewa"),
        ("numbers", {"number": "221000201", "leads_to": "Ewa"}, "is not written as one of user:"),
        ("boxes", {"name": "B", "owner": "box:B"}, "a box belongs to user:NAME or group:NAME"),
        (
            "boxes",
            {"name": "B", "owner": "group:Biuro", "greetings": {"busy": "Zajęte"}},
            "there is no announcement Zajęte",
        ),
        ("schedules", {"name": "S", "hours": "pon 8-16"}, "'pon' in 'pon 8-16' is no day"),
        (
            "schedules",
            {"name": "S", "days": [{"first": "2026-12-24", "hours": "rano"}]},
            "'rano' in 'mon-sun rano' is no time",
        ),
        ("announcements", {"name": "A"}, "either a text or a recording"),
        ("announcements", {"name": "A", "recording": "../a.mp3"}, "is no name of a WAV, MP3"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    db: sqlite_utils.Database, kind: str, fields: Mapping[str, Any], wrong: str
) -> None:
    with pytest.raises(DataError, match=wrong):
        editing.add(db, kind, fields)
    assert load(db).exchange == firm()


def test_who_is_still_led_to_stays(db: sqlite_utils.Database) -> None:
    with pytest.raises(DataError, match="group Biuro is still named by number \\+48221000200"):
        editing.remove(db, "groups", "Biuro")
    with pytest.raises(DataError, match="user Anna Nowak is still named by group Biuro"):
        editing.remove(db, "users", "101")
    editing.edit(db, "groups", "200", {"members": ["user:Jan Kowal"]})
    gone = editing.remove(db, "users", "101")
    assert [(one.kind, one.key) for one in gone] == [
        ("users", "Anna Nowak"),
        ("phones", "101-1"),
    ]


def test_a_name_is_found_however_its_letters_are_put_together(db: sqlite_utils.Database) -> None:
    editing.add(db, "users", {"name": "Zofia  Góra", "number": "103"})
    decomposed = unicodedata.normalize("NFD", " Zofia Góra")
    assert editing.existing(load(db).exchange, "users", decomposed).key == "Zofia Góra"


def test_another_name_changes_nothing_else(db: sqlite_utils.Database) -> None:
    editing.edit(db, "users", "Anna Nowak", {"name": "Anna Zielińska", "number": "110"})
    there = load(db).exchange
    assert there.phones[0].user == "Anna Zielińska"
    assert there.groups[0].members == ("user:Anna Zielińska", "user:Jan Kowal")
    assert there.phones[0].md5 == firm().phones[0].md5
    with pytest.raises(DataError, match="there is a user Jan Kowal already"):
        editing.edit(db, "users", "110", {"name": "Jan Kowal"})


def test_two_who_edit_at_once_lose_nothing(db: sqlite_utils.Database) -> None:
    seen = load(db).versions["users", "Jan Kowal"]
    editing.edit(db, "users", "Jan Kowal", {"email": "jan@firma.example"}, seen=seen)
    with pytest.raises(editing.Changed, match=r"email none → jan@firma\.example; look again"):
        editing.edit(db, "users", "Jan Kowal", {"email": "kowal@firma.example"}, seen=seen)
    with pytest.raises(editing.Changed, match="was changed since you looked"):
        editing.remove(db, "users", "Jan Kowal", seen=seen)
    now = load(db)
    found = now.exchange.find("users", "Jan Kowal")
    assert isinstance(found, User)
    assert found.email == "jan@firma.example"
    editing.edit(db, "users", "Jan Kowal", {"email": ""}, seen=now.versions["users", "Jan Kowal"])


def test_who_is_removed_and_comes_again_is_another_one(db: sqlite_utils.Database) -> None:
    editing.add(db, "users", {"name": "Ewa", "number": "103"})
    seen = load(db).versions["users", "Ewa"]
    editing.remove(db, "users", "Ewa")
    editing.add(db, "users", {"name": "Ewa", "number": "104"})
    with pytest.raises(editing.Changed):
        editing.edit(db, "users", "Ewa", {"email": "ewa@firma.example"}, seen=seen)


def test_another_name_counts_as_a_change(db: sqlite_utils.Database) -> None:
    before = load(db)
    editing.edit(db, "users", "102", {"name": "Jan Kowalski"})
    assert load(db).version > before.version
    seen = before.versions["users", "Jan Kowal"]
    with pytest.raises(editing.Changed, match="name Jan Kowal → Jan Kowalski"):
        editing.edit(db, "users", "102", {"email": "jan@firma.example"}, seen=seen)


def test_what_is_not_given_stays_when_all_is_replaced(db: sqlite_utils.Database) -> None:
    editing.add(db, "boxes", {"name": "Biuro", "owner": "group:Biuro", "number": "300"})
    editing.set_pin(db, "Biuro", "590318")
    kept = load(db).exchange
    assert kept.boxes[0].pin.startswith("$argon2id$")
    assert editing.replace(db, without_secrets(kept)) == []
    assert load(db).exchange == kept


def test_a_pin_goes_with_its_box(db: sqlite_utils.Database) -> None:
    editing.add(db, "boxes", {"name": "Biuro", "owner": "group:Biuro", "number": "300"})
    with pytest.raises(DataError, match="too easy to guess"):
        editing.set_pin(db, "300", "123456")
    editing.set_pin(db, "300", "590318")
    assert db["pins"].count == 1
    editing.set_pin(db, "300", "")
    assert db["pins"].count == 0
    editing.set_pin(db, "300", "590318")
    editing.remove(db, "boxes", "300")
    assert db["pins"].count == 0


def test_no_secret_is_told_of_in_the_list_of_changes(db: sqlite_utils.Database) -> None:
    editing.add(db, "boxes", {"name": "Biuro", "owner": "group:Biuro"})
    editing.set_pin(db, "Biuro", "590318")
    told = "".join(fields for (fields,) in db.execute("SELECT fields FROM exchange_changes"))
    assert "argon2" not in told
    assert firm().phones[0].md5 not in told
    assert '"password": ["", "set"]' in told


def test_the_tables_themselves_refuse_a_number_twice(db: sqlite_utils.Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), db.atomic():
        db.execute(
            "INSERT INTO parties (kind, name, extension, version) VALUES ('box', 'X', '101', 1)"
        )


def test_a_night_ends_by_itself(db: sqlite_utils.Database) -> None:
    editing.add(db, "schedules", {"name": "Biuro", "hours": "mon-fri 08:00-16:00"})
    until = datetime(2026, 11, 27, 7, tzinfo=UTC)
    editing.set_night(db, "Biuro", until)
    assert load(db).nights == {"Biuro": until}
    editing.replace(db, load(db).exchange)
    assert load(db).nights == {"Biuro": until}
    editing.set_night(db, "Biuro", None)
    assert load(db).nights == {}


def new(folder: str) -> sqlite_utils.Database:
    return open_database(Path(folder) / "line.db", [exchange])


class Editors(RuleBasedStateMachine):
    """People who change whatever comes to their mind: some of it is refused, all of it fits."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.db = new(self.folder.name)
        editing.replace(self.db, firm())
        self.version = 0

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    names = st.sampled_from(["Anna Nowak", "Jan Kowal", "Biuro", "Ewa", "102", "+48221000200"])
    numbers = st.sampled_from(["101", "102", "103", "200", "112", ""])
    refs = st.sampled_from(
        ["user:Anna Nowak", "user:Ewa", "group:Biuro", "box:Biuro", "outside:Ewa"]
    )

    def attempt(self, work: Any, *args: Any) -> None:
        before = load(self.db)
        try:
            work(self.db, *args)
        except DataError:
            assert load(self.db) == before

    @rule(name=names, number=numbers)
    def hire(self, name: str, number: str) -> None:
        self.attempt(editing.add, "users", {"name": name, "number": number})

    @rule(kind=st.sampled_from(list(KINDS)), name=names)
    def take_away(self, kind: str, name: str) -> None:
        self.attempt(editing.remove, kind, name)

    @rule(kind=st.sampled_from(["users", "groups", "boxes"]), old=names, new=names)
    def call_otherwise(self, kind: str, old: str, new: str) -> None:
        self.attempt(editing.edit, kind, old, {"name": new})

    @rule(kind=st.sampled_from(["users", "groups", "boxes"]), name=names, number=numbers)
    def renumber(self, kind: str, name: str, number: str) -> None:
        self.attempt(editing.edit, kind, name, {"number": number})

    @rule(name=names, number=numbers, members=st.lists(refs, max_size=3))
    def gather(self, name: str, number: str, members: list[str]) -> None:
        self.attempt(editing.add, "groups", {"name": name, "number": number, "members": members})

    @rule(name=names, number=numbers, owner=refs)
    def hang_up_a_box(self, name: str, number: str, owner: str) -> None:
        self.attempt(editing.add, "boxes", {"name": name, "number": number, "owner": owner})

    @rule(name=names, code=st.sampled_from(["", "*022", "*023"]))
    def know_outside(self, name: str, code: str) -> None:
        fields = {"name": name, "number": "+48221000299", "code": code}
        self.attempt(editing.add, "outside", fields)

    @rule(lead=refs)
    def lead(self, lead: str) -> None:
        self.attempt(editing.edit, "numbers", "+48221000200", {"leads_to": lead})

    @rule(account=st.sampled_from(["101-1", "ewa"]), user=names)
    def give_a_phone(self, account: str, user: str) -> None:
        self.attempt(editing.add, "phones", {"account": account, "user": user})

    @invariant()
    def everything_fits(self) -> None:
        there = load(self.db)
        assert list(mistakes(there.exchange)) == []
        dialled = [number for _, _, number in numbers_of(there.exchange)]
        assert len(dialled) == len(set(dialled))
        assert all(one.members for one in there.exchange.groups if isinstance(one, Group))
        assert there.version >= self.version
        self.version = there.version
        assert set(there.versions) == {
            (kind, one.key) for kind in KINDS for one in there.exchange.entries(kind)
        }
        assert all(one <= there.version for one in there.versions.values())
        assert self.db.execute("PRAGMA foreign_key_check").fetchall() == []


TestEditors = Editors.TestCase
TestEditors.settings = examples(40, stateful_step_count=20)
TestEditors.pytestmark = pytest.mark.unit  # type: ignore[attr-defined]


def test_users_of_counts_no_phones() -> None:
    assert users_of(firm(), "users", "Anna Nowak") == [("groups", "Biuro")]
