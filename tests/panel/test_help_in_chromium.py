"""Help in a real browser: the button, what it finds, an article that is written, and axe."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.panel.chromium import look, require_accessible, served, visiting

pytestmark = pytest.mark.outside

PAGES = ("/help/topics/calls", "/help/articles/codes", "/help/search?q=poczta+glosowa")


async def find_by_the_button(page: Page, origin: str) -> None:
    """Open the small panel, type half a word, and read what it offers; go back by Escape."""
    await page.click("#helper-button")
    await page.wait_for_selector("#helper-panel[open]")
    await require_accessible(page, "what the button opens")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#helper-button:focus")
    await page.keyboard.press("Enter")
    await page.fill("#helper-q", "sekretar")
    await page.click("#helper-found a[href='/help/articles/voicemail']")
    await page.wait_for_url("**/help/articles/voicemail")
    await page.click("button[value=yes]")
    await page.wait_for_url("**&thanked=1*")
    await page.wait_for_selector(".done")
    await page.goto(f"{origin}/help/search?q=koljeka")
    await page.click(".asked a")
    await page.wait_for_selector("mark:text('kolejce')")
    await page.goto(f"{origin}/helpdesk/new")
    await page.fill("#subject", "Nie działa mi przekierowanie rozmów")
    await page.wait_for_selector(".suggested a[href='/help/articles/forwarding']")


async def write(page: Page, origin: str, folder: Path) -> None:
    """See a draft as it is typed, publish it, and compare it with the next one."""
    await page.goto(f"{origin}/helpdesk/knowledge/new")
    await page.fill("#title", "Kawa w biurze")
    await page.fill("#slug", "coffee")
    await page.fill("#text", "Kawa jest **gorąca**. [Dalej](/nigdzie)")
    await page.wait_for_selector("#preview strong")
    await page.click("button[value=publish]")
    await page.wait_for_url("**?done=published")
    await page.wait_for_selector(".wrong code:text('/nigdzie')")
    await page.fill("#text", "Kawa jest zimna.")
    await page.click("button[value=save]")
    await page.wait_for_url("**?done=saved")
    await require_accessible(page, "an article that is written")
    await page.screenshot(path=folder / "write.png", full_page=True)
    await page.goto(f"{origin}/helpdesk/knowledge/articles/coffee/pl/difference?from=1&to=2")
    await page.wait_for_selector(".difference .plus")
    await require_accessible(page, "a difference")


async def test_help_is_found_and_written(tmp_path: Path) -> None:
    async with served(tmp_path) as link, visiting(link) as (page, origin):
        await find_by_the_button(page, origin)
        await write(page, origin, tmp_path)
        await look(page, origin, PAGES, tmp_path)
        await page.click("#helper-button")
        await page.wait_for_selector("#helper-panel[open]")
        await page.screenshot(path=tmp_path / "button.png")
        await page.keyboard.press("Escape")
        await page.click(".me form button")
        await page.wait_for_url("**/login*")
        await require_accessible(page, "the way in, with the button")
        await page.screenshot(path=tmp_path / "login.png")
