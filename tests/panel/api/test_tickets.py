"""Tickets over the API: reading, hearing, answering and closing them; and whose they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.infoline.tickets import Tickets
from sipagent.panel.api.scopes import Scope
from tests.infoline.test_tickets import REQUEST
from tests.panel.api.asking import Program, deeds
from tests.panel.browsing import opened

pytestmark = pytest.mark.unit

BOTH = (Scope.TICKETS_READ, Scope.TICKETS_WRITE)


def fill(db: sqlite_utils.Database) -> None:
    """Keep a ticket of one manager, then two of another one, and a draft."""
    kept = Tickets(db)
    for manager in (7, 8, 8):
        kept.submit(kept.draft(replace(REQUEST, manager=manager)), 8.5)
    kept.draft(REQUEST)
    with db.conn:
        db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'BAJKA', 'Bajka')")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program that may read and answer."""
    with opened(tmp_path, fill) as panel:
        yield Program(panel, *BOTH, name="helpdesk")


def test_tickets_come_page_by_page_without_drafts(program: Program) -> None:
    first = program.get("/tickets", limit=2)
    assert [one["number"] for one in first["items"]] == [103, 102]
    rest = program.get("/tickets", limit=2, after=first["next"])
    assert ([one["number"] for one in rest["items"]], rest["next"]) == ([101], None)
    assert program.get("/tickets", state="closed")["items"] == []


def test_an_answer_is_a_message_to_the_owner_and_a_note(program: Program) -> None:
    answer = program("POST", "/tickets/101/reply", json={"text": "Jutro o dziesiątej."})
    assert answer.status_code == 200, answer.text
    told = program.get("/tickets/101")
    assert (told["state"], told["notes"][0]["text"]) == ("answered", "Jutro o dziesiątej.")
    waiting = program.panel.store.blocking.read(
        lambda db: db.execute("SELECT kind, recipient FROM outbox").fetchall()
    )
    assert waiting == [("reply", "anna@example.org")]
    assert ("token helpdesk", "api POST", "/tickets/101/reply") in deeds(program.panel)


def test_a_ticket_is_closed_and_empty_answers_are_none(program: Program) -> None:
    assert program("POST", "/tickets/101/reply", json={"text": ""}).status_code == 422
    assert program("POST", "/tickets/101/reply", json={"text": "  "}).status_code == 409
    assert program("POST", "/tickets/101/close").json()["state"] == "closed"


def test_what_was_dictated_is_heard_as_long_as_it_is_kept(program: Program) -> None:
    assert program("GET", "/tickets/101/recording").status_code == 404
    folder = program.panel.config.paths.recordings
    assert REQUEST.recording == "c1.wav"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REQUEST.recording).write_bytes(b"RIFF")
    answer = program("GET", "/tickets/101/recording")
    assert (answer.content, answer.headers["content-type"]) == (b"RIFF", "audio/wav")


def test_a_token_for_one_manager_sees_and_answers_no_other_ones_tickets(program: Program) -> None:
    theirs = Program(program.panel, *BOTH, name="bajka", manager="BAJKA")
    assert [one["number"] for one in theirs.get("/tickets")["items"]] == [101]
    for method, path in (
        ("GET", "/tickets/102"),
        ("GET", "/tickets/102/recording"),
        ("POST", "/tickets/102/reply"),
        ("POST", "/tickets/102/close"),
    ):
        body = {"text": "x"} if method == "POST" else None
        assert theirs(method, path, json=body).status_code == 404
    assert program.get("/tickets/102")["state"] == "open"
