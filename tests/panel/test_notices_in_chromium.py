"""In a browser: an answer pops up in all windows of who has asked, and they agree on it."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from playwright.async_api import Page

from sipagent.exchange import editing
from sipagent.panel import people
from sipagent.panel.building import ROOMS
from sipagent.panel.permissions import Role
from sipagent.store.database import open_database
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.tickets import Tickets
from tests.panel.chromium import PASSWORD, PATIENCE, look, served, visiting

pytestmark = pytest.mark.outside

JAN = Asker(AskerKind.USER, "jan", "Jan Nowak")
SETTINGS = """
[helpdesk]
phone = "22 100 02 00"
addresses = [
    { pl = "Rozliczenia", en = "Bills", email = "rozliczenia@example.com" },
    { pl = "Awarie", en = "Breakdowns", email = "awarie@example.com" },
]
"""


class Desk:
    """A database in which Jan has asked two things."""

    token = ""

    def fill(self, db: sqlite_utils.Database) -> None:
        """Keep them."""
        editing.add(db, "users", {"name": "Jan Nowak", "number": "101"})
        jan = people.add(db, "jan", Role.USER, user="101")
        self.token = people.invite(db, jan, datetime.now(UTC), 48)
        for subject in ("Zimne kaloryfery", "Domofon"):
            Tickets(db).open(JAN, Way.PANEL, subject, "Proszę o pomoc.")


def answer(folder: Path, number: int, text: str) -> None:
    """Answer a ticket, as another program does."""
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        Tickets(db).answer(number, "anna", text)


async def new_window(page: Page) -> Page:
    """Open a window in a browser of its own."""
    assert page.context.browser is not None
    context = await page.context.browser.new_context(locale="pl-PL")
    context.set_default_timeout(PATIENCE)
    return await context.new_page()


async def has(page: Page, *numbers: int) -> None:
    """Wait until just these tickets have notices in a window."""
    just = [
        f":has(.notice:nth-child({at}) .title:text('zgłoszenie {number}'))"
        for at, number in enumerate(numbers, start=1)
    ]
    others = f":not(:has(.notice:nth-child({len(numbers) + 1})))"
    await page.wait_for_selector(f"#notices{''.join(just)}{others}", state="attached")


async def test_all_windows_agree(tmp_path: Path) -> None:
    desk = Desk()
    async with served(tmp_path, desk.fill, SETTINGS) as link, visiting(link) as (agent, origin):
        one, elsewhere = await new_window(agent), await new_window(agent)
        await one.goto(f"{origin}/welcome/{desk.token}")
        await one.fill("#password", PASSWORD)
        await one.fill("#again", PASSWORD)
        await one.click("button.main")
        await one.wait_for_selector("form[action='/logout']")
        other = await one.context.new_page()
        await elsewhere.goto(f"{origin}/login")
        await elsewhere.fill("#name", "jan")
        await elsewhere.fill("#password", PASSWORD)
        await elsewhere.click("button.main")
        await elsewhere.wait_for_selector("form[action='/logout']")
        windows = (one, other, elsewhere)
        for page in windows:
            await page.goto(f"{origin}/account")
        await one.focus("#language")
        await agent.goto(f"{origin}/helpdesk/tickets/101")
        await agent.fill("#answer-text", "Już grzeją.")
        await agent.click("#answer button.main")
        for page in windows:
            await has(page, 101)
        await has(agent)
        assert await one.text_content("#notices-said") == "Jest odpowiedź na zgłoszenie 101"
        focused = "document.activeElement.id"
        assert await one.evaluate(focused) == "language"
        # By keys alone; who has pressed the button goes on with the page.
        await other.focus("#notices button[value=hour]")
        await other.keyboard.press("Enter")
        for page in windows:
            await has(page)
        assert await other.evaluate(focused) == "main"
        for text in ("Jutro.", "Już działa."):
            answer(tmp_path, 102, text)
        for page in windows:
            await has(page, 102, 102)
        await elsewhere.click("#notices .danger >> nth=0")
        for page in windows:
            await has(page, 102)
        answer(tmp_path, 101, "Jednak nie.")
        await has(other, 101, 102)
        await look(other, origin, ["/account"], tmp_path)
        # The window that listens for the others is closed, and another one goes on.
        await one.close()
        await elsewhere.click("#notices a:text('Zobacz') >> nth=1")
        await elsewhere.wait_for_url("**/helpdesk/own/102")
        for page in (other, elsewhere):
            await has(page, 101)
        for page in (other, elsewhere):
            await page.context.close()
