"""A real browser before the panel of a real line: whoever looks on or listens from there."""

import contextlib
import json
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from playwright.async_api import BrowserContext, Page, async_playwright

from tests.calls.daemon import SIPAGENT, Daemon
from tests.panel.chromium import CHROMIUM, PATIENCE

PASSWORD = "siedem szarych parasoli"


def panel_settings() -> str:
    """Return the settings of a panel at a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"\n[panel]\nport = {free.getsockname()[1]}\n"


@contextlib.contextmanager
def served(line: Daemon, user: str) -> Iterator[str]:
    """Run the panel of a line; yield the link of an administrator who is a user."""
    words = (*SIPAGENT, "panel", "run", "--config", str(line.config))
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            assert json.loads(said)["event"] == "panel open", said
            role = ("--role", "administrator", "--user", user, "--language", "en")
            yield line.run("panel", "user", "add", "adm", *role).split()[0]
        finally:
            process.terminate()


@contextlib.asynccontextmanager
async def chromium(
    microphone: Path, script: str, *, lenient: bool = False
) -> AsyncIterator[BrowserContext]:
    """Run a browser whose microphone hears a file again and again, and whose pages run a script.

    Args:
        microphone: the file, WAV.
        script: of the test, which no policy of the page keeps from running.
        lenient: whether that may load scripts, too.
    """
    args = [
        *("--no-sandbox", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream"),
        *("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"),
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        context = await browser.new_context(locale="en-GB", bypass_csp=lenient)
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(script)
        yield context
        await browser.close()


async def listens(page: Page, link: str) -> None:
    """Choose a password, and listen to the only conversation that goes on."""
    await page.goto(link)
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.click("button.main")
    await page.click("a[href='/listening']")
    await page.click("[data-call]")
    await chosen(page, "listen")


async def chosen(page: Page, mode: str) -> None:
    """Return once a button says that this is how somebody listens."""
    await page.wait_for_selector(f"[data-mode={mode}][aria-pressed=true]")
