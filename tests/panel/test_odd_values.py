"""Every page: whatever stands in its address, somebody is told something, and nothing fails."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import sipagent.panel
from sipagent.panel.building import ROUTES
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import inside
from tests.panel.owner.owners import come_in, owners

pytestmark = pytest.mark.unit

#: A number, a day that has no time in UTC, and signs that mean something to a search.
ODD = ("0", "0001-01-01", '\x00é"*(')
#: All that pages read of their addresses.
NAMES = sorted(
    {
        name
        for file in Path(sipagent.panel.__file__).parent.rglob("*.py")
        for name in re.findall(r'query(?:\.get\(|\[)"(\w+)"', file.read_text("utf-8"))
    }
    | {"until", "status", "importance", "way", "assignee", "subject", "words", "agent", "ending"}
)
PAGES = [one for one in ROUTES if isinstance(one, Route) and one.method == "GET"]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    """Open a panel over the sample."""
    with owners(tmp_path_factory.mktemp("panel")) as one:
        yield one


@pytest.mark.parametrize("odd", ODD)
def test_no_page_fails(panel: Panel, odd: str) -> None:
    staff, owner = inside(panel, "adm"), come_in(panel)

    def status(route: Route, browser: Browser) -> int:
        path = re.sub(r"\{\w+\}", quote(odd, safe=""), route.path)
        query = dict.fromkeys(NAMES, odd)
        return browser.client.get(path, params=query, follow_redirects=False).status_code

    failed = [
        route.path
        for route in PAGES
        if status(route, owner if route.permission is Permission.OWNER else staff) == 500
    ]
    assert failed == []
