"""The help desk in a real browser: one asks, another one answers, and both see it at once."""

import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from playwright.async_api import Page

from sipagent.exchange import editing
from sipagent.infoline.transfer.importing import import_files
from sipagent.panel import people
from sipagent.panel.permissions import Role
from tests.panel.chromium import PASSWORD, PATIENCE, look, require_accessible, served, visiting
from tests.panel.firms import SAMPLE
from tests.panel.test_tickets import add
from tests.tickets.files import picture

pytestmark = pytest.mark.outside

LONG = "Kran cieknie od rana. " * 40
PAGES = ("tickets", "tickets/102", "own", "new", "agents")


def record(path: Path) -> None:
    """Write a second of silence."""
    path.parent.mkdir(parents=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000))


class Desk:
    """A database with a dictated ticket, 101, and somebody who will ask."""

    token = ""

    def fill(self, db: sqlite_utils.Database) -> None:
        """Keep them."""
        import_files(db, [SAMPLE])
        add(db)
        editing.add(db, "users", {"name": "Jan Nowak", "number": "101"})
        jan = people.add(db, "jan", Role.USER, user="101")
        self.token = people.invite(db, jan, datetime.now(UTC), 48)


async def come_in(page: Page, link: str) -> None:
    """Choose a password."""
    await page.goto(link)
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.click("button.main")
    await page.wait_for_selector("form[action='/logout']")


async def ask(page: Page, origin: str, folder: Path) -> None:
    """Type a long text, lose the page and the session, and send it with a picture after all."""
    (folder / "kran.png").write_bytes(picture("PNG", (900, 600)))
    await page.goto(f"{origin}/helpdesk/new")
    await page.fill("#subject", "Kran w łazience")
    await page.fill("#text", LONG)
    await page.reload()
    assert await page.input_value("#text") == LONG
    assert await page.input_value("#subject") == "Kran w łazience"
    await page.context.clear_cookies()
    await page.click("form.entry button.main")
    await page.fill("#name", "jan")
    await page.fill("#password", PASSWORD)
    await page.click("button.main")
    await page.wait_for_selector("form[action='/logout']")
    await page.goto(f"{origin}/helpdesk/new")
    assert await page.input_value("#text") == LONG
    await page.set_input_files("#files", folder / "kran.png")
    await page.click("form.entry button.main")
    await page.wait_for_url("**/helpdesk/own/102*")
    await page.locator(".files img").evaluate("one => one.decode()")
    await require_accessible(page, "own ticket")
    await page.screenshot(path=folder / "own-ticket.png", full_page=True)


async def test_one_asks_and_another_one_answers(tmp_path: Path) -> None:
    record(tmp_path / "data/recordings/c1.wav")
    desk = Desk()
    async with served(tmp_path, desk.fill) as link, visiting(link) as (agent, origin):
        assert agent.context.browser is not None
        window = await agent.context.browser.new_context(locale="en-GB")
        window.set_default_timeout(PATIENCE)
        asker = await window.new_page()
        await come_in(asker, f"{origin}/welcome/{desk.token}")
        await agent.goto(f"{origin}/helpdesk/tickets")
        await ask(asker, origin, tmp_path)
        await agent.click("#ticket-102 a")  # it has appeared there
        await agent.wait_for_url("**/helpdesk/tickets/102")
        await asker.fill("#text", "Zapomniałem dodać:")
        await agent.fill("#answer-text", "Hydraulik przyjdzie jutro.")
        await agent.click("#answer button.main")
        await agent.wait_for_selector(".done")
        await asker.wait_for_selector(".thread .answer")
        assert await asker.input_value("#text") == "Zapomniałem dodać:"
        await asker.click("form.entry button.main")
        await asker.wait_for_selector(".done")
        await agent.wait_for_selector(".thread li.question:nth-child(3)")
        await asker.goto(f"{origin}/helpdesk/new")
        assert await asker.input_value("#text") == ""  # what was sent is no draft any more
        await agent.goto(f"{origin}/helpdesk/tickets/101")
        await agent.locator("audio").evaluate(
            "one => new Promise(heard => { one.onended = heard; one.muted = true; one.play(); })"
        )
        await look(agent, origin, [f"/helpdesk/{path}" for path in PAGES], tmp_path)
        await window.close()
