"""History as a visitor sees it: a recording is heard from a chapter on, and that is on record."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange.recording.uses import uses
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.exchange.recording.samples import voices
from tests.panel.chromium import look, served, visiting
from tests.panel.recordings import keep, write_key
from tests.panel.test_statistics import counted

pytestmark = pytest.mark.outside

MONTH = "since=2026-11-01&until=2026-11-30"
PATHS = (
    *("/recordings?words=dzien", "/recordings/1", "/calls/call0001"),
    *(f"/statistics/{subject}?{MONTH}" for subject in ("hours", "infoline")),
    f"/statistics/days?{MONTH}&goal=101",
    "/bills/bill?month=2026-11&manager=BAJKA",
)


async def test_a_visitor_hears_a_recording_from_a_chapter_on(tmp_path: Path) -> None:
    def prepare(db: sqlite_utils.Database) -> None:
        counted(db)
        with db.conn:
            sound = voices(8.0)
            keep(db, tmp_path / "data/recordings", sound=sound, said="0:00 Anna: Dzień dobry.")

    write_key(tmp_path)
    more = '[recording]\nkey_file = "recording.key"\n[retention]\ncalls = 0\n'
    async with served(tmp_path, prepare, more) as link, visiting(link) as (page, origin):
        await page.goto(f"{origin}/calls/call0001")
        await page.click("text=Milczy na życzenie: Anna.")
        playing = "() => document.querySelector('audio').currentTime > 1.25"
        await page.wait_for_function(playing)
        # A moment that nothing was loaded of yet: the browser asks for that part.
        await page.locator(".wave").click(position={"x": 5, "y": 10})
        with closing(open_database(tmp_path / "line.db", ROOMS)) as db:
            assert [(use.who, use.what.value) for use in uses(db)] == [("anna (panel)", "heard")]

        await page.goto(f"{origin}/statistics/days?{MONTH}")
        await page.wait_for_selector(".zoom .u-over")
        await page.click("[data-deed='in']")

        await look(page, origin, PATHS, tmp_path)
