"""Requests of owners in the panel: heard, read, answered, closed; whose they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.infoline.managing import office
from sipagent.messages.outbox import Outbox
from sipagent.tickets.model import Status
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import submit
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import ANNA, deeds, firms, inside

pytestmark = pytest.mark.unit

HOSTILE = "<script>alert(1)</script>"
SOUND = b"RIFF" + bytes(range(200))


def add(db: sqlite_utils.Database, code: str = "ZLOTY-KLUCZ", **fields: Any) -> int:
    """Keep a request of an owner of a manager; return its number."""
    manager = office(db, code).manager
    whose: dict[str, Any] = {"manager": manager.id, "manager_name": manager.name, "owner": ANNA}
    words = f"Cieknie woda. {HOSTILE}"
    return submit(db, seconds=4.2, words=words, **whose, **fields)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over requests: 101 and 103 of one manager, 102 of another."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    (recordings / "c1.wav").write_bytes(SOUND)
    with firms(tmp_path) as one:
        one.store.blocking.write(
            lambda db: (add(db), add(db, "BAJKA"), add(db, reply_to="", recording=""))
        )
        yield one


def state(panel: Panel, number: int = 101) -> Status:
    return panel.store.blocking.read(lambda db: Tickets(db).find(number).status)


def answer(browser: Browser, page: str, text: str, what: str = "reply") -> tuple[int, str]:
    """Send an answer from a page that was shown; return what comes back."""
    seen = re.findall(r'name="seen" value="([^"]*)"', page)[0]
    path = re.findall(r'action="([^"]*)/reply"', page)[0]
    done = browser.post(f"{path}/{what}", text=text, seen=seen)
    return done.status_code, done.text


def listed(page: str) -> list[str]:
    return re.findall(r'href="/infoline/requests/(\d+)"', page)


def test_everybody_sees_their_own_requests_only(panel: Panel) -> None:
    for name, numbers in (("adm", ["103", "102", "101"]), ("klucz", ["103", "101"])):
        assert listed(inside(panel, name).get("/infoline/requests").text) == numbers
    browser = inside(panel, "bajka")
    assert listed(browser.get("/infoline/requests").text) == ["102"]
    browser.get("/infoline/requests/102")
    for path in ("", "/sound"):
        assert browser.get(f"/infoline/requests/101{path}").status_code == 404
    browser.get("/infoline/requests/102")
    for path in ("/reply", "/close"):
        gone = browser.post(f"/infoline/requests/101{path}", text="x", seen="2")
        assert gone.status_code == 404
    assert state(panel) is Status.NEW


def test_filters_and_pages(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = inside(panel, "adm")
    browser.get("/infoline/requests/101")
    assert browser.get("/infoline/requests?state=closed").text.count("<td") == 0
    assert listed(browser.get("/infoline/requests?state=nonsense&owner=100001").text)
    assert listed(browser.get("/infoline/requests?owner=999").text) == []
    monkeypatch.setattr("sipagent.panel.pages.requests._PAGE", 2)
    page = browser.get("/infoline/requests").text
    older = re.findall(r'href="([^"]*before=[^"]*)"', page)[0]
    assert listed(page) == ["103", "102"]
    assert listed(browser.get(older).text) == ["101"]


def test_it_is_heard_in_parts_and_that_is_on_record(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/infoline/requests/101").text
    assert 'src="/infoline/requests/101/sound"' in page
    assert "Cieknie woda. &lt;script&gt;" in page
    assert HOSTILE not in page
    sound = browser.get("/infoline/requests/101/sound")
    assert sound.content == SOUND
    assert sound.headers["content-type"] == "audio/wav"
    part = browser.client.get("/infoline/requests/101/sound", headers={"range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, SOUND[4:10])
    assert deeds(panel, "request-heard") == [("klucz", "101")] * 2
    # Of one whose recording is gone nothing is left to hear.
    assert "<audio" not in browser.get("/infoline/requests/103").text
    assert browser.get("/infoline/requests/103/sound").status_code == 404


def test_an_answer_is_mailed_to_the_owner(panel: Panel, tmp_path: Path) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/infoline/requests/101").text
    assert answer(browser, page, "  ")[0] == 422
    status, told = answer(browser, page, f"Przyjdziemy jutro. {HOSTILE}")
    assert status == 200
    assert "on its way" in told
    assert HOSTILE not in told
    assert state(panel) is Status.WAITING
    outbox = Outbox(panel.store.blocking, tmp_path / "outbox", panel.config.mail)
    (entry,) = outbox.listed()
    assert (entry.kind, entry.recipient) == ("reply", "anna@example.org")
    assert deeds(panel, "request-answered") == [("klucz", "101")]


def test_who_has_no_address_has_to_be_called(panel: Panel, tmp_path: Path) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/infoline/requests/103").text
    assert "please call" in answer(browser, page, "Przyjdziemy jutro.")[1]
    assert state(panel, 103) is Status.WAITING
    assert Outbox(panel.store.blocking, tmp_path / "outbox", panel.config.mail).listed() == []


def test_two_who_answer_at_once_send_one_answer(panel: Panel) -> None:
    one, other = inside(panel, "adm"), inside(panel, "klucz")
    first = one.get("/infoline/requests/101").text
    second = other.get("/infoline/requests/101").text
    assert answer(one, first, "Jutro.")[0] == 200
    status, told = answer(other, second, "Pojutrze.")
    assert status == 409
    assert "Jutro." in told
    assert ">\nPojutrze.</textarea>" in told
    assert answer(other, second, "", "close")[0] == 409
    assert state(panel) is Status.WAITING
    assert answer(other, told, "Zrobione.", "close")[0] == 200
    assert state(panel) is Status.CLOSED
