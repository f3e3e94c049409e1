"""Tickets over the API: reading, hearing, answering and closing them; and whose they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.panel.api.scopes import Scope
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import FIELDS, draft, submit
from tests.panel.api.asking import Program, deeds
from tests.panel.browsing import opened

pytestmark = pytest.mark.unit

BOTH = (Scope.TICKETS_READ, Scope.TICKETS_WRITE)


def fill(db: sqlite_utils.Database) -> None:
    """Keep a ticket of one manager, then two of another one, and a draft."""
    for manager in (7, 8, 8):
        submit(db, manager=manager)
    draft(db)
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
    assert program.get("/tickets", status="closed")["items"] == []


def test_an_answer_is_a_message_to_the_owner_and_a_note(program: Program) -> None:
    answer = program("POST", "/tickets/101/reply", json={"text": "Jutro o dziesiątej."})
    assert answer.status_code == 200, answer.text
    told = program.get("/tickets/101")
    assert (told["status"], told["entries"][1]["text"]) == ("waiting", "Jutro o dziesiątej.")
    waiting = program.panel.store.blocking.read(
        lambda db: db.execute("SELECT kind, recipient FROM outbox").fetchall()
    )
    assert waiting == [("reply", "anna@example.org")]
    assert ("token helpdesk", "api POST", "/tickets/101/reply") in deeds(program.panel)


def test_a_ticket_is_closed_and_empty_answers_are_none(program: Program) -> None:
    assert program("POST", "/tickets/101/reply", json={"text": ""}).status_code == 422
    assert program("POST", "/tickets/101/reply", json={"text": "  "}).status_code == 409
    assert program("POST", "/tickets/101/close").json()["status"] == "closed"


def test_what_was_dictated_is_heard_as_long_as_it_is_kept(program: Program) -> None:
    assert program("GET", "/tickets/101/recording").status_code == 404
    folder = program.panel.config.paths.recordings
    assert FIELDS["recording"] == "c1.wav"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FIELDS["recording"]).write_bytes(b"RIFF")
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
        ("POST", "/tickets/102/note"),
        ("POST", "/tickets/102/change"),
    ):
        body = {"text": "x"} if method == "POST" else None
        body = {} if path.endswith("change") else body
        assert theirs(method, path, json=body).status_code == 404
    assert program.get("/tickets/102")["status"] == "new"


def test_a_ticket_is_opened_noted_and_changed(program: Program) -> None:
    given = {"subject": "Winda", "text": "Stoi.", "email": "jan@example.org", "importance": "high"}
    opened = program("POST", "/tickets", json=given).json()
    assert (opened["number"], opened["status"], opened["asker"]["ref"]) == (
        *(104, "new"),
        "jan@example.org",
    )
    program("POST", "/tickets/104/note", json={"text": "Serwis jest w drodze."})
    changed = program("POST", "/tickets/104/change", json={"assignee": "ewa", "status": "work"})
    assert (changed.json()["assignee"], changed.json()["status"]) == ("ewa", "work")
    assert [one["kind"] for one in changed.json()["entries"]] == ["question", "note"]
    found = program.get("/tickets", words="serwisem", assignee="ewa")["items"]
    assert [one["number"] for one in found] == [104]
    assert program("POST", "/tickets/104/change", json={"status": "draft"}).status_code == 409


def test_files_are_fetched_by_those_whose_ticket_it_is(program: Program) -> None:
    kept = Attachments.of(program.panel.config).keep([Offered("plan.txt", b"Plan\n")])
    program.panel.store.blocking.write(lambda db: Tickets(db).reply(101, "Plan.", files=kept))
    (told,) = program.get("/tickets/101")["entries"][1]["files"]
    assert (told["name"], told["media"], told["size"]) == ("plan.txt", "text/plain", 5)
    answer = program("GET", f"/tickets/101/files/{told['id']}")
    assert answer.content == b"Plan\n"
    assert answer.headers["content-type"] == "application/octet-stream"
    for path in (f"/tickets/102/files/{told['id']}", "/tickets/101/files/999"):
        assert program("GET", path).status_code == 404
    theirs = Program(program.panel, *BOTH, name="other", manager="BAJKA")
    assert theirs("GET", f"/tickets/101/files/{told['id']}").status_code == 200
    for file in kept:
        Attachments.of(program.panel.config).drop([file.file])
    assert program("GET", f"/tickets/101/files/{told['id']}").status_code == 404
