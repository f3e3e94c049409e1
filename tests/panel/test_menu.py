"""The menu: each entry leads to a page that asks for the same, and has a name."""

import pytest

from sipagent.exchange import editing
from sipagent.panel.building import ROUTES
from sipagent.panel.menu import MENU, Entry, Section, here
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.words import load
from tests.panel.browsing import Panel

pytestmark = pytest.mark.unit

USER = {"name": "Jan", "number": "101", "email": "jan@example.org"}
ENTRIES = [entry for section in MENU for entry in section.entries]
CALLS = Entry("/calls", "calls", Permission.HISTORY)
MINE = Entry("/calls/x", "x", Permission.ACCOUNT)
SECTIONS = (
    Section("a", (Entry("/live", "live", Permission.LIVE),)),
    Section("b", (CALLS, MINE)),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.path)
def test_each_entry_leads_to_a_page_that_asks_for_the_same(entry: Entry) -> None:
    pages = {route.path: route for route in ROUTES if getattr(route, "method", "") == "GET"}
    assert pages[entry.path].permission is entry.permission


def test_sections_and_entries_have_names_in_both_languages() -> None:
    keys = {f"nav.{one}" for one in [*(s.key for s in MENU), *(e.key for e in ENTRIES)]}
    assert all(keys <= words.keys() for words in load().values())


def test_the_longest_path_says_where_somebody_is() -> None:
    section, entry = here(SECTIONS, "/calls/x/17") or pytest.fail("it is there")
    assert (section.key, entry.key) == ("b", "x")
    assert here(SECTIONS, "/callsx") is None


def test_who_may_not_open_a_page_does_not_see_it(panel: Panel) -> None:
    panel.add("anna")
    panel.store.blocking.write(lambda db: editing.add(db, "users", USER))
    panel.add("jan", Role.USER, user="101")
    shown = {}
    for name in ("anna", "jan"):
        browser = panel.browser()
        browser.log_in(name)
        shown[name] = browser.get("/account").text
    assert 'href="/live"' in shown["anna"]
    assert 'href="/live"' not in shown["jan"]
    assert 'href="/calls"' in shown["jan"]
