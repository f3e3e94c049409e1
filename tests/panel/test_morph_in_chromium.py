"""What changes of a page while somebody looks at it: all else stays, also under a finger."""

from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from tests.panel.chromium import CHROMIUM, PATIENCE

pytestmark = pytest.mark.outside

SCRIPT = Path(__file__).parents[2] / "sipagent/panel/static/morph.js"
#: Rows as the page of what goes on has them: text before a button that ends a call.
ROW = '<tr id="call-{0}"><td>{1}</td><td><form><button id="end-{0}">End</button></form></td></tr>'


def table(**calls: str) -> str:
    rows = "\n".join(ROW.format(name, since) for name, since in calls.items())
    return f"<h2>Calls <span>{len(calls)}</span></h2>\n<table><tbody>{rows}</tbody></table>"


async def become(page: Page, html: str) -> None:
    """Make what is looked at become something else, and see that it has."""
    await page.evaluate("html => morph(document.getElementById('live'), html)", html)
    made = await page.evaluate(
        "html => { const one = document.createElement('div'); one.innerHTML = html;"
        " return one.innerHTML; }",
        html,
    )
    assert await page.evaluate("document.getElementById('live').innerHTML") == made


async def test_what_changes_leaves_all_else_alone() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE)
        await page.set_content("<div id='live'></div>")
        await page.evaluate(SCRIPT.read_text("utf-8") + "; window.morph = morph; 0")
        await become(page, table(a="0:01", b="0:02"))

        # Who has the focus on a button has it still when others come, go and change their places.
        await page.focus("#end-b")
        await page.evaluate("window.button = document.getElementById('end-b')")
        for calls in (
            {"a": "0:02", "b": "0:03"}, {"n": "0:00", "a": "0:03", "b": "0:04"}, {"b": "0:05"},
            {"b": "0:06", "c": "0:00"},
        ):  # fmt: skip
            await become(page, table(**calls))
            assert await page.evaluate("document.activeElement === window.button")
        await become(page, table(c="0:01", b="0:07"))
        assert await page.evaluate("document.getElementById('end-b') === window.button")

        # A button is never that of another call, whatever stands in its place.
        await become(page, table(c="0:02"))
        assert not await page.evaluate("window.button.isConnected")

        # What is pressed while the clock ticks is pressed.
        await page.evaluate(
            "window.pressed = 0;"
            "document.addEventListener('click', event => { event.preventDefault();"
            " window.pressed += event.target.id === 'end-c'; });"
        )
        box = await page.locator("#end-c").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + 5, box["y"] + 5)
        await page.mouse.down()
        await become(page, table(c="0:03"))
        await page.mouse.up()
        assert await page.evaluate("window.pressed") == 1

        # What was unfolded stays so.
        folded = "<details id='h'><summary>History</summary><p>{}</p></details>"
        await become(page, folded.format(1))
        await page.evaluate("document.getElementById('h').open = true")
        await page.evaluate(
            "html => morph(document.getElementById('live'), html)", folded.format(2)
        )
        assert await page.locator("#h p").inner_text() == "2"

        # Anything becomes anything.
        for html in (
            *("", "<p class='empty'>Nobody</p>", "text", "<!-- note --><p>a</p><p id='x'>b</p>"),
            "<ul><li id='1'>1</li><li id='2'>2</li></ul>",
            "<ul><li id='2'>2</li>\n<li id='1'>3</li></ul>",
            *("<p id='x' title='y'>b<b>c</b></p>", "<p id='x'><b class='z'>c</b></p>"),
            table(d="0:00"),
        ):
            await become(page, html)
        await browser.close()
