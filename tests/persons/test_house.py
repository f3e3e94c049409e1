"""One person over all rooms: all of it is given out, and then nothing names them any more."""

import json
import stat
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.chat.agents import Agents
from sipagent.panel import people
from sipagent.panel.permissions import Role
from sipagent.persons.person import Person
from sipagent.tickets.tickets import Tickets
from tests.persons.house import EMAIL, LOGIN, NAME, NUMBER, OTHER, House

pytestmark = pytest.mark.unit

OWNER = f"owner:{LOGIN}"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_what_is_kept_is_given_out_as_a_page_as_data_and_as_files(house: House) -> None:
    target = house.folder.parent / f"{house.folder.name}.zip"
    printed = house.run("person", "export", OWNER, "--to", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        page = archive.read("index.html").decode()
        data = {
            Path(name).stem: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.startswith("data/")
        }
        files = [name for name in archive.namelist() if name.startswith("files/")]
    target.unlink()
    assert f"{len(files)} files" in printed
    assert all(
        one in page for one in (NAME, NUMBER, EMAIL, "Połączenia", "Calls", "art. 74 ust. 2")
    )
    assert [row["name"] for row in data["owners"]["owners"]] == [NAME]
    assert data["owners"]["accounts"][0]["balance_grosze"] == 12540
    assert {row["id"] for row in data["calls"]["calls"]} == {"hers", "theirs", "hidden"}
    assert data["bills"]["bill_calls"][0]["owner"] == LOGIN
    assert {"files/recordings/1.wav", "files/voicemail/voice.wav"} <= set(files)
    assert len([name for name in files if name.startswith("files/messages/")]) == 4
    assert "hash" not in data["owners"]["pins"][0]
    # What a neighbour has said of her, with no more than the words around it.
    said = [row for row in data["mentions"]["mentions"] if row["table"] == "call_events"]
    assert any("Anna, 600-100-101" in row["text"] for row in said)
    # Readers see words, and nothing of what only programs need.
    assert "Saldo w groszach" in page
    assert "manager_id" not in page


def test_nothing_changes_until_it_is_said(house: House) -> None:
    before = house.traces()
    printed = house.run("person", "erase", OWNER)
    assert "Nothing was changed" in printed
    assert "2031-12-31" in printed
    assert house.traces() == before


def test_afterwards_nothing_in_the_folder_names_them(house: House) -> None:
    assert set(house.traces()) >= {"line.db"}
    printed = house.run("person", "erase", OWNER, "--yes")
    assert house.traces() == {}
    assert "backups" in printed
    assert house.ask("SELECT person, ended IS NULL FROM person_erasures") == [(None, 0)]
    assert house.ask(f"SELECT * FROM owners WHERE login = '{LOGIN}'") == []
    assert not (house.config.paths.recordings / "voice.wav").exists()
    assert house.ask("SELECT count(*) FROM recordings") == [(0,)]
    assert house.ask("SELECT what FROM recording_uses") == [("deleted",)]
    # Bills are kept by law; they have a login, which is nobody's any more.
    assert house.ask("SELECT owner FROM bill_calls") == [(LOGIN,)]


def test_counts_stay_and_the_other_one_of_a_call_does(house: House) -> None:
    figures = (
        "SELECT id, started, ended, outcome, asserted FROM calls ORDER BY id",
        "SELECT call, seq, at_ms, kind FROM call_events ORDER BY call, seq",
        "SELECT queue, arrived_at, outcome, waited FROM queue_calls",
        "SELECT call, name FROM call_labels ORDER BY call, name",
        "SELECT number, status, way, created, answered, manager FROM tickets ORDER BY number",
        "SELECT ticket, kind, at FROM ticket_entries ORDER BY id",
    )
    before = [house.ask(sql) for sql in figures]
    house.run("person", "erase", OWNER, "--yes")
    assert [house.ask(sql) for sql in figures] == before
    assert house.ask("SELECT caller, called FROM calls WHERE id = 'theirs'") == [(OTHER, "")]
    assert house.ask("SELECT caller FROM calls WHERE id = 'hers'") == [(None,)]
    told = house.ask("SELECT details FROM call_events WHERE call = 'hers' ORDER BY seq")
    assert [json.loads(str(one)) for (one,) in told] == [
        {},
        {"step": "menu", "outcome": "1", "next": "balance"},
        {"addresses": 1},
    ]
    # The neighbour's own words stay, without her.
    (said,) = house.ask("SELECT details FROM call_events WHERE call = 'neighbour'")
    assert json.loads(str(said[0])) == {"text": "sąsiadka (erased), "}
    # So does a chat in which somebody else speaks of her, and is found by the rest of its words.
    assert house.ask("SELECT text FROM chat_messages") == [("Chodzi o panią (erased).",)]
    assert house.ask("SELECT count(*) FROM chat_words WHERE words MATCH 'chodz*'") == [(1,)]
    assert house.ask("SELECT recipient FROM outbox") == [("bogdan.zalegly@example.org",)]


def test_a_number_of_two_finds_what_is_one_s_own_only(house: House) -> None:
    house.run("owners", "edit", "100002", "--add-phone", NUMBER)
    printed = house.run("person", "erase", OWNER, "--yes")
    assert f"{NUMBER} is somebody else's as well" in printed
    called = f"SELECT id FROM calls WHERE caller = '{NUMBER}' OR called = '{NUMBER}'"
    assert house.ask(called) == [("theirs",)]
    house.run("person", "erase", "--number", NUMBER, "--yes")
    assert house.ask(called) == []


def test_a_user_goes_with_phones_where_nothing_leads_to_them(house: House) -> None:
    house.run("groups", "add", "Biuro", "--number", "200", "--member", "user:Adam Buk")
    with pytest.raises(DataError, match="Adam Buk is still named by group Biuro"):
        house.run("person", "erase", "user:Adam Buk", "--yes")
    house.run("groups", "remove", "Biuro", "--yes")
    house.run("phones", "add", "108", "--account", "adam")
    with closing(house.opened()) as db:
        work(db, "adam", "Adam Buk")
    with pytest.raises(DataError, match="no administrator of the panel would be left"):
        house.run("person", "erase", "user:Adam Buk", "--yes")
    house.run("panel", "user", "add", "szefowa", "--role", "administrator")
    house.run("person", "erase", "user:Adam Buk", "--yes")
    for sql in (
        "SELECT assignee FROM tickets WHERE assignee <> ''",
        "SELECT name FROM panel_people WHERE name <> 'szefowa'",
        "SELECT name FROM chat_agents",
    ):
        assert house.ask(sql) == []
    assert house.ask("SELECT who FROM ticket_entries WHERE kind = 'note'") == [("(erased)",)]
    assert house.ask("SELECT helped, word FROM knowledge_votes") == [(1, "")]
    assert house.ask("SELECT what FROM panel_deeds WHERE person = '(erased)'") == [("hangup",)]
    names = "SELECT name FROM parties UNION SELECT account FROM phones"
    assert house.ask(names) == [("Jan Kowal",)]
    assert house.ask("SELECT user, person FROM ordered_calls") == [("(erased)", "user:(erased)")]
    assert all(b"Adam" not in path.read_bytes() for path in house.folder.glob("line.db*"))


def work(db: sqlite_utils.Database, name: str, user: str) -> None:
    """Have a user of the exchange, who is an administrator, work on requests and in chats."""
    person = people.add(db, name, Role.ADMINISTRATOR, user=user)
    kept = Tickets(db)
    kept.change(101, name, assignee=name)
    kept.note(101, name, "Klucze są u dozorcy.")
    now = datetime.now(UTC)
    with db.conn:
        Agents(db).seen([name], now)
        db.execute("INSERT INTO knowledge_topics VALUES (1, 'x', 'x', 'x', 1)")
        db.execute(
            "INSERT INTO knowledge_articles (id, topic_id, slug, language, position) "
            "VALUES (1, 1, 'x', 'pl', 1)"
        )
        vote = [1, f"person:{person.id}", 1, "Dobre", "2026-11-26"]
        db.execute("INSERT INTO knowledge_votes VALUES (?, ?, ?, ?, ?)", vote)
        db.execute(
            "INSERT INTO panel_deeds (at, person, address, what, about) "
            "VALUES ('2026-11-26', ?, '192.0.2.1', 'hangup', 'x')",
            [name],
        )


def test_a_table_that_is_new_tomorrow_is_looked_at_as_well(house: House) -> None:
    with closing(house.opened()) as db, db.conn:
        db.execute("CREATE TABLE tomorrow (number TEXT PRIMARY KEY, said BLOB) WITHOUT ROWID")
        db.execute("CREATE VIRTUAL TABLE tomorrow_words USING fts5 (words)")
        db.execute("INSERT INTO tomorrow VALUES (?, ?)", [NUMBER, f"{NAME} pyta".encode()])
        db.execute("INSERT INTO tomorrow_words VALUES ('tel 48600100101')")
    house.run("person", "erase", OWNER, "--yes")
    assert house.ask("SELECT number, said FROM tomorrow") == [("", b"(erased) pyta")]
    assert house.traces() == {}


def test_what_a_rule_of_a_table_keeps_is_told(house: House) -> None:
    with closing(house.opened()) as db, db.conn:
        db.execute("CREATE TABLE strict (number TEXT NOT NULL CHECK (number GLOB '+48*'))")
        db.execute("INSERT INTO strict VALUES (?)", [NUMBER])
    printed = house.run("person", "erase", OWNER, "--yes")
    assert "strict.number still mentions them" in printed


@pytest.mark.parametrize(
    "words", [(), ("100001",), ("owner:",), ("--number", "12"), ("--email", "x")]
)
def test_nobody_is_erased_by_mistake(house: House, words: tuple[str, ...]) -> None:
    with pytest.raises(DataError):
        house.run("person", "erase", "--yes", *words)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("tel. +48 600 100 101, dziś", "tel. , dziś"),
        ("0048600100101", ""),
        ("(600) 100-101", "("),
        ("1600100101", "1600100101"),
        ("6001001012", "6001001012"),
        ("Pan PRZYKŁADOWA ANNA", "Pan (erased)"),
        ('{"a": "Anna Przyk\\u0142adowa"}', '{"a": "(erased)"}'),
        ("Anna Przykladowa-Nowak", "(erased)-Nowak"),
        ("Annami Przykładowa", "Annami Przykładowa"),
        ("<Anna.Przykladowa@example.org>", "<>"),
        ("xanna.przykladowa@example.org", "xanna.przykladowa@example.org"),
    ],
)
def test_they_are_found_however_they_are_written(text: str, left: str) -> None:
    person = Person.of(names=[NAME], numbers=[NUMBER], emails=[EMAIL])
    assert person.wiped(text) == left
    assert person.mentioned(text) is (text != left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Magazyn", "(erased)"),
        ("user:Magazyn", "user:(erased)"),
        ('{"name": ["Magazyn", ""]}', '{"name": ["(erased)", ""]}'),
        ("Towar jest w magazynie; magazyn zamyka się o 16.",) * 2,
    ],
)
def test_a_name_that_is_a_word_counts_where_it_stands_alone(text: str, left: str) -> None:
    assert Person.of(names=["Magazyn"]).wiped(text) == left
