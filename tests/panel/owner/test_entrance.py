"""Owners come in and go out, and strangers learn nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.pins import set_pin
from sipagent.panel.building import ROUTES
from sipagent.panel.guard import Door
from sipagent.panel.owner.sessions import IDLE
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Way
from tests.panel.browsing import Panel
from tests.panel.owner.owners import EMAIL, LOGIN, code_of, come_in, entered, owners, sent, ways_of

pytestmark = pytest.mark.unit

CLOSED = [route for route in ROUTES if route.permission is Permission.OWNER]


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the sample."""
    with owners(tmp_path) as one:
        yield one


def test_each_page_of_owners_is_behind_their_door_and_nothing_else_is() -> None:
    behind = [route for route in ROUTES if Door.of(route.path) is Door.OWNERS]
    assert all(one.permission in (Permission.OWNER, Permission.ANYBODY) for one in behind)
    assert all(one in behind for one in CLOSED)
    assert Door.of("/ownership") is Door.PANEL


def test_a_code_to_an_address_on_record_lets_in(panel: Panel) -> None:
    browser = panel.browser()
    ways = ways_of(browser, " 100-001 ")
    assert list(ways) == ["An e-mail to a***@…", "A text to …101"]
    browser.post("/owner/code", login=LOGIN, way=ways["An e-mail to a***@…"])
    [(entry, letter)] = sent(panel)
    assert (entry.recipient, entry.kind) == (EMAIL, "owner-code")
    assert "for 15 minutes" in letter
    before = browser.client.cookies["sipagent-owner"]
    page = browser.post("/owner/enter", login=LOGIN, code=code_of(panel))
    assert (page.status_code, page.url.path) == (200, "/owner")
    assert "Anna Przykładowa" in page.text
    assert browser.client.cookies["sipagent-owner"] != before  # nobody else knows this one
    assert "Balance" in browser.get("/owner/balance").text
    browser.post("/owner/logout")
    assert browser.get("/owner/balance").url.path == "/owner"


def test_a_text_to_a_mobile_lets_in(panel: Panel) -> None:
    browser = panel.browser()
    way = ways_of(browser)["A text to …101"]
    browser.post("/owner/code", login=LOGIN, way=way)
    [(entry, words)] = sent(panel)
    assert (entry.medium, entry.recipient) == ("text", "+48600100101")
    assert "Please tell it to nobody" in words
    assert browser.post("/owner/enter", login=LOGIN, code=code_of(panel)).url.path == "/owner"


def test_a_login_that_nobody_has_is_answered_in_the_same_way(panel: Panel) -> None:
    answers = []
    for login in (LOGIN, "400017"):
        browser = panel.browser()
        ways = ways_of(browser, login)
        assert ways
        way = next(iter(ways.values()))
        first = browser.post("/owner/code", login=login, way=way)
        wrong = browser.post("/owner/enter", login=login, way=way, code="000000")
        answers.append((first.status_code, wrong.status_code, "does not fit" in wrong.text))
    assert answers == [(200, 403, True)] * 2
    assert [entry.recipient for entry, _ in sent(panel)] == [EMAIL]


def test_another_browser_gets_nowhere_with_a_code_and_guessing_ends(panel: Panel) -> None:
    mine, stranger = panel.browser(), panel.browser(**{"accept-language": "pl"})
    way = next(iter(ways_of(mine).values()))
    mine.post("/owner/code", login=LOGIN, way=way)
    ways_of(stranger)
    code = code_of(panel)
    for _ in range(5):
        page = stranger.post("/owner/enter", login=LOGIN, code=code)
        assert page.status_code == 403
    assert "Proszę spróbować za minutę" in page.text
    assert stranger.get("/owner/balance").url.path == "/owner"


def test_letters_that_were_not_asked_for_end(panel: Panel) -> None:
    browser = panel.browser()
    way = next(iter(ways_of(browser).values()))
    pages = [browser.post("/owner/code", login=LOGIN, way=way) for _ in range(13)]
    assert [one.status_code for one in pages] == [200] * 12 + [429]
    assert "Very many codes" in pages[-1].text
    assert len(sent(panel)) == 10  # to one address


def test_a_pin_lets_in_where_the_estate_lets_it(panel: Panel) -> None:
    browser = panel.browser()
    browser.get("/owner")
    assert "PIN" not in browser.post("/owner/login", login=LOGIN).text
    counts = {"pin_login": "yes"}
    panel.store.blocking.write(lambda db: edit_contract(db, "ZLOTY-KLUCZ", counts))
    panel.store.blocking.write(lambda db: set_pin(db, LOGIN, "590318"))
    for login in (LOGIN, "400017"):  # whoever has the login
        assert "I have a PIN" in browser.post("/owner/login", login=login).text
    assert browser.post("/owner/pin", login=LOGIN, pin="111111").status_code == 403
    assert "Anna" in browser.post("/owner/pin", login=LOGIN, pin="590318").text


def test_who_is_shut_out_hears_why_as_on_the_telephone_and_is_out_at_once(panel: Panel) -> None:
    inside, browser = come_in(panel), panel.browser()
    panel.store.blocking.write(lambda db: edit_owner(db, LOGIN, Changes(blocked=True)))
    assert inside.get("/owner/balance").url.path == "/owner"
    page = entered(panel, browser)
    assert page.status_code == 403
    assert "the information line is switched off for this login" in page.text


def test_owners_and_people_of_the_panel_are_never_each_other(panel: Panel) -> None:
    owner, person = come_in(panel), panel.browser()
    person.log_in("adm")
    assert owner.get("/live").url.path == "/login"
    assert person.get("/owner/balance").url.path == "/owner"
    person.client.cookies.set("sipagent-owner", person.client.cookies["sipagent"])
    assert person.get("/owner/balance").url.path == "/owner"


def test_a_stranger_gets_nowhere(panel: Panel) -> None:
    browser = panel.browser()
    for route in CLOSED:
        browser.get("/owner")
        posted = getattr(route, "method", "GET") == "POST"
        page = browser.post(path_of(route)) if posted else browser.get(path_of(route))
        assert page.url.path == "/owner", route.path


def test_a_form_of_another_site_changes_nothing(panel: Panel) -> None:
    browser = come_in(panel)
    browser.get("/owner/account")
    for route in CLOSED:
        if getattr(route, "method", "GET") != "POST":
            continue
        for token, origin in (
            (browser.token, "https://evil.example"),
            ("0" * 64, browser.origin),
            ("", browser.origin),
        ):
            answer = browser.client.post(
                path_of(route), data={"token": token}, headers={"origin": origin}
            )
            # A chat that somebody has not is not there, before its files are read.
            assert answer.status_code in (403, 404), route.path
    assert browser.get("/owner/account").url.path == "/owner/account"


def path_of(route: Way) -> str:
    """Return a path that a route serves."""
    return route.path.replace("{", "").replace("}", "")


def test_a_session_ends_unless_somebody_stays(panel: Panel) -> None:
    with time_machine.travel("2026-11-26T12:00:00+00:00", tick=False) as clock:
        browser = come_in(panel)
        assert "The page closes by itself at 13:45" in browser.get("/owner/balance").text
        clock.shift(IDLE - timedelta(minutes=1))
        page = browser.post("/owner/account/stay", back="/owner/balance")
        assert page.url.path == "/owner/balance"
        clock.shift(IDLE - timedelta(minutes=1))
        assert browser.get("/owner/balance").url.path == "/owner/balance"
        clock.shift(IDLE)
        assert browser.get("/owner/balance").url.path == "/owner"


def test_sessions_are_listed_and_ended_and_letters_grow(panel: Panel) -> None:
    first, second = come_in(panel), come_in(panel)
    page = first.get("/owner/account")
    assert page.text.count("Since") == 2
    first.post("/owner/account/end-others")
    assert second.get("/owner/balance").url.path == "/owner"
    first.post("/owner/account/preferences", size="largest", language="pl")
    page = first.get("/owner")
    assert 'data-size="largest"' in page.text
    assert "Dzień dobry" in page.text
    first.post("/owner/account/preferences", size="x", language="xx", back="https://evil.example")
    assert 'lang="pl"' in first.get("/owner").text
