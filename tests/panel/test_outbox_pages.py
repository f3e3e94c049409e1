"""The outbox in the panel: what waits, what was in it, trying again; whose messages they are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.infoline.managing import office
from sipagent.messages.message import Attachment, Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import State
from tests.panel.browsing import Panel
from tests.panel.firms import deeds, firms, inside

pytestmark = pytest.mark.unit

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over messages: 1 of a manager, 2 of another, 3 a one-time password."""
    with firms(tmp_path) as one:
        managers = {
            code: one.store.blocking.read(lambda db, code=code: office(db, code).manager.id)  # type: ignore[misc]
            for code in ("ZLOTY-KLUCZ", "BAJKA")
        }
        paper = Attachment("zestawienie.pdf", "application/pdf", b"%PDF" * 250)
        box(one).put(
            Message(
                to="anna@example.org", subject=f"Zestawienie {HOSTILE}", text="Saldo: 5 zł.",
                kind="statement", manager=managers["ZLOTY-KLUCZ"], attachments=(paper,),
            ),
            Message(to="jan@example.org", subject="Odpowiedź", text="Jutro.",
                    kind="reply", manager=managers["BAJKA"]),
            Message(to="adm@example.org", subject="Hasło", text="Hasło: 87654321",
                    kind="panel-code", owner="panel:adm"),
        )  # fmt: skip
        yield one


def box(panel: Panel) -> Outbox:
    return Outbox(panel.store.blocking, panel.config.paths.outbox, panel.config.mail)


def listed(page: str) -> list[str]:
    return re.findall(r'href="/infoline/outbox/(\d+)"', page)


def test_everybody_sees_their_own_messages_only(panel: Panel) -> None:
    for name, ids in (("adm", ["3", "2", "1"]), ("klucz", ["1"]), ("bajka", ["2"])):
        assert listed(inside(panel, name).get("/infoline/outbox").text) == ids
    browser = inside(panel, "bajka")
    browser.get("/infoline/outbox/2")
    assert browser.post("/infoline/outbox/1/retry").status_code == 404
    assert browser.get("/infoline/outbox/1").status_code == 404
    assert browser.get("/infoline/outbox/x").status_code == 404


def test_a_message_is_read_as_whoever_gets_it_reads_it(panel: Panel) -> None:
    page = inside(panel, "klucz").get("/infoline/outbox/1").text
    assert "Saldo: 5 zł." in page
    assert "zestawienie.pdf" in page
    assert HOSTILE not in page
    for file in panel.config.paths.outbox.iterdir():
        file.unlink()
    page = inside(panel, "klucz").get("/infoline/outbox/1").text
    assert "This content cannot be shown." in page


def test_a_one_time_password_is_read_by_nobody_else(panel: Panel) -> None:
    assert "87654321" not in inside(panel, "adm").get("/infoline/outbox/3").text


def test_a_message_is_tried_again(panel: Panel) -> None:
    entry = box(panel).find(1)
    box(panel).refused(entry, f"550 no such mailbox {HOSTILE}")
    browser = inside(panel, "klucz")
    assert listed(browser.get("/infoline/outbox?state=refused").text) == ["1"]
    page = browser.get("/infoline/outbox/1").text
    assert "550 no such mailbox" in page
    assert HOSTILE not in page
    assert "within seconds" in browser.post("/infoline/outbox/1/retry").text
    assert box(panel).find(1).state is State.WAITING
    assert deeds(panel, "message-retried") == [("klucz", "1")]
    box(panel).sent(box(panel).find(1), "mail.example.org")
    assert "/retry" not in browser.get("/infoline/outbox/1").text
    browser.get("/infoline/outbox/2")
    assert browser.post("/infoline/outbox/1/retry").status_code in (403, 409)


def test_pages_follow_each_other(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipagent.panel.pages.outbox._PAGE", 2)
    browser = inside(panel, "adm")
    page = browser.get("/infoline/outbox").text
    older = re.findall(r'href="([^"]*before=[^"]*)"', page)[0]
    assert (listed(page), listed(browser.get(older).text)) == (["3", "2"], ["1"])
