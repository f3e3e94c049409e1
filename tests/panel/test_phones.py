"""Phones in the panel: what is typed into them, once; links by which Linphone sets itself up."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.model import Phone
from sipagent.exchange.reading import load
from sipagent.panel import phone_links
from sipagent.telephony.accounts import Account
from tests.panel.browsing import Panel, opened
from tests.panel.test_entries import browser_of, records, typed

pytestmark = pytest.mark.unit

LINPHONE = {"x-linphone-provisioning": "1"}
_VALUE = re.compile(r"<dd><code[^>]*>([^<]+)</code>")


def fill(db: sqlite_utils.Database) -> None:
    """Keep a user."""
    editing.add(db, "users", {"name": "Anna Nowak", "number": "101"})
    editing.add(db, "tariffs", {"prefix": "+4860", "name": "komórki", "per_minute": 10})


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a firm of one."""
    with opened(tmp_path, fill, sip={"address": "192.0.2.7"}) as panel:
        panel.add("adm", language="en")
        yield panel


def phone(panel: Panel, account: str) -> Phone | None:
    """Return a phone as it is kept."""
    found = panel.store.blocking.read(load).exchange.find("phones", account)
    return found if isinstance(found, Phone) else None


def opens(kept: Phone | None, word: str) -> bool:
    """Whether a password is that of a phone."""
    assert kept is not None
    known = Account.of(kept.account, word, realm=kept.realm, extension="")
    return (known.md5, known.sha256) == (kept.md5, kept.sha256)


def link_of(page: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.findall(r"http://127\.0\.0\.1:9466(/phone/[\w-]+)", page)
    return str(found[0])


def test_a_phone_is_given_and_its_password_shown_once(firm: Panel) -> None:
    browser = browser_of(firm)
    page = browser.get("/exchange/users/entry?key=Anna+Nowak").text
    assert "This person has no phone yet." in page
    page = browser.get("/exchange/phones/new?user=Anna+Nowak").text
    assert typed(page)["user"] == "Anna Nowak"
    page = browser.post("/exchange/phones/new", user="Anna Nowak", label="Linphone").text
    account, word, server = _VALUE.findall(page)
    assert (account, server) == ("101-1", "192.0.2.7:5060")
    assert opens(phone(firm, "101-1"), word)
    assert "<svg" in page
    browser.get("/exchange/phones/entry?key=101-1")
    assert word not in browser.get("/exchange/phones/entry?key=101-1").text
    assert word not in browser.get("/exchange/changes").text
    page = browser.post("/exchange/phones/renew?key=101-1").text
    assert not opens(phone(firm, "101-1"), word)
    assert opens(phone(firm, "101-1"), _VALUE.findall(page)[1])
    assert records(firm) == [("adm", "added", "101-1"), ("adm", "changed", "101-1")]


def test_a_phone_of_nobody_is_not_given(firm: Panel) -> None:
    browser = browser_of(firm)
    browser.get("/exchange/phones/new")
    page = browser.post("/exchange/phones/new", user="Nobody", label="Linphone")
    assert page.status_code == 422
    assert "there is no user" in html.unescape(page.text)
    assert 'value="Linphone"' in page.text


def test_linphone_sets_itself_up_by_a_link_once(firm: Panel) -> None:
    browser = browser_of(firm)
    browser.get("/exchange/phones/new")
    browser.post("/exchange/phones/new", user="Anna Nowak")
    browser.get("/exchange/phones/entry?key=101-1")
    page = browser.post("/exchange/phones/link?key=101-1").text
    link = link_of(page)
    before = phone(firm, "101-1")
    # A browser, and whatever looks at links before people do, uses nothing up.
    telephone = firm.browser()
    assert "Please install the app" in telephone.get(link).text
    assert telephone.client.head(link, headers=LINPHONE).status_code == 200
    assert phone(firm, "101-1") == before
    answer = telephone.client.get(link, headers=LINPHONE)
    assert answer.headers["content-type"] == "application/xml"
    names = {
        f"{section.get('name')}/{one.get('name')}": one.text
        for section in ET.fromstring(answer.content)
        for one in section
    }
    assert names["auth_info_0/username"] == "101-1"
    assert opens(phone(firm, "101-1"), names["auth_info_0/passwd"] or "")
    assert names["misc/transient_provisioning"] == "1"
    assert ("exchange.catch-up", {}) in firm.line.asked  # the line knows before Linphone registers
    assert telephone.client.get(link, headers=LINPHONE).status_code == 404
    assert records(firm)[-1] == ("adm", "changed", "101-1")


def test_a_link_holds_as_long_as_it_says_and_the_last_one_counts(firm: Panel) -> None:
    now, sip = datetime.now(UTC), firm.config.sip
    data = firm.store.blocking
    kept = {"account": "101-1", "user": "Anna Nowak"}
    data.write(lambda db: editing.add(db, "phones", kept))

    def make() -> str:
        return data.write(lambda db: phone_links.make(db, "101-1", now, 1, "adm"))

    first, second = make(), make()
    late = now + timedelta(hours=2)
    assert data.write(lambda db: phone_links.use(db, first, now, sip)) is None
    assert data.write(lambda db: phone_links.use(db, second, late, sip)) is None
    assert data.write(lambda db: phone_links.use(db, second, now, sip)) is not None
    third = make()
    data.write(lambda db: editing.remove(db, "phones", "101-1"))
    assert data.write(lambda db: phone_links.use(db, third, now, sip)) is None


def test_a_pin_is_drawn_shown_once_and_taken_away(firm: Panel) -> None:
    browser = browser_of(firm)
    browser.get("/exchange/users/entry?key=Anna+Nowak")
    page = browser.post("/exchange/users/pin?key=Anna+Nowak", draw="").text
    (drawn,) = re.findall(r'class="secret">(\d+)<', page)
    page = browser.get("/exchange/users/entry?key=Anna+Nowak").text
    assert drawn not in page
    assert 'name="take"' in page
    assert drawn not in browser.get("/exchange/changes").text
    browser.post("/exchange/users/pin?key=Anna+Nowak", take="")
    assert 'name="take"' not in browser.get("/exchange/users/entry?key=Anna+Nowak").text


def test_a_mobile_outside_is_asked_to_press_a_key_unless_somebody_says_otherwise(
    firm: Panel,
) -> None:
    """A mobile's voicemail never swallows a caller."""
    browser = browser_of(firm)
    fields = typed(browser.get("/exchange/outside/new").text)
    assert fields["confirm"] == "usual"
    fields |= {"name": "Jan, mobile", "number": "600 100 101", "code": "*022", "text": "Z biura."}
    page = browser.post("/exchange/outside/new", **fields)
    assert "costs 0.10 zł" in page.text
    page = browser.post("/exchange/outside/new", **typed(page.text), text="Z biura.")
    assert "Added." in page.text
    assert typed(page.text)["confirm"] == "on"
    there = firm.store.blocking.read(load).exchange
    assert there.outside[0].told() | {"number": "+48600100101", "text": "Z biura."} == (
        there.outside[0].told()
    )


def test_who_may_order_calls_gets_a_pin(firm: Panel) -> None:
    browser = browser_of(firm)
    fields = typed(browser.get("/exchange/authorised/new").text)
    fields |= {"number": "22 100 02 00", "user": "Anna Nowak", "told.number": "+48221000200"}
    page = browser.post("/exchange/authorised/new", **fields)
    assert "Added." in page.text
    page = browser.post("/exchange/authorised/pin?key=%2B48221000200", draw="")
    assert 'class="secret"' in page.text
    assert firm.store.blocking.read(load).exchange.authorised[0].has_secret
