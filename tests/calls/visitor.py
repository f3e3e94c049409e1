"""A panel beside a line, and a browser of somebody who visits it."""

import contextlib
import json
import subprocess
from collections.abc import Iterator

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.calls.daemon import SIPAGENT, Daemon
from tests.panel.test_in_chromium import CHROMIUM, PASSWORD, PATIENCE


@contextlib.contextmanager
def panel_beside(line: Daemon) -> Iterator[subprocess.Popen[str]]:
    """Run a panel on the settings of a line for the block, unless it is ended before."""
    command = [*SIPAGENT, "panel", "run", "--config", str(line.config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert json.loads(said)["event"] == "panel open", said
            yield process
        finally:
            process.terminate()


@contextlib.contextmanager
def browsing() -> Iterator[BrowserContext]:
    """Open a browser that keeps what it is told to."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = chromium.new_context(locale="pl-PL")
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield context
        chromium.close()


def entered(line: Daemon, browser: BrowserContext, name: str) -> Page:
    """Let an administrator in who is new, and return what they see."""
    link, *_ = line.run("panel", "user", "add", name, "--role", "administrator").split()
    page = browser.new_page()
    page.goto(link)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/live")
    return page
