"""The panel as a visitor sees it: coming in, what goes on, and what the first view weighs.

axe-core looks at each page, in both themes and at the width of a phone.
"""

from contextlib import closing
from pathlib import Path

import pytest

from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from tests.panel.chromium import look, require_accessible, served, visiting
from tests.panel.test_steering import ANNA

pytestmark = pytest.mark.outside

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


async def test_a_visitor_comes_in_and_sees_what_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path) as link, visiting(link) as (page, origin):
        weights: list[int] = []

        async def weigh(request: object) -> None:
            sizes = await request.sizes()  # type: ignore[attr-defined]
            weights.append(sizes["responseBodySize"] + sizes["responseHeadersSize"])

        # A call comes, and stands there without anybody doing anything.
        with closing(open_database(tmp_path / "line.db", ROOMS)) as db, db.conn:
            db.execute(
                "UPDATE calls SET ended = NULL, caller = '+48600123456' WHERE id = 'call0002'"
            )
        await page.wait_for_selector("text=+48600123456")
        # No script of a stranger has run, though one is called like that in the room.
        assert await page.locator("text=<script>alert(1)").count() >= 1

        ways = [(theme, width) for theme in ("light", "dark") for width in (1100, 360)]
        await look(page, origin, PATHS, tmp_path, ways)
        assert page.context.browser is not None
        fresh = await page.context.browser.new_context()
        first = await fresh.new_page()
        first.on("requestfinished", weigh)
        await first.goto(f"{origin}/login", wait_until="networkidle")
        await require_accessible(first, "login")
        assert 0 < sum(weights) < FIRST_VIEW
