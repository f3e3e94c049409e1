"""An owner at a telephone: comes in by a code, sees the balance, changes an e-mail with proof."""

import asyncio
import itertools
import re
from contextlib import closing
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Literal

import pytest
import sqlite_utils
from playwright.async_api import Page, async_playwright

from sipagent.infoline.managing import edit_contract
from sipagent.infoline.notices import Notices
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.panel.chromium import CHROMIUM, OPTIONS, PATIENCE, require_accessible, served
from tests.panel.firms import fill
from tests.panel.owner.owners import EMAIL, LOGIN

pytestmark = pytest.mark.outside

OTHER = "anna.nowa@example.org"
TEXTS = '[texts]\nurl = "http://127.0.0.1:9/"\n'
#: Pixels of a small telephone; and how it may look.
_WIDTH = 360
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOURS = {"hours": "mon-fri 08:00-16:00"}


def estate(db: sqlite_utils.Database) -> None:
    """Keep the sample, office hours and a notice."""
    fill(db)
    edit_contract(db, "ZLOTY-KLUCZ", HOURS)
    Notices(db).add("ZLOTY-KLUCZ", "Jutro nie ma wody.", date(2020, 1, 1), date(2090, 1, 1))


async def code_to(folder: Path, recipient: str) -> str:
    """Return the code that was sent to somebody last, once it was."""
    async with asyncio.timeout(PATIENCE / 1000):
        while True:
            with closing(open_database(folder / "line.db", ROOMS)) as db:
                rows = db.execute(
                    "SELECT file FROM outbox WHERE recipient = ? AND kind = 'owner-code' "
                    "ORDER BY id DESC",
                    [recipient],
                ).fetchall()
            if rows:
                [path] = folder.rglob(rows[0][0])
                mail = message_from_bytes(path.read_bytes(), policy=policy.default)
                body = mail.get_body(("plain",))
                found = re.search(r"\b\d{3} \d{3}\b", "" if body is None else body.get_content())
                assert found is not None
                return found[0]
            await asyncio.sleep(0.05)


async def test_an_owner_comes_in_looks_and_changes_an_email(tmp_path: Path) -> None:
    complaints: list[str] = []
    async with served(tmp_path, estate, TEXTS) as link, async_playwright() as playwright:
        origin = link.partition("/welcome")[0]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        seen = await browser.new_context(
            locale="pl-PL", viewport={"width": _WIDTH, "height": 800}, color_scheme="light"
        )
        seen.set_default_timeout(PATIENCE)
        page = await seen.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

        schemes = itertools.cycle(_SCHEMES)

        async def look(where: str) -> None:
            """See that a page can be used by everybody, each other one in the dark."""
            scheme = next(schemes)
            await page.emulate_media(color_scheme=scheme)
            await require_accessible(page, f"{where} {scheme}")
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= _WIDTH, where

        await page.goto(f"{origin}/owner")
        await look("login")
        await page.keyboard.type(LOGIN)  # the field has the focus
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="E-mail na adres a***@…").click()
        await look("code")
        await page.keyboard.type(await code_to(tmp_path, EMAIL))
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Saldo").click()
        await look("balance")
        assert "nadpłata 125,40" in (await page.inner_text("main")).replace(
            "\N{NO-BREAK SPACE}", " "
        )
        for path in ("", "/charges", "/requests/new", "/account", "/chat"):
            await page.goto(f"{origin}/owner{path}")
            await look(path)
        await change_email(page, origin, tmp_path)
        await look("addresses")
        await page.click("text=Wyloguj")
        await page.wait_for_selector("#login")
        await browser.close()
    assert complaints == []


async def change_email(page: Page, origin: str, folder: Path) -> None:
    """Put another e-mail in place of the one that is there."""
    await page.goto(f"{origin}/owner/addresses")
    await page.click("a[href*='email/replace']")
    await page.fill("#new", OTHER)
    await page.get_by_role("button", name="Wyślij kod").click()
    await page.wait_for_url("**/addresses/code/*")
    await page.fill("#code", await code_to(folder, OTHER))
    await page.get_by_role("button", name="Potwierdź").click()
    await page.wait_for_selector("text=Zmiana jest zapisana")
    assert OTHER in await page.inner_text("main")
