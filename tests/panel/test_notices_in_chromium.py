"""In a browser: an answer pops up in all windows of who has asked, and they agree on it."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from playwright.async_api import Page

from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.tickets import Tickets
from tests.panel.chromium import PASSWORD, PATIENCE, look, require_accessible, served, visiting

pytestmark = pytest.mark.outside

ANNA = Asker(AskerKind.USER, "anna", "Anna Nowak")
SUPPORT = """
[helpdesk]
phone = "22 100 02 00"
addresses = [
    { pl = "Rozliczenia", en = "Bills", email = "rozliczenia@example.com" },
    { pl = "Awarie", en = "Breakdowns", email = "awarie@example.com" },
]
"""


def asked(db: sqlite_utils.Database) -> None:
    """Have Anna ask two things."""
    for subject in ("Zimne kaloryfery", "Domofon"):
        Tickets(db).open(ANNA, Way.PANEL, subject, "Proszę o pomoc.")


def answer(folder: Path, number: int, text: str) -> None:
    """Answer a ticket, as an agent elsewhere does."""
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        Tickets(db).answer(number, "jan", text)


async def has(page: Page, *numbers: int) -> None:
    """Wait until just these tickets have notices in a window."""
    just = [
        f":has(.notice:nth-child({at}) .title:text('zgłoszenie {number}'))"
        for at, number in enumerate(numbers, start=1)
    ]
    others = f":not(:has(.notice:nth-child({len(numbers) + 1})))"
    await page.wait_for_selector(f"#notices{''.join(just)}{others}", state="attached")


async def test_all_windows_agree(tmp_path: Path) -> None:
    async with served(tmp_path, asked, SUPPORT) as link, visiting(link) as (one, origin):
        other, elsewhere = await one.context.new_page(), await log_in(one, origin)
        for page in (one, other, elsewhere):
            await page.goto(f"{origin}/account")
            await has(page)
        await one.focus("#language")
        answer(tmp_path, 101, "Już grzeją.")
        for page in (one, other, elsewhere):
            await has(page, 101)
        assert await one.text_content("#notices-said") == "Jest odpowiedź na zgłoszenie 101"
        focused = "document.activeElement.id"
        assert await one.evaluate(focused) == "language"
        # By keys alone; who has pressed the button goes on with the page.
        await other.focus("#notices button[value=hour]")
        await other.keyboard.press("Enter")
        for page in (one, other, elsewhere):
            await has(page)
        assert await other.evaluate(focused) == "main"
        answer(tmp_path, 102, "Jutro.")
        answer(tmp_path, 102, "Już działa.")
        for page in (one, other, elsewhere):
            await has(page, 102, 102)
        await elsewhere.click("#notices .danger >> nth=0")
        for page in (one, other, elsewhere):
            await has(page, 102)
        # The window that listens for the others is closed, and another one goes on.
        await one.close()
        answer(tmp_path, 101, "Jednak nie.")
        for page in (other, elsewhere):
            await has(page, 101, 102)
        await look(other, origin, ["/account"], tmp_path)
        await other.set_viewport_size({"width": 1100, "height": 800})
        await elsewhere.context.close()


async def log_in(page: Page, origin: str) -> Page:
    """Come in as the same person with another browser."""
    assert page.context.browser is not None
    context = await page.context.browser.new_context(locale="pl-PL")
    context.set_default_timeout(PATIENCE)
    again = await context.new_page()
    await again.goto(f"{origin}/login")
    await again.fill("#name", "anna")
    await again.fill("#password", PASSWORD)
    await again.click("button.main")
    await again.wait_for_url("**/live")
    await require_accessible(again, "live")
    return again
