"""In a browser: lists put in order, hours drawn while one types, words heard before they stand."""

from contextlib import closing
from pathlib import Path

import pytest
import soundfile
import sqlite_utils
from playwright.async_api import Page

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.panel.chromium import look, served, visiting
from tests.phone_tones import sine

pytestmark = pytest.mark.outside

PEOPLE = ("Anna Nowak", "Jan Kowalski", "Ewa Lis", "Piotr Zając")
ANNA, JAN, EWA, PIOTR = (f"user:{name}" for name in PEOPLE)
PAGES = (
    "/exchange/groups/entry?key=Biuro",
    "/exchange/queues/entry?key=Serwis",
    "/exchange/rooms/new",
    "/exchange/boxes/new",
    "/exchange/schedules/entry?key=Biuro&week=2026-12-24",
    "/exchange/announcements/new",
    "/exchange/announcements/entry?key=Powitanie",
    "/exchange/numbers",
    "/exchange/numbers/entry?key=%2B48221000200",
)


def fill(db: sqlite_utils.Database) -> None:
    """Make a firm."""
    for number, name in enumerate(PEOPLE, start=101):
        editing.add(db, "users", {"name": name, "number": str(number)})
    members = [f"user:{name}" for name in PEOPLE[:3]]
    group = {"name": "Biuro", "number": "200", "order": "in-turn", "members": members}
    editing.add(db, "groups", group)
    editing.add(db, "boxes", {"name": "Biuro", "owner": "group:Biuro"})
    queue = {
        "name": "Serwis",
        "number": "300",
        "members": members,
        "leads": {"nobody": "box:Biuro"},
    }
    editing.add(db, "queues", queue)
    days = [{"first": "2026-12-23", "hours": "09:00-12:00"}]
    hours = "mon-fri 08:00-16:00; sat 22:00-06:00"
    editing.add(db, "schedules", {"name": "Biuro", "hours": hours, "days": days})
    editing.add(db, "numbers", {"number": "+48221000200", "leads_to": "queue:Serwis"})


def there(folder: Path) -> Exchange:
    """Return the exchange as it is kept."""
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        return load(db).exchange


async def order(page: Page) -> list[str]:
    """Return who stands in the list, in order."""
    chosen = "rows => rows.map(row => row.querySelector('select').value).filter(one => one)"
    return list(await page.locator(".rows li").evaluate_all(chosen))


async def drag(page: Page, row: int, onto: int) -> None:
    """Drag a row by its handle, onto another one."""
    handle = await page.locator(".rows .handle").nth(row).bounding_box()
    aim = await page.locator(".rows li").nth(onto).bounding_box()
    assert handle is not None
    assert aim is not None
    x = handle["x"] + handle["width"] / 2
    await page.mouse.move(x, handle["y"] + handle["height"] / 2)
    await page.mouse.down()
    for part in (0.3, 0.6, 1.0):
        middle = aim["y"] + aim["height"] / 2 + (2 if onto > row else -2)
        y = handle["y"] + (middle - handle["y"]) * part
        await page.mouse.move(x, y)
    await page.mouse.up()


async def put_in_order(page: Page, origin: str) -> None:
    """Put who rings in order by dragging, by keys, by buttons; what is new has a row of its own."""
    await page.goto(f"{origin}/exchange/groups/entry?key=Biuro")
    assert await order(page) == [ANNA, JAN, EWA]
    await drag(page, 0, 2)
    assert await order(page) == [JAN, EWA, ANNA]
    await page.locator(".rows .handle").nth(2).focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    assert await order(page) == [ANNA, JAN, EWA]
    assert "Anna Nowak" in (await page.locator(".rows [role=status]").text_content() or "")
    rows = page.locator(".rows li")
    await rows.nth(1).get_by_role("button", name="W dół").click()
    assert await order(page) == [ANNA, EWA, JAN]
    empty = await rows.count()
    await rows.nth(empty - 1).locator("select").select_option(PIOTR)
    assert await rows.count() == empty + 1
    await rows.nth(1).get_by_role("button", name="Usuń").click()
    await save(page)


async def type_hours(page: Page, origin: str) -> None:
    """Type hours, which are drawn at once."""
    await page.goto(f"{origin}/exchange/schedules/entry?key=Biuro")
    await page.fill("[id='hours.wed']", "10:00-18:00")
    await page.press("[id='hours.wed']", "Tab")
    await page.wait_for_selector("#hours-week text:text('10:00–18:00')")
    await save(page)


async def listen(page: Page, origin: str) -> None:
    """Listen to words that are not kept yet; this line has no voices, and says so."""
    await page.goto(f"{origin}/exchange/announcements/new")
    await page.fill("[id='text.pl']", "Biuro jest zamknięte.")
    await page.click("button.listen >> nth=0")
    await page.wait_for_selector("#preview-pl .mistake")


async def send_a_recording(page: Page, origin: str, folder: Path) -> None:
    """Send a recording, and listen to it."""
    file = folder / "powitanie.wav"
    soundfile.write(file, sine(500, 1.0, -20) / 32768, 8000)
    await page.goto(f"{origin}/exchange/announcements/new")
    await page.fill("#name", "Powitanie")
    await page.set_input_files("#recording-file", file)
    await save(page)
    seconds = await page.locator("#heard ~ audio").evaluate(
        "audio => new Promise((found, failed) => {"
        "audio.onloadedmetadata = () => found(audio.duration);"
        "audio.onerror = () => failed(audio.error.message); audio.load(); })"
    )
    assert seconds == pytest.approx(1.0, abs=0.1)


async def save(page: Page) -> None:
    """Save what was typed."""
    await page.click("form.entry button.main")
    await page.wait_for_selector(".done")


async def test_a_visitor_says_who_rings_and_when(tmp_path: Path) -> None:
    size = {"width": 1100, "height": 1000}
    async with served(tmp_path, fill) as link, visiting(link, viewport=size) as (page, origin):
        await put_in_order(page, origin)
        assert there(tmp_path).groups[0].members == (ANNA, JAN, PIOTR)
        await type_hours(page, origin)
        assert there(tmp_path).schedules[0].hours == (
            "mon-tue,thu-fri 08:00-16:00; wed 10:00-18:00; sat 22:00-06:00"
        )
        await listen(page, origin)
        await send_a_recording(page, origin, tmp_path)
        await look(page, origin, PAGES, tmp_path)
