"""What the directory says about the owners of the sample data."""

import sqlite3
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Account, Charge, Owner, PremisesCharges
from sipagent.infoline.schema import infoline
from sipagent.store.database import file_of, open_database

pytestmark = pytest.mark.unit


def owner(directory: Directory, login: str) -> Owner:
    found = directory.find(login)
    assert found is not None
    return found


def test_a_login_leads_to_owner_estate_and_manager(directory: Directory) -> None:
    found = owner(directory, "100001")
    assert (found.login, found.name) == ("100001", "Anna Przykładowa")
    assert found.manager.name == "Zarządca Testowy Złoty Klucz"
    assert found.estate.name == "Wspólnota Mieszkaniowa Wymyślona 7"
    assert found.phones == ("+48600100101",)
    assert found.emails == ("anna.przykladowa@example.org",)
    assert not found.blocked
    assert found.web_access
    assert found.estate.owner_access
    assert directory.get(found.id) == found


@pytest.mark.parametrize(
    "login", ["", "1", "999999", "100001 ", "0100001", "'; --", "１００００１"]
)
def test_unknown_logins_lead_nowhere(directory: Directory, login: str) -> None:
    assert directory.find(login) is None


def test_several_phones_and_addresses_keep_their_order(directory: Directory) -> None:
    found = owner(directory, "2000002")
    assert found.phones == ("+48600100110", "+48600100111")
    assert found.emails == ("jan@example.org", "jan.dwutelefonowy@example.com")


def test_switches(directory: Directory) -> None:
    assert owner(directory, "100007").blocked
    assert not owner(directory, "100008").web_access
    assert not owner(directory, "2000001").estate.owner_access


def test_accounts_come_in_the_order_of_the_file(directory: Directory) -> None:
    day = date(2026, 8, 31)
    assert directory.accounts(owner(directory, "100001").id) == [
        Account("Eksploatacja", 12540, day, "EKSPL"),
        Account("Fundusz remontowy", -34015, day, "REMONT"),
    ]
    amounts = [a.balance_grosze for a in directory.accounts(owner(directory, "100004").id)]
    assert amounts == [1201, 0, -55, 200400]


def test_charges_come_by_premises(directory: Directory) -> None:
    flat, garage = directory.charges(owner(directory, "100001").id)
    assert flat.premises == "Mieszkanie numer 4"
    assert flat.items[3] == Charge("Wywóz odpadów", 6200, date(2026, 1, 1))
    assert flat.total_grosze == 21560 + 9800 + 8432 + 6200
    assert flat.valid_from == date(2026, 7, 1)
    assert (garage.premises, garage.total_grosze) == ("Garaż numer 2", 4150)


def test_charges_may_be_negative_and_undated(directory: Directory) -> None:
    (premises,) = directory.charges(owner(directory, "2000002").id)
    assert premises.total_grosze == 19800
    assert premises.valid_from is None


def test_premises_may_have_no_charges(directory: Directory) -> None:
    (premises,) = directory.charges(owner(directory, "20000006").id)
    assert premises.items == ()
    assert premises.total_grosze == 0


def test_an_owner_may_have_nothing(directory: Directory) -> None:
    found = owner(directory, "100006")
    assert directory.accounts(found.id) == []
    assert directory.charges(found.id) == []


def test_no_premises_means_no_date() -> None:
    assert PremisesCharges("Lokal").valid_from is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE owners SET manager_id = 2 WHERE login = '100001'",
        "UPDATE owner_phones SET manager_id = 2 WHERE number = '+48600100101'",
        "UPDATE accounts SET manager_id = manager_id + 1",
        "UPDATE owners SET login = '100002' WHERE login = '100001'",
        "UPDATE owners SET login = '10000a' WHERE login = '100001'",
        "UPDATE accounts SET balance_grosze = 12.5",
        "DELETE FROM estates",
    ],
)
def test_the_tables_refuse_what_cannot_be(sample: sqlite_utils.Database, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        sample.execute(statement)


def test_removing_an_owner_leaves_nothing(sample: sqlite_utils.Database) -> None:
    sample.execute("DELETE FROM owners WHERE login = '100001'")
    for table in ("owner_phones", "owner_emails", "premises", "accounts"):
        query = f"SELECT count(*) FROM {table} WHERE owner_id NOT IN (SELECT id FROM owners)"
        assert sample.execute(query).fetchone() == (0,)
    assert sample.execute("SELECT count(*) FROM charges").fetchone() == (23,)


def test_look_ups_see_whole_owners_while_somebody_writes(sample: sqlite_utils.Database) -> None:
    """Phones and name change together: no look-up sees one without the other."""
    path: Path = file_of(sample)
    done = threading.Event()

    def write() -> None:
        db = open_database(path, [infoline])
        for number in range(100, 300):
            with db.atomic():
                db.execute("UPDATE owners SET name = ? WHERE login = '100001'", [str(number)])
                time.sleep(0.0005)
                db.execute(
                    "UPDATE owner_phones SET number = ? WHERE owner_id = "
                    "(SELECT id FROM owners WHERE login = '100001')",
                    [f"+48600100{number}"],
                )
        db.close()
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    directory, seen = Directory(sample), set()
    while not done.is_set():
        found = owner(directory, "100001")
        if found.name.isdecimal():
            assert found.phones == (f"+48600100{found.name}",)
            seen.add(found.name)
    writer.join()
    assert len(seen) > 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM owners WHERE login = '100001'",
        "SELECT * FROM accounts WHERE owner_id = 1",
        "SELECT * FROM premises WHERE owner_id = 1",
        "SELECT * FROM charges WHERE premises_id = 1",
        "SELECT * FROM owner_phones WHERE owner_id = 1",
    ],
)
def test_every_look_up_of_a_call_uses_an_index(sample: sqlite_utils.Database, query: str) -> None:
    plan = sample.execute(f"EXPLAIN QUERY PLAN {query}").fetchone()[3]
    assert plan.startswith("SEARCH")
