"""Notices on pages: whose they are, and what becomes of them without any script."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
import time_machine

from sipagent.exchange import editing
from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.notices.notices import Notices
from sipagent.panel.pages.notices import ROUTES
from sipagent.panel.permissions import Role
from sipagent.panel.web import Stream, Visit
from sipagent.tickets.choices import wants_mail
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.tickets import Tickets
from tests.panel.browsing import Browser, Panel, opened

pytestmark = pytest.mark.unit

JAN = Asker(AskerKind.USER, "jan", "Jan Kowalski", email="jan@example.org", language="en")
WHOM = (JAN.kind, JAN.ref)
HELPDESK = {
    "phone": "22 100 02 00",
    "addresses": [{"pl": "Rozliczenia", "en": "Bills", "email": "bills@example.com"}],
}


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel in which Jan has asked five things, and Anna has nothing to do with it."""
    with opened(tmp_path, fill, helpdesk=HELPDESK) as one:
        one.add("anna", language="en")
        one.add("jan", Role.USER, user="101", language="en")
        yield one


def fill(db: sqlite_utils.Database) -> None:
    editing.add(db, "users", {"name": "Jan Kowalski", "number": "101"})
    for subject in ("Water", "Lift", "Door", "Lamp", "<b>Roof</b>"):
        Tickets(db).open(JAN, Way.PANEL, subject, "Please help.")


def answer(panel: Panel, *numbers: int) -> list[int]:
    def work(db: sqlite_utils.Database) -> list[int]:
        return [Tickets(db).answer(number, "anna", "Coming.") for number in numbers]

    return panel.store.blocking.write(work)


def inside(panel: Panel, name: str) -> Browser:
    browser = panel.browser()
    browser.log_in(name)
    return browser


def unopened(panel: Panel) -> list[int]:
    return sorted(panel.store.blocking.read(lambda db: Notices(db).unopened(WHOM)))


def test_answers_pop_up_on_every_page_of_who_has_asked(panel: Panel) -> None:
    answer(panel, 101, 102, 103, 104, 105)
    page = inside(panel, "jan").get("/account").text
    for number in (105, 104, 103):
        assert f"There is an answer to ticket {number}" in page
    assert "and 2 more notices" in page
    assert "&lt;b&gt;Roof&lt;/b&gt;" in page
    assert "There is an answer" not in inside(panel, "anna").get("/account").text


def test_without_a_script_they_are_put_away_and_the_page_comes_back(panel: Panel) -> None:
    water, lift = answer(panel, 101, 102)
    browser = inside(panel, "jan")
    browser.get("/account")
    done = browser.post("/helpdesk/notices/delete", entry=str(lift), back="/account")
    assert done.url.path == "/account"
    assert "ticket 101" in done.text
    assert "ticket 102" not in done.text
    later = browser.post(
        "/helpdesk/notices/later", entry=str(water), when="tomorrow", back="//elsewhere.example"
    )  # fmt: skip
    assert later.url.host == "127.0.0.1"
    assert "ticket 101" not in browser.get("/account").text
    assert unopened(panel) == [101, 102]
    with time_machine.travel(datetime(2099, 1, 1, 12, tzinfo=UTC)):
        # Nobody is in any more after so long; what was put off is there again.
        assert "ticket 101" in inside(panel, "jan").get("/account").text


def test_nobody_puts_away_what_is_not_theirs(panel: Panel) -> None:
    (water,) = answer(panel, 101)
    browser = inside(panel, "anna")
    browser.get("/account")
    for deed, more in (("delete", {}), ("later", {"when": "hour"})):
        browser.post(f"/helpdesk/notices/{deed}", entry=str(water), **more)
    never = browser.post("/helpdesk/notices/later", entry=str(water), when="never")
    assert never.status_code == 404
    assert "ticket 101" in inside(panel, "jan").get("/account").text


def test_who_wants_no_mails_says_so(panel: Panel) -> None:
    browser = inside(panel, "jan")
    assert 'name="wanted" checked' in browser.get("/account").text
    assert 'name="wanted">' in browser.post("/helpdesk/notices/mail", back="/account").text
    assert not panel.store.blocking.read(lambda db: wants_mail(db, *WHOM))
    browser.post("/helpdesk/notices/mail", back="/account", wanted="on")
    assert panel.store.blocking.read(lambda db: wants_mail(db, *WHOM))


async def test_events_tell_only_what_is_new_for_somebody(panel: Panel) -> None:
    """An answer to somebody else, and one that was there, are no event."""
    browser = inside(panel, "jan")
    cookie = next(iter(browser.client.cookies.values()))
    stream = next(one for one in ROUTES if isinstance(one, Stream))
    house = panel.house
    visit = Visit(house, stream.path, {}, {}, {}, "", "", cookie, "en")
    visit.session = house.data.read(lambda db: house.sessions.find(db, cookie, visit.now))
    house.notices.start()
    try:
        events = stream.events(visit)
        assert (await anext(events)).startswith("retry:")
        assert (await anext(events)).rstrip().endswith("data:")
        coming = asyncio.ensure_future(anext(events))
        (entry,) = answer(panel, 101)
        assert f"notice-{entry}" in await coming
        coming = asyncio.ensure_future(anext(events))
        panel.store.blocking.write(lambda db: Notices(db).opened(WHOM, 101))
        assert (await coming).rstrip().endswith("data:")
    finally:
        await house.notices.stop()


def test_how_help_is_reached_stands_below_each_page(panel: Panel) -> None:
    with time_machine.travel("2026-11-27T18:00:00+01:00", tick=False):
        page = panel.browser().get("/login").text
    assert "Help is available Monday to Friday from 8:00 to 17:00, except on" in page
    assert "Open again on Monday from 8:00." in page
    assert '<a href="tel:+48221000200">22 100 02 00</a>' in page
    assert 'Bills: <a href="mailto:bills@example.com">bills@example.com</a>' in page
    with time_machine.travel("2026-11-27T12:00:00+01:00", tick=False):
        assert "somebody will answer soon" in panel.browser().get("/login").text
        panel.store.blocking.write(lambda db: Agents(db).seen(["anna"], datetime.now(UTC)))
        assert "somebody is there now" in panel.browser().get("/login").text


def test_what_was_never_seen_stays_marked(panel: Panel) -> None:
    answer(panel, 101, 102)
    browser, agent = inside(panel, "jan"), inside(panel, "anna")
    mark = "answer not read yet"
    assert browser.get("/helpdesk/own").text.count(mark) == 2
    assert browser.get("/helpdesk/own/101").text.count(mark) == 1
    assert mark in agent.get("/helpdesk/tickets/102").text
    assert mark not in agent.get("/helpdesk/tickets/101").text
    assert unopened(panel) == [102]
    page = browser.get("/helpdesk/own/part").text
    assert page.count(mark) == 1
    assert "There is an answer to ticket 101" not in browser.get("/account").text
