"""Groups, queues, rooms, boxes, hours, announcements and numbers, as administrators change them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.panel.permissions import Role
from tests.panel.browsing import Browser, Panel, opened

pytestmark = pytest.mark.unit

HOSTILE = "<script>alert(1)</script>"


def fill(db: sqlite_utils.Database) -> None:
    """Make a firm."""
    editing.add(db, "users", {"name": "Anna Nowak", "number": "101", "mobile": "+48600100101"})
    editing.add(db, "users", {"name": "Jan Kowal", "number": "102"})
    editing.add(db, "outside", {"name": "Ewa", "number": "+48600100102", "code": "*022"})
    members = ["user:Anna Nowak", "user:Jan Kowal"]
    editing.add(db, "groups", {"name": "Biuro", "number": "200", "members": members})
    editing.add(db, "announcements", {"name": "Zamknięte", "text": {"pl": "Zamknięte."}})
    editing.add(
        db, "boxes",
        {"name": "Biuro", "owner": "group:Biuro", "greetings": {"closed": "Zamknięte"}},
    )  # fmt: skip
    editing.add(db, "schedules", {"name": "Biuro", "hours": "mon-fri 08:00-16:00"})
    editing.add(db, "numbers", {"number": "+48221000200", "leads_to": "group:Biuro"})


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a firm."""
    with opened(tmp_path, fill) as panel:
        panel.add("adm", language="en")
        panel.add("anna", Role.USER, user="101")
        yield panel


@pytest.fixture
def browser(firm: Panel) -> Browser:
    """Return a browser in which an administrator is."""
    browser = firm.browser()
    browser.log_in("adm")
    return browser


def there(panel: Panel) -> Exchange:
    """Return the exchange as it is kept."""
    return panel.store.blocking.read(load).exchange


def controls(html: str) -> dict[str, str]:
    """Return what stands in the controls of the form of an entry, as a browser would send it."""
    form = html.partition('class="entry"')[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") == "checkbox" and " checked" not in tag:
            continue
        if "name" in attributes:
            found[attributes["name"]] = attributes.get("value", "on")
    for name, options in re.findall(
        r'<select id="[^"]*" name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(
        r'<textarea id="[^"]*" name="([^"]*)".*?>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = text
    return found


@pytest.mark.parametrize("kind", ["groups", "boxes", "schedules", "announcements", "numbers"])
def test_a_form_that_nobody_changes_changes_nothing(
    firm: Panel, browser: Browser, kind: str
) -> None:
    before = firm.store.blocking.read(load)
    (entry,) = before.exchange.entries(kind)
    page = browser.get(f"/exchange/{kind}/entry?key={entry.key.replace('+', '%2B')}")
    assert page.status_code == 200, page.text
    answer = browser.post(page.url.raw_path.decode(), **controls(page.text))
    assert answer.status_code == 200, answer.text
    assert 'class="done"' in answer.text
    after = firm.store.blocking.read(load)
    assert (after.exchange, after.version) == (before.exchange, before.version)
