"""Coming in and going out, as a browser sees it."""

import re
from pathlib import Path

import pytest

from sipagent.panel import people
from sipagent.panel.permissions import Role
from tests.panel.browsing import PASSWORD, Panel, opened

pytestmark = pytest.mark.unit


def test_who_is_new_chooses_a_password_by_a_link_and_is_in(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    link = panel.invite("anna")
    assert "Choose a password" in browser.get(link).text
    page = browser.post(link, password="pięć żółtych rowerów", again="pięć żółtych rowerów")
    assert page.status_code == 200
    assert "anna" in page.text
    assert page.url.path == "/live"
    assert panel.browser().get(link).status_code == 404
    assert panel.browser().log_in("ANNA", "pięć żółtych rowerów").url.path == "/live"


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("krótkie", "krótkie", "12 to 200 characters"),
        ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", "easy to guess"),
        ("anna i jej kot Mruczek", "anna i jej kot Mruczek", "easy to guess"),
        ("pięć żółtych rowerów", "pięć żółtych rowerów!", "two passwords differ"),
    ],
)
def test_a_bad_password_is_told_and_the_link_still_holds(
    panel: Panel, password: str, again: str, says: str
) -> None:
    panel.add("anna")
    browser, link = panel.browser(), panel.invite("anna")
    browser.get(link)
    page = browser.post(link, password=password, again=again)
    assert page.status_code == 422
    assert says in page.text
    assert password not in page.text
    assert browser.get(link).status_code == 200


def test_a_wrong_password_keeps_the_name_and_says_nothing_of_what_was_wrong(panel: Panel) -> None:
    panel.add("anna")
    known = panel.browser().log_in("anna", "wrong")
    unknown = panel.browser().log_in("stranger", "wrong")
    assert known.status_code == unknown.status_code == 403
    assert 'value="anna"' in known.text

    def alike(text: str, name: str) -> str:
        return re.sub(r"[0-9a-f]{64}", "", text).replace(name, "")

    assert alike(known.text, "anna") == alike(unknown.text, "stranger")


def test_who_errs_too_often_waits_even_with_the_right_password(tmp_path: Path) -> None:
    with opened(tmp_path, login={"failures": 2, "wait": 90}) as panel:
        panel.add("anna")
        browser = panel.browser()
        browser.log_in("anna", "wrong")
        assert "in 2 minutes" in browser.log_in("Anna", "wrong").text
        assert browser.log_in("anna").status_code == 403
        with panel.store.view.conn:
            row = panel.store.view.execute("SELECT value, failures FROM login_failures").fetchall()
        assert ("panel:anna", 2) in row


def test_the_number_that_a_browser_keeps_is_another_one_after_login(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.get("/login")
    before = dict(browser.client.cookies)
    # Whoever has planted a number in a browser knows nothing of the session.
    browser.log_in("anna")
    after = dict(browser.client.cookies)
    assert before.keys() == after.keys()
    assert before != after
    stranger = panel.browser()
    stranger.client.cookies.update(before)
    assert stranger.get("/account").url.path == "/login"


def test_who_logs_out_is_out_wherever_the_number_was_copied(panel: Panel) -> None:
    panel.add("anna")
    browser, copy = panel.browser(), panel.browser()
    browser.log_in("anna")
    copy.client.cookies.update(dict(browser.client.cookies))
    assert copy.get("/account").url.path == "/account"
    browser.post("/logout")
    assert copy.get("/account").url.path == "/login"


def test_a_new_password_ends_all_sessions(panel: Panel) -> None:
    panel.add("anna")
    other = panel.browser()
    other.log_in("anna")
    browser, link = panel.browser(), panel.invite("anna")
    browser.get(link)
    browser.post(link, password="pięć żółtych rowerów", again="pięć żółtych rowerów")
    assert other.get("/account").url.path == "/login"
    assert panel.browser().log_in("anna", PASSWORD).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR])
def test_after_login_somebody_is_where_they_wanted_to_be(panel: Panel, role: Role) -> None:
    panel.add("anna", role)
    browser = panel.browser()
    assert browser.get("/account").url.query == b"next=%2Faccount"
    page = browser.post("/login?next=%2Faccount", name="anna", password=PASSWORD)
    assert page.url.path == "/account"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "/\t/evil.example", "///evil.example", "http:evil.example",
        "http://[", "//[", "/ł",
    ],
)  # fmt: skip
def test_after_login_nobody_is_led_elsewhere(panel: Panel, elsewhere: str) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.get("/login")
    browser.client.follow_redirects = False
    answer = browser.client.post(
        "/login",
        params={"next": elsewhere},
        data={"token": browser.token, "name": "anna", "password": PASSWORD},
        headers={"origin": browser.origin},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_of_two_who_have_a_link_at_the_same_time_one_chooses(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = panel.add("anna")
    browser, link = panel.browser(), panel.invite("anna")
    browser.get(link)

    def meanwhile(password: str, name: str) -> str:
        panel.store.blocking.write(lambda db: people.set_password(db, anna.id, "chosen"))
        return "other"

    monkeypatch.setattr(people, "hashed", meanwhile)
    chosen = "pięć żółtych rowerów"
    assert browser.post(link, password=chosen, again=chosen).status_code == 404
    kept = panel.store.blocking.read(lambda db: people.kept_password(db, anna.id))
    assert kept == "chosen"
