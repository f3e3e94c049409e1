"""Requests of owners: the own ones, however they came, and what was answered."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent import replies
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import submit
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import inside
from tests.panel.owner.owners import LOGIN, come_in, owners, sent

pytestmark = pytest.mark.unit

OFFICE = "biuro@zloty-klucz.example.org"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9b"
    b"U\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the sample."""
    with owners(tmp_path) as one:
        yield one


@pytest.fixture
def anna(panel: Panel) -> Browser:
    """Return a browser in which Anna is."""
    return come_in(panel)


def key_of(browser: Browser, path: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_a_request_is_made_once_with_its_letter_and_answered(panel: Panel, anna: Browser) -> None:
    wish = {"key": key_of(anna, "/owner/requests/new"), "subject": "Kran", "text": "Cieknie <b>."}
    for _ in range(2):
        page = anna.post("/owner/requests/new", **wish)
        assert page.url.path == "/owner/requests/101"
        assert "Its number is 101" in page.text
        assert "Cieknie &lt;b&gt;." in page.text
    [(entry, letter)] = [one for one in sent(panel) if one[0].kind == "request"]
    assert (entry.recipient, entry.subject) == (
        OFFICE, "Zgłoszenie ze strony dla właścicieli: Kran"
    )  # fmt: skip
    assert "Cieknie <b>." in letter
    ticket = panel.store.blocking.read(lambda db: Tickets(db).find(101))
    assert (ticket.way, ticket.asker.ref, ticket.asker.manager) == (Way.PAGE, LOGIN, 1)
    assert panel.store.blocking.read(lambda db: Tickets(db).by_mail([entry.message_id])) == 101
    replies.answers(panel.config, panel.store.blocking).answer(101, "klucz", "Przyjdzie hydraulik.")
    panel.store.blocking.write(lambda db: Tickets(db).note(101, "klucz", "Trudna osoba."))
    told = anna.get("/owner/balance").text
    assert "There is an answer to ticket 101" in told
    assert not re.search(r">\d{4}-\d\d-\d\d", told), "days are told in words to owners"
    page = anna.get("/owner/requests/101")
    assert "There is an answer to ticket 101" not in anna.get("/owner/balance").text  # it is seen
    assert "Przyjdzie hydraulik." in page.text
    assert "there is an answer" in page.text
    assert "Trudna osoba" not in page.text
    assert "klucz" not in page.text.lower().replace("złoty klucz", "")
    again = {"key": key_of(anna, "/owner/requests/101"), "text": "Dziękuję."}
    for _ in range(2):
        assert "The message was sent" in anna.post("/owner/requests/101/reply", **again).text
    letters = [one.subject for one, _ in sent(panel) if one.kind == "request"]
    assert letters == ["[#101] Zgłoszenie ze strony dla właścicieli: Kran", entry.subject]
    assert "Kran" in inside(panel, "klucz").get("/helpdesk/tickets").text
    assert "Kran" not in inside(panel, "bajka").get("/helpdesk/tickets").text


def test_what_was_dictated_is_there_and_what_others_have_asked_is_not(
    panel: Panel, anna: Browser
) -> None:
    mine = panel.store.blocking.write(lambda db: submit(db, words="Nie działa winda.", owner=LOGIN))
    theirs = [
        Asker(AskerKind.OWNER, "100002", "Jan", manager=1),
        Asker(AskerKind.OWNER, LOGIN, "Anna", manager=2),  # the same login, of another manager
        Asker(AskerKind.USER, LOGIN, "Anna"),
    ]
    others = [
        panel.store.blocking.write(
            lambda db, who=who: Tickets(db).open(who, Way.PANEL, "Tajne", "Nie dla Anny.")  # type: ignore[misc]
        )
        for who in theirs
    ]
    page = anna.get("/owner/requests").text
    assert "Nie działa winda." in page
    assert "Tajne" not in page
    assert "Nie działa winda." in anna.get(f"/owner/requests/{mine}").text
    for number in (*others, 9999, "x"):
        path = f"/owner/requests/{number}"
        anna.get("/owner")
        assert anna.get(path).status_code == 404
        assert anna.post(f"{path}/reply", text="x").status_code == 404
        for part in ("entries/1/sound", "files/1", "files/1/small"):
            assert anna.get(f"{path}/{part}").status_code == 404


def test_attachments_are_kept_and_given_out_to_their_owner_alone(
    panel: Panel, anna: Browser
) -> None:
    fields = {"key": key_of(anna, "/owner/requests/new"), "subject": "Zdjęcie", "text": "Widać."}

    def attach(name: str, content: bytes) -> int:
        answer = anna.client.post(
            "/owner/requests/new",
            data={"token": anna.token, **fields},
            files={"files": (name, content)},
            headers={"origin": anna.origin},
        )
        return answer.status_code

    assert attach("kran.png.exe", PNG) == 422
    assert attach("kran.png", b"MZ") == 422
    assert attach("kran.png", PNG) == 200
    page = anna.get("/owner/requests/101").text
    [link] = re.findall(r'href="(/owner/requests/101/files/\d+)"', page)
    assert anna.get(link).headers["content-disposition"].startswith("attachment;")
    assert anna.get(f"{link}/small").headers["content-type"] == "image/webp"
    assert come_in(panel, "100002").get(link).status_code == 404


def test_nobody_sends_requests_without_end(panel: Panel, anna: Browser) -> None:
    def ask(number: int) -> int:
        wish = {"key": f"k{number}", "subject": f"Sprawa {number}", "text": "Proszę."}
        return anna.post("/owner/requests/new", **wish).status_code

    anna.get("/owner/requests/new")
    assert ask(0) == 200
    assert anna.post("/owner/requests/new", key="e", subject="", text="x").status_code == 422
    assert [ask(number) for number in range(1, 11)] == [200] * 9 + [429]
