"""A scenario drawn by a visitor: by mouse and by keys, with what the checker says meanwhile."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright

from tests.panel.test_in_chromium import CHROMIUM, PASSWORD, PATIENCE, require_accessible, served

pytestmark = pytest.mark.outside


def element(page: Page, step: str) -> Locator:
    """Return an element of the drawing."""
    return page.locator(f"[data-step={step}]:not(.editing)")


async def drag(page: Page, what: Locator, to: Locator | None = None, down: int = 0) -> None:
    """Take something by the mouse, and let it go on something else, or so many pixels below."""
    await what.scroll_into_view_if_needed()
    begin = await what.bounding_box()
    assert begin is not None
    end = (await to.bounding_box() if to else None) or {**begin, "y": begin["y"] + down}
    for x, y, deed in ((begin["x"], begin["y"], "down"), (end["x"], end["y"], "up")):
        await page.mouse.move(x + 5, y + 5, steps=4)
        await (page.mouse.down() if deed == "down" else page.mouse.up())


async def test_a_scenario_is_drawn_by_mouse_and_by_keys(tmp_path: Path) -> None:
    async with served(tmp_path) as link, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await browser.new_context(locale="pl-PL", viewport={"width": 1500, "height": 900})
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(link)
        await page.fill("#password", PASSWORD)
        await page.fill("#again", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/live")
        scenario = f"{link.partition('/welcome')[0]}/scenarios/infolinia"
        await page.goto(scenario)
        await draw_by_mouse(page)
        await page.screenshot(path=tmp_path / "drawn.png", full_page=True)
        await draw_by_keys(page)
        await fill_in(page)
        await page.screenshot(path=tmp_path / "form.png", full_page=True)
        await look_around(page, scenario)
        await page.goto(scenario)
        await page.click("text=Opublikuj")
        await page.wait_for_selector("text=Opublikowano")
        published = (tmp_path / "local/scenarios/infolinia.toml").read_text("utf-8")
        assert "attempts = 5" in published
        assert "# What the manager has to tell today; any key skips it." in published
        assert complaints == []
        await browser.close()


async def draw_by_mouse(page: Page) -> None:
    """Move an element, which begins a draft; draw an arrow, and see what that brings at once."""
    await drag(page, element(page, "goodbye").locator(".box"), down=200)
    await page.wait_for_selector(".state:text-is('szkic')")
    moved = await element(page, "goodbye").get_attribute("transform")
    assert moved is not None
    await page.reload()
    assert await element(page, "goodbye").get_attribute("transform") == moved
    others = element(page, "login").locator("[data-exit=''] circle")
    await drag(page, others, element(page, "greeting"))
    await page.wait_for_selector("[data-step=goodbye].bad")
    await require_accessible(page, "drawn")


async def draw_by_keys(page: Page) -> None:
    """Join the second exit by J and arrow keys; move the element."""
    await element(page, "login").focus()
    for key in ("j", "ArrowDown"):
        await page.keyboard.press(key)
    for _ in range(await page.locator(".element").count()):
        if "→ goodbye." in await page.inner_text("#told"):
            break
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-step=goodbye]:not(.bad)")
    assert await page.evaluate("document.activeElement.dataset.step") == "login"
    await page.keyboard.press("ArrowDown")
    await page.wait_for_selector("[data-step=login][transform='translate(280,40)']")


async def fill_in(page: Page) -> None:
    """Open the form of the step by Enter, and change a setting; add a step where it is wanted."""
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".editing input:focus")
    await require_accessible(page, "form")
    await page.fill(".editing [name=attempts]", "5")
    await page.click(".editing button.main")
    await page.wait_for_selector(".editing [name=attempts][value='5']")
    await page.locator(".board svg").dblclick(position={"x": 300, "y": 500})
    await page.keyboard.type("office")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-step=office][transform='translate(300,500)']")
    await page.click("text=Cofnij")
    await page.wait_for_selector("[data-step=office]", state="detached")


async def look_around(page: Page, scenario: str) -> None:
    """Look at all pages of the scenario with the width of a phone."""
    await page.set_viewport_size({"width": 360, "height": 800})
    for name in ("", "/text", "/versions", "/difference?from=file&to=draft"):
        await page.goto(scenario + name)
        await require_accessible(page, name)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    new = await page.locator(".difference .plus code").all_inner_texts()
    assert new == ["attempts = 5"]
