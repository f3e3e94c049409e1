"""The chat in a browser: two visitors and an agent, each in a window of their own, at once."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.panel.chromium import PATIENCE, look, require_accessible, served, visiting

pytestmark = pytest.mark.outside

OPEN = '[helpdesk]\nhours = ""\n'
PATHS = (
    "/helpdesk/chats",
    "/helpdesk/chats/1",
    "/helpdesk/chats/answers",
    "/helpdesk/chats/history",
)


async def ask(browser: Browser, origin: str, name: str, folder: Path, **context: Any) -> Page:
    """Open the chat in a new window, and ask."""
    seen = await browser.new_context(**context)
    seen.set_default_timeout(PATIENCE)
    page = await seen.new_page()
    await page.goto(f"{origin}/chat")
    await require_accessible(page, "asking")
    await page.screenshot(path=folder / f"ask-{name}.png", full_page=True)
    await page.fill("#name", name)
    await page.fill("#phone", "600 100 101")
    await page.fill("#question", f"Pytanie: {name}")
    await page.click("button.main")
    await page.wait_for_selector("#chat")
    return page


async def say(page: Page, place: str, text: str) -> None:
    """Type a message, and send it by the key."""
    await page.fill(f"{place} .say textarea", text)
    await page.press(f"{place} .say textarea", "Enter")


async def test_three_windows_talk_at_once(tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE)
    async with served(tmp_path, more=OPEN) as link, visiting(link) as (agent, origin):
        await agent.goto(f"{origin}/helpdesk/chats")
        browser = agent.context.browser
        assert browser is not None
        await agent.wait_for_selector("text=Nikt nie czeka")
        telephone = {"width": 360, "height": 800}
        first = await ask(
            *(browser, origin, "Jan", tmp_path),
            locale="pl-PL", color_scheme="dark", viewport=telephone,
        )  # fmt: skip
        second = await ask(browser, origin, "Ewa", tmp_path, locale="en-GB", color_scheme="light")
        await second.wait_for_selector("text=Your place in the queue: 2.")
        await require_accessible(second, "waiting")
        await second.screenshot(path=tmp_path / "waits.png", full_page=True)
        await expect(agent).to_have_title("(2) Czat · sipagent")
        await expect(first.locator(".attach")).to_be_hidden()
        await expect(first.locator("button[value=later]")).to_be_visible()
        for number in (1, 2):
            await agent.click(f"#take-{number}")
            await agent.wait_for_selector(f"#chat-{number} .say")
        await first.wait_for_selector("text=Rozmowę prowadzi: anna.")

        await say(agent, "#chat-1", "Dzień dobry, Janie")
        await say(agent, "#chat-2", "Dzień dobry, Ewo")
        await first.wait_for_selector("text=Dzień dobry, Janie")
        await second.wait_for_selector("text=Dzień dobry, Ewo")
        # Who talks can send files, and waits no more, without loading the page anew.
        await expect(first.locator(".attach")).to_be_visible()
        await expect(first.locator("button[value=later]")).to_be_hidden()
        await first.type(".say textarea", "Pisz")
        await agent.wait_for_selector("#chat-1 .types:not([hidden])")
        for text in ("Raz", "Dwa", "Trzy"):
            await say(first, "#chat", text)
        await say(second, "#chat", "Dziękuję")
        await expect(agent.locator("#chat-1 .theirs .written")).to_have_text(
            ["Pytanie: Jan", "Raz", "Dwa", "Trzy"]
        )
        await expect(agent.locator("#chat-2 .theirs .written")).to_have_text(
            ["Pytanie: Ewa", "Dziękuję"]
        )
        # What has come was looked at, and a page that is loaded anew has it all.
        await agent.focus("#chat-1 .say textarea")
        await first.wait_for_selector("text=Przeczytane")
        await first.reload()
        await expect(first.locator(".written")).to_have_count(5)
        await require_accessible(first, "talking")
        await first.screenshot(path=tmp_path / "talk.png", full_page=True)
        await agent.fill("#chat-2 .say textarea", "nie wysłane")
        await look(agent, origin, PATHS, tmp_path)
        await agent.goto(f"{origin}/helpdesk/chats")
        await first.click("text=Zakończ rozmowę")
        await first.wait_for_selector("text=Rozmowa jest zakończona")
        await require_accessible(first, "over")
        await first.screenshot(path=tmp_path / "over.png", full_page=True)
        await expect(agent.locator("#chat-1")).to_have_count(0)
