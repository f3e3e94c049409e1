"""Telephones and e-mails, changed by their owner on the page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from httpx2 import Response

from sipagent.infoline.directory import Directory
from sipagent.infoline.online import contacts
from sipagent.infoline.online.contacts import settle
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import inside
from tests.panel.owner.owners import EMAIL, LOGIN, NUMBER, code_of, come_in, owners, sent

pytestmark = pytest.mark.unit

OTHER, NEW = "anna.nowa@example.org", "+48600200202"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the sample."""
    with owners(tmp_path) as one:
        yield one


@pytest.fixture
def anna(panel: Panel) -> Browser:
    """Return a browser in which Anna is."""
    return come_in(panel)


def add(panel: Panel, browser: Browser, medium: str, new: str) -> Response:
    """Type a new address, and the code that comes there."""
    page = browser.post(f"/owner/addresses/{medium}/add", new=new)
    return browser.post(page.url.path, code=code_of(panel))


def on_record(panel: Panel) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return Anna's telephones and e-mails."""
    owner = panel.store.blocking.read(lambda db: Directory(db).find(LOGIN))
    assert owner is not None
    return owner.phones, owner.emails


def test_an_email_is_changed_with_a_code_that_goes_there(panel: Panel, anna: Browser) -> None:
    anna.get("/owner/addresses/email/add")
    page = anna.post("/owner/addresses/email/add", new=OTHER)
    assert re.fullmatch(r"/owner/addresses/code/\d+", page.url.path)
    assert sent(panel)[0][0].recipient == OTHER
    wrong = anna.post(page.url.path, code="no")
    assert wrong.status_code == 422
    assert on_record(panel) == ((NUMBER,), (EMAIL,))
    done = anna.post(page.url.path, code=code_of(panel))
    assert "The change is kept" in done.text
    assert on_record(panel) == ((NUMBER,), (EMAIL, OTHER))
    told = {entry.recipient: body for entry, body in sent(panel) if entry.kind == "owner-change"}
    assert set(told) == {EMAIL, NUMBER, "biuro@zloty-klucz.example.org"}
    assert OTHER in told["biuro@zloty-klucz.example.org"]
    assert anna.post(page.url.path, code=code_of(panel)).status_code == 404  # it is made


def test_a_number_waits_and_is_stopped_by_the_link_of_the_letter(
    panel: Panel, anna: Browser
) -> None:
    page = add(panel, anna, "phone", "600 200 202")
    assert "The change takes effect in an hour" in page.text
    assert "A change that waits" in page.text
    letter = next(body for entry, body in sent(panel) if entry.recipient == EMAIL)
    link = re.search(r"/owner/stop/\S+", letter)
    assert link is not None
    stranger = panel.browser()
    page = stranger.get(link[0])
    assert page.status_code == 200
    assert on_record(panel)[0] == (NUMBER,)
    assert "…202" in page.text
    assert NEW not in page.text
    assert "The change is stopped" in stranger.post(link[0]).text
    assert anna.get("/owner/addresses").url.path == "/owner"  # she may be somebody else
    assert panel.store.blocking.read(lambda db: db["owner_changes"].count) == 1
    settle(panel.store.blocking, datetime.now(UTC) + timedelta(hours=2))
    assert on_record(panel)[0] == (NUMBER,)
    assert stranger.get("/owner/stop/1.AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_a_removal_is_proved_by_a_code_to_an_address_that_was_there(
    panel: Panel, anna: Browser
) -> None:
    add(panel, anna, "email", OTHER)
    shown = anna.get("/owner/addresses").text
    remove = re.findall(r'href="(/owner/addresses/email/remove\?which=[^"]+)"', shown)[0]
    form = anna.get(remove).text
    proofs = re.findall(r'name="proof" value="([^"]+)"', form)
    assert OTHER not in form  # it was added a moment ago, maybe by a thief
    which = remove.partition("=")[2]
    for proof in ("", "x"):
        assert (
            anna.post("/owner/addresses/email/remove", which=which, proof=proof).status_code == 422
        )
    elsewhere = come_in(panel)
    page = anna.post("/owner/addresses/email/remove", which=which, proof=proofs[1])
    assert sent(panel)[0][0].recipient == NUMBER
    anna.post(page.url.path, code=code_of(panel))
    assert on_record(panel) == ((NUMBER,), (OTHER,))
    assert elsewhere.get("/owner/balance").url.path == "/owner"


def test_who_finds_the_page_open_does_not_take_it_over_at_once(tmp_path: Path) -> None:
    """The only address is replaced: for an hour codes go to the one that was there before."""
    with owners(tmp_path, texts={}) as panel:
        anna = come_in(panel)
        shown = anna.get("/owner/addresses").text
        for new in ("between@example.org", OTHER):
            shown = anna.get("/owner/addresses").text
            which = re.findall(r"/owner/addresses/email/replace\?which=([^\"]+)", shown)[0]
            page = anna.post("/owner/addresses/email/replace", which=which, new=new)
            anna.post(page.url.path, code=code_of(panel))
            assert on_record(panel)[1] == (new,)
        recipients = []
        for hours in (0, 2):
            with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
                come_in(panel)
                letters = [one for one, _ in sent(panel) if one.kind == "owner-code"]
                recipients.append(letters[0].recipient)
        assert recipients == [EMAIL, OTHER]


def test_no_more_come_than_there_may_be_however_they_are_asked_for(
    panel: Panel, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two windows ask first, and type their codes then; or replace the same number twice."""
    monkeypatch.setattr(contacts, "MOST", 3)
    codes = {}
    for new in ("a@example.org", "b@example.org"):
        path = anna.post("/owner/addresses/email/add", new=new).url.path
        codes[path] = code_of(panel)
    pages = [anna.post(path, code=code).status_code for path, code in codes.items()]
    assert len(on_record(panel)[1]) == 3, pages
    shown = anna.get("/owner/addresses").text
    replace = re.findall(r'href="(/owner/addresses/phone/replace\?which=[^"]+)"', shown)[0]
    which = replace.partition("=")[2]
    for new in (NEW, "+48600200203"):
        page = anna.post("/owner/addresses/phone/replace", which=which, new=new)
        anna.post(page.url.path, code=code_of(panel))
    settle(panel.store.blocking, datetime.now(UTC) + timedelta(hours=2))
    assert on_record(panel)[0] == (NEW,)


def test_the_order_is_changed(panel: Panel, anna: Browser) -> None:
    add(panel, anna, "email", OTHER)
    form = anna.get("/owner/addresses/email/order").text
    first = re.findall(r'name="first" value="([^"]+)"', form)[1]
    proof = re.findall(r'name="proof" value="([^"]+)"', form)[0]
    page = anna.post("/owner/addresses/email/order", first=first, proof=proof)
    anna.post(page.url.path, code=code_of(panel))
    assert on_record(panel)[1] == (OTHER, EMAIL)


def test_nobody_proves_or_sees_what_is_somebody_elses(panel: Panel, anna: Browser) -> None:
    page = anna.post("/owner/addresses/email/add", new=OTHER)
    jan = come_in(panel, "100002")
    assert jan.get(page.url.path).status_code == 404
    assert jan.post(page.url.path, code=code_of(panel)).status_code == 404
    mine = re.findall(r"which=([^\"]+)", anna.get("/owner/addresses").text)[0]
    assert jan.get(f"/owner/addresses/email/remove?which={mine}").status_code == 404
    for path in ("fax/add", "email/import", "email/x", "code/x", "code/99"):
        assert anna.get(f"/owner/addresses/{path}").status_code == 404


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("a@b", "no e-mail address"),
        ("anna@example.org\r\nBcc: all@example.org", "no e-mail address"),
        (EMAIL, "there already"),
        ("", "no e-mail address"),
    ],
)
def test_what_is_no_address_is_told_and_nothing_is_sent(
    panel: Panel, anna: Browser, new: str, says: str
) -> None:
    page = anna.post("/owner/addresses/email/add", new=new)
    assert page.status_code == 422
    assert says in page.text
    assert len(sent(panel)) == 1  # the code of the login


def test_the_office_sees_in_the_panel_what_an_owner_has_changed(
    panel: Panel, anna: Browser
) -> None:
    add(panel, anna, "email", OTHER)
    add(panel, anna, "phone", NEW)
    page = inside(panel, "klucz").get(f"/infoline/owners/{LOGIN}").text
    assert "Changed by the owner" in page
    assert EMAIL in page
    assert OTHER in page
    assert "waits" in page
    office = inside(panel, "klucz")
    change = re.search(r'name="change" value="(\d+)"', page)
    assert change is not None
    inside(panel, "bajka").post(f"/infoline/owners/{LOGIN}/stop", change=change[1])
    assert "waits" in office.get(f"/infoline/owners/{LOGIN}").text
    stopped = office.post(f"/infoline/owners/{LOGIN}/stop", change=change[1]).text
    assert "The change is stopped" in stopped
    assert anna.get("/owner/addresses").url.path == "/owner"
    office.get("/infoline/outbox")
    for entry, _ in sent(panel):
        shown = office.get(f"/infoline/outbox/{entry.id}")
        assert "/owner/stop/" not in shown.text
        assert not re.search(r"\b\d{3} \d{3}\b", shown.text.partition("<main")[2])


def test_a_number_counts_after_an_hour_by_the_clock(panel: Panel) -> None:
    with time_machine.travel("2026-11-26T12:00:00+00:00", tick=False) as clock:
        anna = come_in(panel)
        add(panel, anna, "phone", NEW)
        clock.shift(timedelta(minutes=40))
        anna.post("/owner/account/stay")
        clock.shift(timedelta(minutes=21))
        assert "+48 600 200 202" in anna.get("/owner/addresses").text
        assert on_record(panel)[0] == (NUMBER, NEW)
