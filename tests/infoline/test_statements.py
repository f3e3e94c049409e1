"""The owner's statement, from the database to the outbox."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
import sqlite_utils

from sipagent.config import MailSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner, remove_owner
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.model import Owner
from sipagent.infoline.statements import Statements, statement_of
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.payment import Payment
from sipagent.infoline.writing.statement import Statement, render
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import OutboxLimit
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    db = open_database(tmp_path / "line.db", [messages])
    return Outbox(Single(db), tmp_path / "outbox", MailSection(per_owner=4))


@pytest.fixture
def statements(sample: sqlite_utils.Database, outbox: Outbox) -> Statements:
    return Statements(Single(sample), outbox, Letters(Templates([TEXTS])))


def owner(directory: Directory, login: str) -> Owner:
    found = directory.find(login)
    assert found is not None
    return found


def test_it_goes_to_every_address(
    directory: Directory, statements: Statements, outbox: Outbox
) -> None:
    jan = owner(directory, "2000002")
    assert len(jan.emails) == 2
    assert statements.send(jan, NOW, "pl", "c1") == jan.emails
    entries = outbox.listed()
    assert {entry.recipient for entry in entries} == set(jan.emails)
    assert {(entry.kind, entry.owner, entry.call) for entry in entries} == {
        ("statement", "2000002", "c1")
    }
    statements.send(jan, NOW, "pl", "c1")
    with pytest.raises(OutboxLimit):
        statements.send(jan, NOW, "pl", "c1")
    assert len(outbox.listed()) == 4


def test_without_an_address_nothing_is_made(
    directory: Directory, statements: Statements, outbox: Outbox
) -> None:
    assert statements.send(owner(directory, "20000003"), NOW, "pl", "c1") == ()
    assert not outbox.listed()


def test_what_staff_changes_during_the_call_counts(
    sample: sqlite_utils.Database, directory: Directory, statements: Statements
) -> None:
    kasia = owner(directory, "20000003")
    edit_owner(sample, "20000003", Changes(add_emails=["kasia@example.org"]))
    assert statements.send(kasia, NOW, "pl", "c1") == ("kasia@example.org",)


def test_an_owner_who_is_deleted_during_the_call_gets_nothing(
    sample: sqlite_utils.Database, directory: Directory, statements: Statements, outbox: Outbox
) -> None:
    anna = owner(directory, "100001")
    remove_owner(sample, "100001")
    assert statements.send(anna, NOW, "pl", "c1") == ()
    assert not outbox.listed()


def test_it_says_where_to_pay_what_and_by_when(directory: Directory) -> None:
    statement = whole(directory, "100001")
    assert statement.address == "ul. Biurowa 1, 00-000 Nibymiasto"
    assert statement.email == "biuro@zloty-klucz.example.org"
    assert statement.payment == Payment(
        account="40000000000000000000001001",
        payee="Wspólnota Mieszkaniowa Wymyślona 7",
        title="Opłaty 12.2026 M4, G2",
        grosze=statement.monthly,
        due=date(2026, 12, 10),
    )
    assert statement.added_up


def test_an_estate_may_have_an_account_of_its_own(
    sample: sqlite_utils.Database, directory: Directory
) -> None:
    changes = {"bank_account": "PL61 1090 1014 0000 0712 1981 2874", "payment_day": "30"}
    edit_contract(sample, "ZLOTY-KLUCZ", changes, estate="WYMYSLONA")
    payment = whole(directory, "100001").payment
    assert payment is not None
    assert (payment.account, payment.due) == ("61109010140000071219812874", date(2026, 11, 30))
    other = whole(directory, "100005").payment
    assert other is not None
    assert other.account == "40000000000000000000001001"


def test_where_nothing_is_due_there_is_no_day_to_pay(directory: Directory) -> None:
    payment = whole(directory, "100006").payment
    assert payment is not None
    assert (payment.title, payment.grosze, payment.due) == ("Opłaty", 0, None)


def test_without_an_account_nothing_is_said_of_paying(
    sample: sqlite_utils.Database, directory: Directory
) -> None:
    edit_contract(sample, "BAJKA", {"bank_account": ""})
    assert whole(directory, "2000002").payment is None
    assert not whole(directory, "2000002").added_up


def whole(directory: Directory, login: str) -> Statement:
    found = owner(directory, login)
    return statement_of(found, directory.accounts(found.id), directory.charges(found.id), NOW, "pl")


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_sample_owner_has_a_statement(directory: Directory, language: str) -> None:
    for login in ("100001", "100005", "100006", "2000002", "20000004", "20000005", "20000006"):
        found = owner(directory, login)
        statement = statement_of(
            found, directory.accounts(found.id), directory.charges(found.id), NOW, language
        )
        pages = pypdf.PdfReader(BytesIO(render(statement))).pages
        assert all(login in page.extract_text() for page in pages), "the login is on every page"
