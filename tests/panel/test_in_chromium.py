"""The panel as a visitor sees it: a real browser, a real process, the control socket of a line.

axe-core looks at each page, in both themes and at the width of a phone.
"""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from playwright.async_api import Page, async_playwright

from sipagent.config import Config
from sipagent.control.control import Control, Nothing
from sipagent.control.server import ControlSocket
from sipagent.exchange import editing
from sipagent.exchange.rooms import planning
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.panel.test_calls import fill
from tests.panel.test_now import QUEUE, ROOM, STATUS
from tests.panel.test_steering import ANNA, FIRM, TALK

pytestmark = pytest.mark.outside

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text("utf-8")
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "pięć żółtych rowerów"
#: Milliseconds for what a browser does; a machine may stand still for a while.
PATIENCE = 60_000
#: What is looked at, in both themes and widths.
PATHS = (
    "/live",
    "/listening",
    "/live/transfer?call=call0002",
    "/live/take-out?id=1",
    f"/live/member?member={ANNA}",
    "/live/invite?room=Narada",
    "/wallboard",
    "/calls",
    "/calls?number=abc",
    "/calls/call0004",
    "/account",
    "/scenarios",
    "/scenarios/infolinia?call=call0004",
)
#: Bytes that come over the wire for the first page, with all that it needs.
FIRST_VIEW = 150_000


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


async def test_a_visitor_comes_in_and_sees_what_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path) as link, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = await browser.new_context(locale="pl-PL")
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        weights: list[int] = []

        async def weigh(request: object) -> None:
            sizes = await request.sizes()  # type: ignore[attr-defined]
            weights.append(sizes["responseBodySize"] + sizes["responseHeadersSize"])

        await page.goto(link)
        await require_accessible(page, "welcome")
        await page.fill("#password", PASSWORD)
        await page.fill("#again", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/live")
        origin = link.partition("/welcome")[0]

        # A call comes, and stands there without anybody doing anything.
        with closing(open_database(tmp_path / "line.db", ROOMS)) as db, db.conn:
            db.execute(
                "UPDATE calls SET ended = NULL, caller = '+48600123456' WHERE id = 'call0002'"
            )
        await page.wait_for_selector("text=+48600123456")
        # No script of a stranger has run, though one is called like that in the room.
        assert await page.locator("text=<script>alert(1)").count() >= 1

        for theme in ("light", "dark"):
            await page.goto(f"{origin}/account")
            await page.select_option("#theme", theme)
            await page.click("form[action='/account/preferences'] button")
            for width in (1100, 360):
                await page.set_viewport_size({"width": width, "height": 800})
                for path in PATHS:
                    await page.goto(f"{origin}{path}")
                    await require_accessible(page, f"{path} {theme} {width}")
                    wide = await page.evaluate("document.documentElement.scrollWidth")
                    assert wide <= width, (path, width)
                    name = re.sub(r"\W+", "-", path.strip("/"))
                    await page.screenshot(
                        path=tmp_path / f"{name}-{theme}-{width}.png", full_page=True
                    )
        fresh = await browser.new_context()
        first = await fresh.new_page()
        first.on("requestfinished", weigh)
        await first.goto(f"{origin}/login", wait_until="networkidle")
        await require_accessible(first, "login")
        assert 0 < sum(weights) < FIRST_VIEW
        # The filter that was mistyped is answered with 422, which browsers mention.
        assert [one for one in complaints if "422" not in one] == []
        await browser.close()
