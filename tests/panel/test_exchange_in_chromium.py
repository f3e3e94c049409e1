"""The exchange in a real browser: prices while one types, and what axe finds."""

import io
from contextlib import closing
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from sipagent.exchange import editing
from sipagent.exchange.reading import load
from sipagent.exchange.voicemail.messages import VoiceMessages
from sipagent.panel import people
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from sipagent.telephony.party import Caller
from tests.panel.chromium import look, require_accessible, served, visiting
from tests.panel.test_calls import HOSTILE

pytestmark = pytest.mark.outside

MOBILES = {"prefix": "+4860", "name": "komórki", "per_minute": 10}
PAGES = (
    "/exchange/users",
    "/exchange/users/new",
    "/exchange/users/list",
    "/exchange/users/entry?key=Anna+Nowak",
    "/exchange/phones/new",
    "/exchange/phones/entry?key=101-1",
    "/exchange/outside/new",
    "/exchange/orders",
    "/exchange/changes",
    "/own",
    "/own/messages",
    "/own/phones",
    "/own/orders",
)


def fill(folder: Path) -> None:
    """Keep what calls cost, and a message for who comes in."""
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        editing.add(db, "tariffs", MOBILES)
        editing.add(db, "boxes", {"name": "Anna", "owner": "user:Anna Nowak"})
        people.be(db, "anna", "Anna Nowak")
        found = VoiceMessages(db)
        caller = Caller("+48600200200", name=HOSTILE)
        found.keep(found.draft("Anna", caller, "c1", "pl", "c1.wav"), 2.0)


async def test_a_visitor_changes_the_exchange(tmp_path: Path) -> None:
    async with served(tmp_path) as link, visiting(link) as (page, origin):
        fill(tmp_path)

        # The price stands there as soon as the number does, and saving needs no second time.
        await page.goto(f"{origin}/exchange/users/entry?key=Anna+Nowak")
        await page.fill("#mobile", "600 100 101")
        await page.press("#mobile", "Tab")
        await page.wait_for_selector("#mobile-cost:has-text('0.10 zł')")
        await page.click("form.entry button.main")
        await page.wait_for_selector(".done")
        with closing(open_database(tmp_path / "line.db", ROOMS)) as db:
            assert load(db).exchange.users[0].mobile == "+48600100101"

        # A telephone reads the link from the screen.
        await page.goto(f"{origin}/exchange/phones/new?user=Anna+Nowak")
        await page.click("form.entry button.main")
        await page.wait_for_selector("figure.code")
        await require_accessible(page, "a phone given")
        await page.goto(f"{origin}/exchange/phones/entry?key=101-1")
        await page.click("form[action^='/exchange/phones/link'] button")
        await page.wait_for_selector("figure.code")
        await require_accessible(page, "a link for Linphone")
        picture = await page.locator("figure.code").screenshot()
        (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
        assert code.text.startswith(f"{origin}/phone/")

        await look(page, origin, PAGES, tmp_path)
