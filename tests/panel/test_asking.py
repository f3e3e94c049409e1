"""Asking for help in the panel: new tickets, once; the own ones; replies; what stays unseen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.panel.permissions import Role
from sipagent.tickets.model import Asker, AskerKind, Importance, Kind, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.firms import inside
from tests.tickets.files import PDF

pytestmark = pytest.mark.unit

USERS = (("Jan", "101"), ("Ewa", "102"))
ASKED = {"subject": "Szlaban", "text": "Nie otwiera się od rana.", "importance": "high"}


def fill(db: sqlite_utils.Database) -> None:
    """Keep two users of the exchange."""
    for name, number in USERS:
        editing.add(db, "users", {"name": name, "number": number})


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel with an administrator and two users of the exchange."""
    with opened(tmp_path, fill) as one:
        one.add("adm", language="en")
        for name, number in USERS:
            one.add(name.lower(), Role.USER, user=number, language="en", email="x@example.org")
        yield one


def ask(browser: Browser, **changes: str) -> tuple[int, str]:
    """Send the form of a new ticket; return what comes back."""
    page = browser.get("/helpdesk/new").text
    (key,) = re.findall('name="key" value="([^"]+)"', page)
    sent = browser.post("/helpdesk/new", **{"key": key, **ASKED, **changes})
    return sent.status_code, sent.text


def find(panel: Panel, number: int = 101) -> Ticket:
    """Return a ticket."""
    return panel.store.blocking.read(lambda db: Tickets(db).find(number))


def test_a_question_becomes_a_ticket_with_its_number(panel: Panel) -> None:
    status, page = ask(inside(panel, "jan"))
    assert status == 200
    assert "Its number is 101" in page
    ticket = find(panel)
    assert (ticket.subject, ticket.way, ticket.importance) == (
        "Szlaban",
        Way.PANEL,
        Importance.HIGH,
    )
    assert (ticket.asker.ref, ticket.asker.name, ticket.asker.email) == (
        "jan",
        "Jan",
        "x@example.org",
    )
    assert "Nie otwiera się od rana." in inside(panel, "adm").get("/helpdesk/tickets/101").text


def test_a_form_that_is_sent_twice_makes_one_ticket(panel: Panel) -> None:
    browser = inside(panel, "jan")
    for _ in range(2):
        assert "Its number is 101" in ask(browser, key="the same form")[1]
    assert "Its number is 102" in ask(browser)[1]


@pytest.mark.parametrize("wrong", [{"subject": " "}, {"text": ""}, {"subject": "x" * 201}])
def test_a_form_without_what_is_needed_keeps_what_was_typed(
    panel: Panel, wrong: dict[str, str]
) -> None:
    status, page = ask(inside(panel, "jan"), **wrong)
    assert status == 422
    assert '<option value="high" selected>' in page
    for name, value in (ASKED | wrong).items():
        assert name == "importance" or not value.strip() or value in page
    assert panel.store.blocking.read(lambda db: Tickets(db).by_key("")) is None


def test_everybody_sees_their_own_only_without_notes(panel: Panel) -> None:
    ask(inside(panel, "jan"))
    panel.store.blocking.write(lambda db: Tickets(db).note(101, "adm", "Jan zawsze przesadza."))
    panel.store.blocking.write(lambda db: Tickets(db).answer(101, "adm", "Już działa."))
    jan, ewa = inside(panel, "jan"), inside(panel, "ewa")
    page = jan.get("/helpdesk/own/101").text
    assert "Już działa." in page
    assert "przesadza" not in page
    # Who has answered has a name, not only a login.
    panel.store.blocking.write(lambda db: Tickets(db).answer(101, "ewa", "Na pewno."))
    assert "· Ewa ·" in jan.get("/helpdesk/own/101").text
    assert "przesadza" not in jan.get("/helpdesk/own/101/part").text
    assert jan.get("/helpdesk/own?subject=przesadza").text.count("<td") == 0
    assert re.findall(r'href="/helpdesk/own/(\d+)"', jan.get("/helpdesk/own").text) == ["101"]
    assert jan.get("/helpdesk/own?status=closed").text.count("<td") == 0
    assert ewa.get("/helpdesk/own").text.count("<td") == 0
    assert ewa.get("/helpdesk/own/101").status_code == 404
    assert inside(panel, "adm").get("/helpdesk/own/101").status_code == 404
    assert ewa.post("/helpdesk/own/101/reply", text="x", key="k").status_code == 404
    for path in ("part", "files/1", "files/1/small", "entries/1/sound"):
        assert ewa.get(f"/helpdesk/own/101/{path}").status_code == 404


def test_a_reply_opens_it_again_and_brings_files(panel: Panel) -> None:
    jan = inside(panel, "jan")
    ask(jan)
    panel.store.blocking.write(lambda db: Tickets(db).change(101, "adm", status=Status.SOLVED))
    assert "solved" in jan.get("/helpdesk/own/101").text
    for _ in range(2):  # the browser sends it again
        sent = jan.client.post(
            "/helpdesk/own/101/reply",
            data={"text": "Znowu nie działa.", "key": "k", "token": jan.token},
            files=[("files", ("zdjęcia.pdf", PDF))],
            headers={"origin": jan.origin},
        )
        assert "added to the ticket" in sent.text
    thread = panel.store.blocking.read(lambda db: Tickets(db).thread(101))
    assert [(one.kind, one.text) for one in thread[1:]] == [(Kind.QUESTION, "Znowu nie działa.")]
    assert find(panel).status is Status.NEW
    (path,) = re.findall(r'<a href="([^"]+)" download', sent.text)
    assert jan.get(path).content == PDF
    assert inside(panel, "adm").get(path.replace("own", "tickets")).content == PDF
    assert jan.post("/helpdesk/own/101/reply", text=" ", key="").status_code == 422


def test_files_that_are_too_large_or_unfit_are_told(panel: Panel, tmp_path: Path) -> None:
    jan = inside(panel, "jan")
    jan.get("/helpdesk/new")
    for name, content, told in (
        ("a.pdf", PDF + bytes(10_000_000), "a.pdf: the file is too large"),
        ("a.html", b"<html>", "a.html: we do not take such files"),
        ("a.pdf", b"MZ", "a.pdf: the file is not what its name says"),
    ):
        sent = jan.client.post(
            "/helpdesk/new",
            data={**ASKED, "key": name, "token": jan.token},
            files=[("files", (name, content))],
            headers={"origin": jan.origin},
        )
        assert sent.status_code == 422
        assert told in sent.text
        assert ASKED["text"] in sent.text
    assert jan.get("/helpdesk/own").text.count("<td") == 0
    assert not list((tmp_path / "attachments").glob("*"))


def test_nobody_takes_the_place_of_what_comes_from_elsewhere(panel: Panel) -> None:
    """A browser says what it likes: also the key of a form of others, or of a chat to come."""
    assert "Its number is 101" in ask(inside(panel, "jan"), key="chat-1")[1]
    assert "Its number is 102" in ask(inside(panel, "ewa"), key="chat-1")[1]
    visitor = Asker(AskerKind.VISITOR, "", "Adam")
    chat = panel.store.blocking.write(
        lambda db: Tickets(db).open(visitor, Way.CHAT, "Winda", "Stoi.", key="chat-1")
    )
    assert chat == 103
