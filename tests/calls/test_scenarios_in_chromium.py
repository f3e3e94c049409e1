"""A scenario from the first change to the first caller: drawn, tried with its voice, published."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright

from tests.calls.caller import ANNA, call
from tests.calls.daemon import Daemon
from tests.calls.test_panel_in_chromium import PanelBeside
from tests.panel.chromium import CHROMIUM, PASSWORD, PATIENCE, require_accessible

pytestmark = pytest.mark.outside


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line, and where its panel is to be."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    daemon = Daemon(tmp_path, clips, extra=f"[panel]\nport = {port}").start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


@pytest.fixture
def panel(line: Daemon) -> Iterator[PanelBeside]:
    """The panel of the line."""
    one = PanelBeside(line)
    yield one
    one.stop()


async def test_a_scenario_is_drawn_tried_and_called(line: Daemon, panel: PanelBeside) -> None:
    link, *_ = line.run("panel", "user", "add", "anna", "--role", "administrator").split()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio"],
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
        await draw_by_keys(page)
        await fill_in(page)
        await try_it(page)
        await page.goto(scenario)
        await page.click("text=Opublikuj")
        await page.wait_for_selector("text=przejdą przez to dzwoniący od tej chwili")
        published = (line.folder / "local/scenarios/infolinia.toml").read_text("utf-8")
        assert "attempts = 5" in published
        assert "# What the manager has to tell today; any key skips it." in published

        # A caller walks it, and the way is on the drawing.
        done = await asyncio.to_thread(call, line, "speech; press 1; wait 1; hang-up")
        assert done.returncode == 0, done.stderr
        (walk,) = line.ended()
        await page.goto(f"{scenario}?call={walk.id}")
        for step in ("greeting", "entry"):
            await page.wait_for_selector(f".element.visited[data-step={step}]")
        await look_around(page, scenario)
        assert complaints == []
        await browser.close()


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


async def fill_in(page: Page) -> None:
    """Open the form of the step by Enter, and change a setting; add a step where it is wanted."""
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".editing input:focus")
    await page.wait_for_selector("[data-step=login][transform='translate(280,40)']")
    await require_accessible(page, "form")
    await page.fill(".editing [name=attempts]", "5")
    # What is typed and not kept yet stays while something else is drawn.
    before = await page.locator(".board").get_attribute("data-known")
    await drag(page, element(page, "greeting").locator(".box"), down=100)
    await page.wait_for_selector(f".board:not([data-known='{before}'])")
    assert await page.input_value(".editing [name=attempts]") == "5"
    await page.click(".editing button.main")
    await page.wait_for_selector(".editing [name=attempts][value='5']")
    await page.locator(".board svg").dblclick(position={"x": 300, "y": 500})
    await page.keyboard.type("office")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-step=office][transform='translate(300,500)']")
    await page.click("text=Cofnij")
    await page.wait_for_selector("[data-step=office]", state="detached")
    await element(page, "login").locator(".name").click()
    await page.wait_for_selector(".editing[data-step=login]")
    await page.fill("#rename", "entry")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".editing[data-step=entry]")


async def try_it(page: Page) -> None:
    """Hear the voice of the line, press a key, hang up."""
    await page.click("text=Wypróbuj")
    await page.fill("#number", ANNA)
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.querySelector('audio')?.currentTime > 0.2")
    await page.wait_for_selector("text=Krok entry czeka na klawisz.")
    await require_accessible(page, "walk")
    await page.locator("body").click(position={"x": 5, "y": 5})
    await page.keyboard.press("#")
    await page.wait_for_selector(".words kbd")
    await page.click("text=Rozłącz się")
    await page.wait_for_selector("text=rozłączył się dzwoniący")


async def look_around(page: Page, scenario: str) -> None:
    """Look at all pages of the scenario, dark and with the width of a phone."""
    await page.set_viewport_size({"width": 360, "height": 800})
    await page.emulate_media(color_scheme="dark")
    for name in ("?step=menu", "/text", "/versions", "/try", "/difference?from=1&to=file"):
        await page.goto(scenario + name)
        await require_accessible(page, name)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
