"""The infoline in a real browser: what staff do with owners in a day, and what axe finds."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from playwright.async_api import Page

from sipagent.infoline.editing import existing
from sipagent.infoline.managing import office
from sipagent.infoline.transfer.importing import import_files
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.panel.chromium import look, require_accessible, served, visiting
from tests.panel.firms import ANNA, SAMPLE

pytestmark = pytest.mark.outside

OWNERS = """manager,estate,login,owner_name,phones
ZLOTY-KLUCZ,FIKCYJNA,100777,Łucja Żółw,600100155
"""
PAGES = (
    *("owners", f"owners/{ANNA}", "offices", "offices/managers/1"),
    *("outbox", "lockouts", "import"),
)
WRONG = f"{OWNERS}ZLOTY-KLUCZ,FIKCYJNA,1,Zły Login,6001OO1O1\n"


def fill(db: sqlite_utils.Database) -> None:
    """Keep owners, and that somebody has guessed at the login of one."""
    import_files(db, [SAMPLE])
    fail(db)


def fail(db: sqlite_utils.Database) -> None:
    """Have Anna's login locked for an hour."""
    now = "strftime('%Y-%m-%dT%H:%M:%f000+00:00')"
    with db.conn:
        db.execute(f"INSERT INTO login_failures VALUES ('login', ?, 1, 50, {now})", [ANNA])


async def import_owners(page: Page, origin: str, folder: Path) -> None:
    """Send files with mistakes, which are told, and corrected ones, which are imported."""
    for name, text in (("wrong.csv", WRONG), ("right.csv", OWNERS)):
        (folder / name).write_text(text, "utf-8")
        await page.goto(f"{origin}/infoline/import")
        await page.set_input_files("#files", folder / name)
        await page.click("form.entry button.main")
        await page.wait_for_selector("ul.mistakes" if name == "wrong.csv" else "#changes")
        await require_accessible(page, name)
        await page.screenshot(path=folder / f"{name}.png", full_page=True)
    await page.click("form[action^='/infoline/import/'] button.main")
    await page.wait_for_selector(".done")


async def look_after_an_owner(page: Page, origin: str, folder: Path) -> None:
    """Find her without Polish letters, give her a telephone and a PIN, and call as she would."""
    await page.goto(f"{origin}/infoline/owners")
    await page.fill("#q", "zolw")
    await page.click("form[role=search] button")
    await page.click("text=Łucja Żółw")
    await page.fill("#phones", "600 100 155\n600 100 156")
    await page.click("form.entry button.main")
    await page.wait_for_selector(".done")
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        assert existing(db, "100777").phones == ("+48600100155", "+48600100156")
    await page.fill("#number", "600 999 888")
    await page.click("form[action$='/trial'] button")
    await page.wait_for_selector("text=+48600999888")
    await page.click("form[action$='/pin'] button")
    await page.wait_for_selector(".secret")
    await require_accessible(page, "an owner with a PIN")
    await page.screenshot(path=folder / "pin.png", full_page=True)


async def change_office_hours(page: Page, origin: str, folder: Path) -> None:
    """Type them, see them drawn, and keep them."""
    await page.goto(f"{origin}/infoline/offices")
    await page.click("text=Administracja Domów Bajka")
    await page.wait_for_url("**/offices/managers/*")  # with its scripts
    await page.fill("[name='hours.sat']", "09:00-11:00")
    await page.press("[name='hours.sat']", "Tab")
    await page.wait_for_selector("#hours-week :text('09:00–11:00')", state="attached")
    await page.click("form.entry button.main")
    await page.wait_for_selector(".done")
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        hours = office(db, "BAJKA").manager.contract.hours
    assert hours == "mon-fri 08:00-16:00; sat 09:00-11:00"


def paths(folder: Path) -> list[str]:
    """Return the pages that are looked at."""
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        place = office(db, "ZLOTY-KLUCZ").estates[0].id
    return [f"/infoline/{path}" for path in (*PAGES, f"offices/estates/{place}")]


async def lift_a_lock_out(page: Page, origin: str) -> None:
    """Let an owner try again."""
    await page.goto(f"{origin}/infoline/lockouts")
    await page.click("td button")
    await page.wait_for_selector(".done")
    assert await page.locator("td button").count() == 0


async def test_staff_look_after_owners(tmp_path: Path) -> None:
    async with served(tmp_path, fill) as link, visiting(link) as (page, origin):
        await import_owners(page, origin, tmp_path)
        await look_after_an_owner(page, origin, tmp_path)
        await change_office_hours(page, origin, tmp_path)
        await look(page, origin, paths(tmp_path), tmp_path)
        await lift_a_lock_out(page, origin)
