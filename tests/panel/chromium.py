"""A browser at the panel: a real one, a real process, and the control socket of a line."""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlite_utils
from playwright.async_api import Page, async_playwright

from sipagent.config import Config
from sipagent.control.control import Control, Nothing
from sipagent.control.server import ControlSocket
from sipagent.exchange import editing
from sipagent.exchange.rooms import planning
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests import patience
from tests.panel.test_calls import fill
from tests.panel.test_now import QUEUE, ROOM, STATUS
from tests.panel.test_steering import FIRM, TALK

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text("utf-8")
CHROMIUM = "/usr/bin/chromium"
#: How it is started by whoever is root, where little memory is shared, and nobody listens.
OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--mute-audio")
PASSWORD = "pięć żółtych rowerów"
#: Milliseconds for what a browser does; a machine may stand still for a while.
PATIENCE = 1000 * patience.PATIENCE
#: Themes and widths in which pages are looked at: at a desk, and on a telephone at night.
DESK_AND_TELEPHONE = (("light", 1100), ("dark", 360))


def steered(db: sqlite_utils.Database) -> None:
    """Keep calls of a firm, and what is steered in it."""
    fill(db)
    editing.replace(db, FIRM)
    planning.planned(db, Config(), "Narada", "102", at="2036-12-01 09:00")


@contextlib.asynccontextmanager
async def served(
    folder: Path,
    prepare: Callable[[sqlite_utils.Database], object] = steered,
    more: str = "",
) -> AsyncIterator[str]:
    """Run a panel beside a line that answers; yield the link of somebody new.

    Args:
        folder: where its database is.
        prepare: fills that.
        more: settings.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "agent.toml"
    settings.write_text(f'[paths]\ndatabase = "line.db"\n[panel]\nport = {port}\n{more}', "utf-8")
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        prepare(db)

    async def told(answer: object) -> object:
        return answer

    answers = {
        "line.status": STATUS, "rooms.live": [ROOM], "queues.live": [QUEUE],
        "calls.live": [{**TALK, "id": "call0002"}],
    }  # fmt: skip
    controls = {
        name: Control(Nothing, lambda _, answer=answer: told(answer))  # type: ignore[misc]
        for name, answer in answers.items()
    }
    line = ControlSocket(folder / "line.db.control", controls)
    await line.start()
    words = (sys.executable, "-m", "sipagent", "panel")
    with subprocess.Popen(
        (*words, "run", "--config", str(settings)), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = await asyncio.to_thread(process.stderr.readline)
            assert json.loads(said)["event"] == "panel open", said
            adding = await asyncio.create_subprocess_exec(
                *words, *("user", "add", "anna", "--role", "administrator"),
                *("--config", str(settings)), stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            printed, _ = await adding.communicate()
            yield printed.decode().split()[0]
        finally:
            process.terminate()
            await line.stop()


async def require_accessible(page: Page, where: str) -> None:
    """Check that axe finds nothing wrong with a page (WCAG 2.2, levels A and AA)."""
    await page.evaluate(AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = await page.evaluate(
        "tags => axe.run(document, {runOnly: tags}).then(done => done.violations.map("
        "one => [one.id, one.nodes.map(node => node.html + ' ' + node.failureSummary)]))",
        tags,
    )
    assert not found, (where, found)


@contextlib.asynccontextmanager
async def visiting(link: str, **context: Any) -> AsyncIterator[tuple[Page, str]]:
    """Come in by a link with a new browser; yield its page, and where the panel is.

    Nothing may go wrong in the browser for the length of the block. What was mistyped is answered
    with 422, which browsers mention.
    """
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        seen = await browser.new_context(locale="pl-PL", **context)
        seen.set_default_timeout(PATIENCE)
        page = await seen.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(link)
        await require_accessible(page, "welcome")
        await page.fill("#password", PASSWORD)
        await page.fill("#again", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/live")
        yield page, link.partition("/welcome")[0]
        await browser.close()
    assert [one for one in complaints if "422" not in one] == []


async def look(
    page: Page,
    origin: str,
    paths: Iterable[str],
    folder: Path,
    ways: Iterable[tuple[str, int]] = DESK_AND_TELEPHONE,
) -> None:
    """See that pages can be used by everybody, and are no wider than the screen.

    Args:
        page: of somebody who is in.
        origin: where the panel is.
        paths: of the pages.
        folder: gets a picture of each.
        ways: themes, and widths in pixels.
    """
    for theme, width in ways:
        await page.goto(f"{origin}/account")
        await page.select_option("#theme", theme)
        await page.click("form[action='/account/preferences'] button")
        await page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            await page.goto(f"{origin}{path}")
            await require_accessible(page, f"{path} {theme} {width}")
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, width)
            name = re.sub(r"\W+", "-", path.strip("/"))
            await page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)
