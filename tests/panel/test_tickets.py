"""Tickets in the panel: who works on which, found, answered, changed by several at once, heard."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from typer.testing import CliRunner

from sipagent.cli.panel import app
from sipagent.dictation.desk import Transcription
from sipagent.exchange import editing
from sipagent.helpdesk.chat.answers import ShortAnswers
from sipagent.infoline.managing import office
from sipagent.panel import people
from sipagent.panel.pages.tickets import ROUTES
from sipagent.panel.permissions import Role
from sipagent.panel.sessions import Session
from sipagent.panel.web import Stream, Visit
from sipagent.threads import STORE
from sipagent.tickets.model import Asker, AskerKind, Importance, Kind, Status, Voice, Way
from sipagent.tickets.tickets import Tickets
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import ANNA, deeds, firms, inside
from tests.patience import PATIENCE
from tests.tickets.files import PDF, picture

pytestmark = pytest.mark.unit

#: Seconds for what comes at once, on a machine that stands still for a while.
NOW = datetime.now(UTC)
HOSTILE = "<script>alert(1)</script>"
SOUND = b"RIFF" + bytes(range(200))
VISITOR = Asker(AskerKind.VISITOR, "", "Piotr", "+48600700700", "piotr@example.org")


def add(db: sqlite_utils.Database, code: str = "ZLOTY-KLUCZ", recording: str = "c1.wav") -> int:
    """Keep a dictated ticket of an owner of a manager; return its number."""
    asker = Asker(
        AskerKind.OWNER, ANNA, "Anna Przykładowa", "+48600100101", "anna@example.org", "pl",
        office(db, code).manager.id, "Wspólnota; Mieszkanie numer 4",
    )  # fmt: skip
    voice = Voice(recording, 4.2, Transcription.DONE, f"Cieknie woda. {HOSTILE}")
    return Tickets(db).open(asker, Way.PHONE, "", "", voice=voice, call="call0001")


def fill(db: sqlite_utils.Database) -> None:
    """Keep tickets: 101 and 103 of one manager, 102 of another, 104 of nobody's."""
    for code in ("ZLOTY-KLUCZ", "BAJKA", "ZLOTY-KLUCZ"):
        add(db, code)
    Tickets(db).open(VISITOR, Way.MAIL, "Szlaban", "Nie otwiera się.", importance=Importance.URGENT)
    for name, number in (("Jan", "101"), ("Ewa", "102")):
        editing.add(db, "users", {"name": name, "number": number})


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over tickets; ``agent`` is a user who works on them, ``jan`` is none."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    (recordings / "c1.wav").write_bytes(SOUND)
    with firms(tmp_path) as one:
        one.store.blocking.write(fill)
        one.add("jan", Role.USER, user="101", language="en")
        one.add("agent", Role.USER, user="102", language="en")
        one.store.blocking.write(lambda db: people.mark(db, "agent", agent=True))
        yield one


def listed(page: str) -> list[str]:
    """Return the numbers of the tickets that a list shows."""
    return re.findall(r'<a href="/helpdesk/tickets/(\d+)"', page)


def hidden(page: str, name: str, nth: int = 0) -> str:
    """Return what a hidden control of a page holds."""
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[nth]


def say(
    browser: Browser, page: str, text: str, what: str = "answer", **more: str
) -> tuple[int, str]:
    """Send the form of a page that adds something to ticket 101; return what comes back."""
    fields = {"text": text, "seen": hidden(page, "seen"), "key": hidden(page, "key") + what}
    sent = browser.post(f"/helpdesk/tickets/101/{what}", **{**fields, **more})
    return sent.status_code, sent.text


def thread(panel: Panel, number: int = 101) -> list[tuple[Kind, str]]:
    """Return what was said about a ticket."""
    entries = panel.store.blocking.read(lambda db: Tickets(db).thread(number))
    return [(one.kind, one.text) for one in entries]


def test_each_sees_those_that_are_theirs_to_work_on(panel: Panel) -> None:
    expected = {"adm": ["104", "103", "102", "101"], "klucz": ["103", "101"], "bajka": ["102"]}
    for name, numbers in (*expected.items(), ("agent", ["104"])):
        browser = inside(panel, name)
        assert listed(browser.get("/helpdesk/tickets").text) == numbers
        for number in ("101", "102", "103", "104", "105", "x"):
            status = 200 if number in numbers else 404
            assert browser.get(f"/helpdesk/tickets/{number}").status_code == status, (name, number)
    jan = inside(panel, "jan")
    assert jan.get("/helpdesk/tickets").status_code == 404
    assert 'href="/helpdesk/own"' in jan.get("/helpdesk/own").text
    klucz = inside(panel, "klucz")  # whoever knows where requests stood before is led on
    for place in ("", "/101"):
        moved = klucz.get(f"/infoline/requests{place}").url.path
        assert moved == f"/helpdesk/tickets{place}"


def test_what_is_somebody_elses_cannot_be_changed_either(panel: Panel) -> None:
    agent = inside(panel, "agent")
    agent.get("/helpdesk/tickets/104")
    for path in ("answer", "note", "facts", "take"):
        assert agent.post(f"/helpdesk/tickets/101/{path}", text="x", seen="1").status_code == 404
    for path in ("part", "entries/1/sound", "files/1", "files/1/small"):
        assert agent.get(f"/helpdesk/tickets/101/{path}").status_code == 404
    assert agent.get("/helpdesk/tickets/104/entries/1/sound").status_code == 404  # of 101
    assert len(thread(panel)) == 1


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status=new", "104 103 102 101"), ("status=open", "104 103 102 101"),
        ("status=closed", ""),
        ("importance=urgent", "104"), ("way=mail", "104"), ("way=phone", "103 102 101"),
        ("subject=szlabany", "104"), ("words=cieknie", "103 102 101"), ("words=zloty", ""),
        ("assignee=%40nobody", "104 103 102 101"), ("assignee=%40me", ""), ("assignee=klucz", ""),
        ("since=2020-01-01&until=2099-12-30", "104 103 102 101"), ("until=2020-01-01", ""),
        ("before=103&row=2", "102 101"),
    ],
)  # fmt: skip
def test_filters(panel: Panel, query: str, numbers: str) -> None:
    page = inside(panel, "adm").get(f"/helpdesk/tickets?{query}")
    assert page.status_code == 200
    assert listed(page.text) == numbers.split()


def test_a_filter_that_means_nothing_is_told(panel: Panel) -> None:
    browser = inside(panel, "adm")
    for query in ("since=soon", "until=9999-12-31", "status=gone", "way=pigeon"):
        page = browser.get(f"/helpdesk/tickets?{query}")
        assert page.status_code == 422
        assert listed(page.text) == []


def test_a_page_has_fifty_with_their_rows_numbered_on(panel: Panel) -> None:
    def more(db: sqlite_utils.Database) -> None:
        for number in range(60):
            Tickets(db).open(VISITOR, Way.CHAT, f"Pytanie {number}", "x")

    panel.store.blocking.write(more)
    browser = inside(panel, "adm")
    page = browser.get("/helpdesk/tickets?way=chat").text
    assert len(listed(page)) == 50
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    page = browser.get(older[1].replace("&amp;", "&")).text
    assert len(listed(page)) == 10
    assert 'class="number">51</td>' in page


def test_what_was_dictated_is_heard_and_read_and_that_is_on_record(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/helpdesk/tickets/101").text
    assert HOSTILE not in page
    assert "Cieknie woda. &lt;script&gt;" in page
    (path,) = re.findall(r'<audio[^>]*src="([^"]+)"', page)
    assert deeds(panel, "request-heard") == []
    assert browser.get(path).content == SOUND
    part = browser.client.get(path, headers={"range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, SOUND[4:10])
    assert deeds(panel, "request-heard") == [("klucz", "101")] * 2
    panel.store.blocking.write(lambda db: add(db, recording="gone.wav"))
    assert "<audio" not in browser.get("/helpdesk/tickets/105").text
    assert browser.get("/helpdesk/tickets/105/entries/5/sound").status_code == 404


def test_an_answer_waits_for_the_asker_and_a_note_is_unseen(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/helpdesk/tickets/101").text
    status, page = say(browser, page, "To stary zawór.", "note")
    assert (status, "The note is kept" in page) == (200, True)
    status, page = say(browser, page, "Hydraulik przyjdzie jutro.")
    assert (status, "The answer is kept" in page) == (200, True)
    assert thread(panel)[1:] == [
        (Kind.NOTE, "To stary zawór."), (Kind.ANSWER, "Hydraulik przyjdzie jutro."),
    ]  # fmt: skip
    ticket = panel.store.blocking.read(lambda db: Tickets(db).find(101))
    assert ticket.status is Status.WAITING
    assert "new → waits for the asker" in page
    assert deeds(panel, "ticket-answer") == [("klucz", "101")]
    assert say(browser, page, "Gotowe.", status="solved")[0] == 200
    assert panel.store.blocking.read(lambda db: Tickets(db).find(101)).status is Status.SOLVED


def test_short_answers_are_offered_as_they_would_be_said(panel: Panel) -> None:
    text = "Dzień dobry, {name}."
    panel.store.blocking.write(lambda db: ShortAnswers(db).keep("klucz", "Powitanie", text))
    page = inside(panel, "klucz").get("/helpdesk/tickets/101").text
    assert '<option value="Dzień dobry, Anna Przykładowa.">Powitanie</option>' in page
    assert "Powitanie" not in inside(panel, "adm").get("/helpdesk/tickets/101").text


def test_two_who_answer_at_once_and_a_form_sent_twice(panel: Panel) -> None:
    one, other = inside(panel, "adm"), inside(panel, "klucz")
    first, second = (browser.get("/helpdesk/tickets/101").text for browser in (one, other))
    assert say(one, first, "Jutro.")[0] == 200
    assert say(one, first, "Jutro.")[0] == 200  # the very same form: nothing twice, nothing wrong
    status, told = say(other, second, "Pojutrze.")
    assert status == 409
    assert "Jutro." in told
    assert ">\nPojutrze.</textarea>" in told
    assert say(other, told, "Pojutrze.")[0] == 200
    assert [text for _, text in thread(panel)[1:]] == ["Jutro.", "Pojutrze."]
    assert say(other, other.get("/helpdesk/tickets/101").text, "  ")[0] == 422


def test_two_who_change_different_fields_lose_nothing_and_the_same_one_is_told(
    panel: Panel,
) -> None:
    path = "/helpdesk/tickets/101/facts"
    one, other = inside(panel, "adm"), inside(panel, "klucz")
    one.get("/helpdesk/tickets/101")
    other.get("/helpdesk/tickets/101")
    was = {"was.subject": "", "was.status": "new", "was.importance": "normal", "was.assignee": ""}
    now = {"subject": "", "status": "new", "importance": "normal", "assignee": ""}
    assert one.post(path, **was, **now | {"status": "work", "assignee": "klucz"}).status_code == 200
    assert other.post(path, **was, **now | {"importance": "high"}).status_code == 200
    ticket = panel.store.blocking.read(lambda db: Tickets(db).find(101))
    assert (ticket.status, ticket.importance, ticket.assignee) == ("work", "high", "klucz")
    told = other.post(path, **was, **now | {"status": "closed"})
    assert told.status_code == 409
    assert "in work" in told.text
    for wrong in ({"assignee": "bajka"}, {"status": "draft"}, {"importance": "huge"}):
        assert other.post(path, **was, **now | wrong).status_code in (409, 422)
    assert panel.store.blocking.read(lambda db: Tickets(db).find(101)) == ticket


def test_who_takes_a_ticket_works_on_it_and_is_not_pushed_aside(panel: Panel) -> None:
    one, other = inside(panel, "adm"), inside(panel, "klucz")
    one.get("/helpdesk/tickets/101")
    other.get("/helpdesk/tickets/101")
    assert one.post("/helpdesk/tickets/101/take").status_code == 200
    assert other.post("/helpdesk/tickets/101/take").status_code == 409
    ticket = panel.store.blocking.read(lambda db: Tickets(db).find(101))
    assert (ticket.assignee, ticket.status) == ("adm", Status.WORK)
    assert listed(one.get("/helpdesk/tickets?assignee=%40me").text) == ["101"]


def test_files_are_given_out_to_be_kept_and_only_pictures_are_looked_at(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/helpdesk/tickets/101").text
    fields = {"text": "Proszę.", "seen": hidden(page, "seen"), "key": "k", "token": browser.token}
    files = [("files", ("zdjęcie.png", picture())), ("files", ("umowa.pdf", PDF))]
    sent = browser.client.post(
        "/helpdesk/tickets/101/note", data=fields, files=files, headers={"origin": browser.origin}
    )
    assert sent.status_code == 200
    paths = re.findall(r'<a href="([^"]+)" download', sent.text)
    (shown,) = re.findall(r'<img src="([^"]+)" alt="" loading', sent.text)
    photo, paper = (browser.get(path) for path in paths)
    assert paper.content == PDF
    assert paper.headers["content-disposition"] == (
        "attachment; filename=\"umowa.pdf\"; filename*=UTF-8''umowa.pdf"
    )
    assert photo.headers["content-disposition"].endswith("filename*=UTF-8''zdj%C4%99cie.png")
    for one in (photo, paper):
        assert one.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert one.headers["x-content-type-options"] == "nosniff"
    assert browser.get(shown).headers["content-type"] == "image/webp"
    assert browser.get(paths[1] + "/small").status_code == 404
    assert inside(panel, "bajka").get(paths[1]).status_code == 404


def test_an_unfit_file_keeps_nothing_and_the_text_stays(panel: Panel, tmp_path: Path) -> None:
    browser = inside(panel, "klucz")
    page = browser.get("/helpdesk/tickets/101").text
    fields = {"text": "Proszę.", "seen": hidden(page, "seen"), "key": "k", "token": browser.token}
    files = [("files", ("umowa.pdf", PDF)), ("files", ("wirus.exe", b"MZ"))]
    sent = browser.client.post(
        "/helpdesk/tickets/101/answer", data=fields, files=files, headers={"origin": browser.origin}
    )
    assert sent.status_code == 422
    assert "wirus.exe: we do not take such files" in sent.text
    assert ">\nProszę.</textarea>" in sent.text
    assert len(thread(panel)) == 1
    assert not list((tmp_path / "attachments").glob("*"))


def test_agents_are_marked_by_administrators(panel: Panel) -> None:
    adm, jan = inside(panel, "adm"), inside(panel, "jan")
    page = adm.get("/helpdesk/agents").text
    assert "Mark jan" in page
    assert "Unmark agent" in page
    adm.post("/helpdesk/agents", name="jan", agent="yes")
    assert jan.get("/helpdesk/tickets").status_code == 200
    adm.post("/helpdesk/agents", name="jan", agent="no")
    assert jan.get("/helpdesk/tickets").status_code == 404
    assert adm.post("/helpdesk/agents", name="klucz", agent="yes").status_code == 409
    assert inside(panel, "klucz").get("/helpdesk/agents").status_code == 404


def test_agents_are_marked_by_command(panel: Panel) -> None:
    config = panel.config.paths.database.parent / "agent.toml"
    config.write_text(f'[paths]\ndatabase = "{panel.config.paths.database}"\n', "utf-8")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["user", "edit", *words, "--config", str(config)])
        return done.exit_code, str(done.exception or done.stdout).strip()

    jan = inside(panel, "jan")
    assert run("jan", "--agent") == (0, "jan works on tickets")
    assert jan.get("/helpdesk/tickets").status_code == 200
    assert run("jan", "--no-agent") == (0, "jan works on no tickets")
    assert jan.get("/helpdesk/tickets").status_code == 404
    assert "works on tickets anyway" in run("klucz", "--agent")[1]


async def test_what_somebody_else_does_appears_and_so_does_who_has_it_open(panel: Panel) -> None:
    """The events of one ticket, as two people hear them who have it open."""
    house = panel.house
    people_in = {one.name: one for one in panel.store.blocking.read(people.listed)}
    (stream,) = [one for one in ROUTES if one.path == "/helpdesk/tickets/{ticket}/events"]
    assert isinstance(stream, Stream)

    def visit(name: str) -> Visit:
        session = Session("s", people_in[name], True, NOW, NOW, "", "")
        path, names = "/helpdesk/tickets/101", {"ticket": "101"}
        return Visit(house, path, names, {}, {}, "", "", "", "en", session=session)

    async def heard(events: AsyncIterator[str], text: str) -> None:
        """Return once a text is heard."""
        async for event in events:
            if text in event:
                return

    house.watching.live.start()
    try:
        async with asyncio.timeout(PATIENCE), contextlib.AsyncExitStack() as stack:
            one, other = (stream.events(visit(name)) for name in ("adm", "klucz"))
            for events in (one, other):
                stack.push_async_callback(events.aclose)  # type: ignore[attr-defined]
            await heard(one, "Cieknie woda")
            await heard(other, "Others have this ticket open, too: adm")
            await heard(one, "Others have this ticket open, too: klucz")
            await STORE.run(
                panel.store.blocking.write, lambda db: Tickets(db).note(101, "x", "Ale!")
            )
            await heard(one, "Ale!")
            await heard(other, "Ale!")
        assert house.watching.others(101, "adm") == []
    finally:
        await house.watching.live.stop()
