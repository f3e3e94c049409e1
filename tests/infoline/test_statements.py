"""The owner's statement, from the database to the outbox."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
import sqlite_utils

from sipagent.config import MailSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner, remove_owner
from sipagent.infoline.model import Owner
from sipagent.infoline.statements import Statements, statement_of
from sipagent.messages.outbox import Outbox, OutboxLimit
from sipagent.messages.schema import messages
from sipagent.messages.statement import render
from sipagent.store.database import open_database

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    db = open_database(tmp_path / "line.db", [messages])
    return Outbox(db, tmp_path / "outbox", MailSection(per_owner=4))


@pytest.fixture
def statements(directory: Directory, outbox: Outbox) -> Statements:
    return Statements(directory, outbox)


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


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_sample_owner_has_a_statement(directory: Directory, language: str) -> None:
    for login in ("100001", "100005", "100006", "2000002", "20000004", "20000005", "20000006"):
        found = owner(directory, login)
        statement = statement_of(
            found, directory.accounts(found.id), directory.charges(found.id), NOW, language
        )
        pages = pypdf.PdfReader(BytesIO(render(statement))).pages
        assert all(login in page.extract_text() for page in pages), "the login is on every page"
