"""The wallboard: what it counts, what it does not tell, and the links of screens."""

import asyncio
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner

from sipagent.cli.panel import app
from sipagent.errors import DataError
from sipagent.exchange.statistics.calls import CallFigures
from sipagent.panel import screens
from sipagent.panel.board import Slowly, tiles
from tests.exchange.statistics.journal_helpers import wait_in
from tests.panel.browsing import Panel
from tests.panel.test_calls import HOSTILE
from tests.panel.test_now import STATUS
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


def waits(seconds: int, *, callback: bool = False) -> dict[str, object]:
    return {"id": 1, "place": 1, "caller": HOSTILE, "seconds": seconds, "callback": callback,
            "priority": 0, "rings": []}  # fmt: skip


def does(name: str, state: str) -> dict[str, str]:
    return {"member": f"user:{name}", "state": state, "queue": ""}


QUEUE = {
    "queue": "Biuro",
    "waiting": [waits(75), waits(5), waits(900, callback=True)],
    "members": [does("Jan", "pause"), does("Ewa", "idle"), does("Anna", "talk")],
}


def link(panel: Panel, name: str = "hall") -> str:
    token = panel.store.blocking.write(lambda db: screens.add(db, name))
    return f"/screen/{token}"


def test_who_is_to_be_called_back_does_not_wait_on_the_line() -> None:
    (tile,) = tiles([QUEUE], {})
    assert (tile.waiting, tile.callbacks, tile.longest, tile.late) == (2, 1, 75, True)
    assert [name for name, _ in tile.members] == ["Ewa", "Anna", "Jan"], "the free ones first"
    (empty,) = tiles([{"queue": "Serwis", "waiting": [], "members": []}], {})
    assert (empty.waiting, empty.longest, empty.late) == (0, 0, False)
    assert empty.today == CallFigures()


@time_machine.travel("2026-11-26T12:00:00+00:00", tick=False)
def test_today_is_counted_and_callers_are_not_told(panel: Panel) -> None:
    now = datetime.now(UTC)
    panel.store.blocking.write(lambda db: [wait_in(db, "Biuro", now, waited=s) for s in (5, 95)])
    panel.line.answers = {"line.status": STATUS, "queues.live": [QUEUE]}
    page = panel.browser().get(link(panel)).text
    for words in ("Biuro", "2 / 2", "50%", "0:50", "1:15", "Anna", "operator: "):
        assert words in page, words
    assert "script&gt;" not in page
    assert "Log out" not in page


def test_a_screen_sees_the_wallboard_and_nothing_else(panel: Panel) -> None:
    panel.line.answers = {"line.status": STATUS, "queues.live": [QUEUE]}
    path, browser = link(panel), panel.browser()
    assert browser.get(path).status_code == 200
    assert "<html" not in browser.get(f"{path}/part").text
    for closed in ("/wallboard", "/live", "/calls", "/account"):
        assert browser.get(closed).url.path == "/login"
    for wrong in ("/screen/x", "/screen/x/part", "/screen/x/events"):
        assert browser.get(wrong).status_code == 404


def test_a_link_that_was_taken_away_shows_nothing(panel: Panel) -> None:
    first = link(panel)
    second = link(panel)
    browser = panel.browser()
    assert browser.get(first).status_code == 404, "another one has taken its place"
    assert browser.get(second).status_code == 200
    assert [one.name for one in panel.store.blocking.read(screens.listed)] == ["hall"]
    panel.store.blocking.write(lambda db: screens.remove(db, "hall"))
    assert browser.get(second).status_code == 404
    with pytest.raises(DataError, match="there is no screen 'hall'"):
        panel.store.blocking.write(lambda db: screens.remove(db, "hall"))


async def test_so_do_its_events_which_no_session_ends(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody logs in at a screen: its events go on as long as it has its link."""
    monkeypatch.setattr("sipagent.panel.application._STILL_IN", 0.0)
    monkeypatch.setattr("sipagent.panel.pages.now.BREATH", 0.001)
    heard = asyncio.Queue[str]()

    async def send(message: MutableMapping[str, Any]) -> None:
        heard.put_nowait(message.get("body", b"").decode())

    async def stays() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nobody leaves")

    path = f"{link(panel)}/events"
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:9466")], "asgi": {"spec_version": "2.4"},
    }  # fmt: skip
    listening = asyncio.create_task(panel.application.app(scope, stays, send))
    async with asyncio.timeout(PATIENCE):
        for _ in range(5):
            await heard.get()
        assert not listening.done()
        panel.store.blocking.write(lambda db: screens.remove(db, "hall"))
        await listening


def test_who_has_logged_in_sees_it_too_and_finds_it_in_the_menu(panel: Panel) -> None:
    panel.add("adm", language="en")
    panel.line.answers = {"line.status": STATUS, "queues.live": [QUEUE]}
    browser = panel.browser()
    assert 'href="/wallboard"' in browser.log_in("adm").text
    page = browser.get("/wallboard?theme=light").text
    assert 'data-theme="light"' in page
    assert 'data-events="/wallboard/events?after=' in page
    assert 'data-theme="dark"' in browser.get('/wallboard?theme="><b>').text


def test_links_of_screens_by_command(panel: Panel) -> None:
    config = panel.config.paths.database.parent / "agent.toml"
    config.write_text(f'[paths]\ndatabase = "{panel.config.paths.database}"\n', "utf-8")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["screen", *words, "--config", str(config)])
        assert done.exit_code == 0, done.exception
        return done.stdout

    (address,) = run("add", "hall").split()
    panel.line.answers = {"line.status": STATUS, "queues.live": []}
    path = address.partition(":9466")[2]
    assert "There are no queues yet" in panel.browser().get(path).text
    assert "hall" in run("list")
    assert run("remove", "hall") == "Removed the screen hall\n"
    assert panel.browser().get(path).status_code == 404


def test_what_costs_time_is_asked_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = 100.0, iter(range(10))
    monkeypatch.setattr("sipagent.panel.board.monotonic", lambda: now)
    slowly = Slowly(lambda: next(asked), 10)
    assert [slowly(), slowly()] == [0, 0]
    now = 111.0
    assert slowly() == 1
