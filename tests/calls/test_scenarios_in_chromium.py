"""A scenario from the first change to the first caller: drawn, tried with its voice, published."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.calls.caller import call
from tests.calls.daemon import Daemon
from tests.calls.visitor import browsing, entered, panel_beside

pytestmark = pytest.mark.outside

OWNER = "+48600100101"


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line, and where its panel is to be."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    daemon = Daemon(tmp_path, clips, extra=f"[panel]\nport = {port}").start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    """A browser of somebody who visits the panel."""
    with browsing() as context:
        yield context


def test_a_scenario_is_drawn_tried_and_called(line: Daemon, browser: BrowserContext) -> None:
    with panel_beside(line):
        page = entered(line, browser, "anna")
        scenario = page.url.partition("/live")[0] + "/scenarios/infolinia"

        # A step gets another name: that is a draft.
        page.goto(f"{scenario}?step=login")
        page.fill("#rename", "entry")
        page.get_by_role("button", name="Zmień nazwę").click()
        expect(page.locator(".editing[data-step=entry]")).to_be_visible()

        # Whoever tries it hears the voice of the line, presses keys, and hears on.
        page.get_by_role("link", name="Wypróbuj").click()
        page.fill("#number", OWNER)
        page.get_by_role("button", name="Zadzwoń").click()
        page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
        expect(page.locator("#told")).to_have_text("Krok entry czeka na klawisz.")
        page.fill("#many", "100001#")
        page.keyboard.press("Enter")
        expect(page.locator("#told")).to_have_text("Krok menu czeka na klawisz.")
        page.locator("body").click(position={"x": 5, "y": 5})
        page.keyboard.press("1")
        expect(page.locator(".words")).to_contain_text("nadpłata wynosi")
        page.wait_for_function(
            "() => [...document.querySelectorAll('audio')].at(-1).currentTime > 0.2"
        )
        page.get_by_role("button", name="Rozłącz się").click()
        expect(page.locator("#told")).to_contain_text("rozłączył się dzwoniący")

        # Callers still walk what is live; once it is published, they walk the new one.
        page.goto(scenario)
        page.get_by_role("button", name="Opublikuj").click()
        expect(page.locator(".done")).to_contain_text("przejdą przez to dzwoniący od tej chwili")
        done = call(line, "speech; press 1; wait 1; hang-up", "--from", OWNER)
        assert done.returncode == 0, done.stderr
        (walk,) = line.ended()
        page.goto(f"{scenario}?call={walk.id}")
        for step in ("greeting", "entry"):
            expect(page.locator(f".element.visited[data-step={step}]")).to_be_visible()
