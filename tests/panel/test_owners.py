"""Owners in the panel: searching, editing as imports check it, PINs, test calls, whose they are."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from sipagent.infoline.editing import Changes, edit_owner, existing
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.model import Owner
from sipagent.infoline.pins import Pins, has_pin
from sipagent.panel.people import note
from sipagent.panel.permissions import Role
from tests.panel.browsing import Panel
from tests.panel.firms import ANNA, ANNAS_PHONE, JAN, deeds, firms, inside, save

pytestmark = pytest.mark.unit

PATH = f"/infoline/owners/{ANNA}"
STAFF = "+48600999888"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the owners of two managers."""
    with firms(tmp_path) as one:
        yield one


def owner(panel: Panel, login: str = ANNA) -> Owner:
    return panel.store.blocking.read(lambda db: existing(db, login))


def listed(page: str) -> list[str]:
    return re.findall(r'href="/infoline/owners/(\d+)"', page)


@pytest.mark.parametrize(("name", "count"), [("adm", 15), ("klucz", 8), ("bajka", 7)])
def test_everybody_sees_their_own_owners_only(panel: Panel, name: str, count: int) -> None:
    browser = inside(panel, name)
    assert len(listed(browser.get("/infoline/owners").text)) == count
    assert listed(browser.get("/infoline/owners?q=przykladowa").text) == (
        [] if name == "bajka" else [ANNA]
    )


def test_an_owner_of_somebody_else_is_not_there(panel: Panel) -> None:
    browser, before = inside(panel, "bajka"), owner(panel)
    stranger = browser.get("/infoline/owners/999999")
    assert stranger.status_code == 404
    assert browser.get(f"/infoline/owners/{ANNA}").text == stranger.text
    browser.get(f"/infoline/owners/{JAN}")
    for path in ("", "/pin", "/trial", "/trial/end"):
        answer = browser.post(
            f"/infoline/owners/{ANNA}{path}", number=STAFF, name="X", pin="590318"
        )
        assert answer.status_code == 404
    assert owner(panel) == before
    assert not panel.store.blocking.read(lambda db: has_pin(db, before))


def test_a_user_of_the_exchange_sees_no_owners(tmp_path: Path) -> None:
    from sipagent.exchange import editing  # noqa: PLC0415

    with firms(tmp_path) as panel:
        panel.store.blocking.write(
            lambda db: editing.add(db, "users", {"name": "Jan", "number": "101"})
        )
        panel.add("jan", Role.USER, user="101")
        assert inside(panel, "jan").get("/infoline/owners").status_code == 404


def test_pages_follow_each_other(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipagent.panel.pages.owners._PAGE", 4)
    browser = inside(panel, "adm")
    page = browser.get("/infoline/owners").text
    seen = listed(page)
    while found := re.search(r'href="([^"]*after=[^"]*)"', page):
        page = browser.get(found[1].replace("&amp;", "&")).text
        seen += listed(page)
    assert len(seen) == len(set(seen)) == 15


@pytest.mark.parametrize(
    "query", ["after=x", "after=1~", "after=~", "estate=x", "estate=-1", "q=%00"]
)
def test_an_address_that_was_tampered_with_fails_nothing(panel: Panel, query: str) -> None:
    assert inside(panel, "adm").get(f"/infoline/owners?{query}").status_code == 200


def test_phones_and_addresses_are_checked_as_imports_check_them(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get(f"/infoline/owners/{ANNA}").text
    phones = "600 100 101 (mama)\r\ntel. 22 100 02 00; +442079460123"
    assert save(browser, PATH, page, phones=phones, emails="anna@example.org")[0] == 200
    assert owner(panel).phones == (ANNAS_PHONE, "+48221000200", "+442079460123")
    assert owner(panel).emails == ("anna@example.org",)
    page = browser.get(f"/infoline/owners/{ANNA}").text
    status, page = save(browser, PATH, page, phones="6001OO1O1", emails="anna@", name="Nowa")
    assert status == 422
    assert "This is no telephone number." in page
    assert "This is no e-mail address." in page
    assert ">\n6001OO1O1</textarea>" in page  # what was typed is there still
    assert owner(panel).name == "Anna Przykładowa"


def test_two_who_edit_at_once_lose_nothing(panel: Panel) -> None:
    one, other = inside(panel, "adm"), inside(panel, "klucz")
    first = one.get(f"/infoline/owners/{ANNA}").text
    second = other.get(f"/infoline/owners/{ANNA}").text
    assert save(one, PATH, first, phones="600100101\n600100199")[0] == 200
    # Of another field: both stay.
    assert save(other, PATH, second, name="Anna Inna")[0] == 200
    assert owner(panel).phones == (ANNAS_PHONE, "+48600100199")
    assert owner(panel).name == "Anna Inna"
    # Of the same one: whoever comes second sees both, and nothing is kept.
    status, page = save(other, PATH, second, phones="600100155")
    assert status == 409
    assert "+48600100199" in page
    assert ">\n600100155</textarea>" in page
    assert owner(panel).phones == (ANNAS_PHONE, "+48600100199")
    assert save(other, PATH, page, phones="600100155")[0] == 200
    assert owner(panel).phones == ("+48600100155",)


def test_changes_are_on_record_with_what_was_before(panel: Panel) -> None:
    browser = inside(panel, "klucz")
    page = browser.get(f"/infoline/owners/{ANNA}").text
    save(browser, PATH, page, phones="600100199", blocked="on")
    about = "100001 phones: +48600100101 → 600100199; blocked: - → on"
    assert deeds(panel, "owner-changed") == [("klucz", about)]
    panel.store.blocking.write(
        lambda db: note(db, datetime.now(UTC), "adm", "", "owner-changed", "1000011 name: x → y")
    )
    page = browser.get(PATH).text
    assert "phones: +48600100101 → 600100199" in page
    assert "name: x → y" not in page  # of somebody else, whose login begins alike


def test_names_are_text(panel: Panel) -> None:
    panel.store.blocking.write(lambda db: edit_owner(db, ANNA, Changes(name=HOSTILE)))
    browser = inside(panel, "adm")
    for path in (f"/infoline/owners/{ANNA}", "/infoline/owners", f"/infoline/owners?q={HOSTILE}"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_a_pin_is_shown_once_where_it_was_drawn(panel: Panel) -> None:
    panel.store.blocking.write(lambda db: edit_contract(db, "ZLOTY-KLUCZ", {"pin_login": "yes"}))
    browser = inside(panel, "klucz")
    browser.get(f"/infoline/owners/{ANNA}")
    page = browser.post(f"/infoline/owners/{ANNA}/pin", pin="").text
    pin = re.findall(r'class="secret">(\d{6})<', page)[0]
    pins = Pins(panel.store.blocking, panel.config.login)
    now = datetime.now(UTC)
    assert pins.decide(ANNA, pin, None, now, False).verdict is Verdict.ACCEPTED
    assert pin not in browser.get(f"/infoline/owners/{ANNA}").text
    assert browser.post(f"/infoline/owners/{ANNA}/pin", pin="123456").status_code == 422
    assert browser.post(f"/infoline/owners/{ANNA}/pin", pin="590318").status_code == 200
    assert pins.decide(ANNA, "590318", None, now, False).verdict is Verdict.ACCEPTED
    browser.post(f"/infoline/owners/{ANNA}/pin", do="remove")
    assert not panel.store.blocking.read(lambda db: has_pin(db, existing(db, ANNA)))
    # What was done is on record, and no PIN.
    assert deeds(panel, "pin-set") == [("klucz", ANNA)] * 2
    assert deeds(panel, "pin-removed") == [("klucz", ANNA)]


@time_machine.travel(datetime(2026, 9, 1, 12, tzinfo=UTC), tick=False)
def test_a_test_call_is_allowed_until_midnight(panel: Panel) -> None:
    login = Login(panel.store.blocking, panel.config.login)
    browser = inside(panel, "klucz")
    browser.get(f"/infoline/owners/{ANNA}")
    assert browser.post(f"/infoline/owners/{ANNA}/trial", number="12").status_code == 422
    page = browser.post(f"/infoline/owners/{ANNA}/trial", number="600 999 888").text
    assert STAFF in page
    assert login.check(ANNA, STAFF, now=datetime.now(UTC)).verdict is Verdict.ACCEPTED
    page = browser.post(f"/infoline/owners/{ANNA}/trial/end", number=STAFF).text
    assert f'value="{STAFF}"' not in page
    assert login.check(ANNA, STAFF, now=datetime.now(UTC)).verdict is Verdict.REFUSED
