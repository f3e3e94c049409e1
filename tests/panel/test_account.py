"""One's own account: language, looks, codes of an app, one-time passwords, sessions."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlite_utils
import time_machine

from sipagent.exchange import editing
from sipagent.panel import totp
from sipagent.panel.permissions import Role
from sipagent.panel.sessions import Sessions
from tests.panel.browsing import PASSWORD, Panel, opened

pytestmark = pytest.mark.unit

#: Of RFC 6238, appendix B, in base32.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def code_of(secret: str, later: int = 0) -> str:
    """Return the code of now, or of a period later."""
    return totp.code_at(secret, int(datetime.now(UTC).timestamp()) // 30 + later)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching(RFC_SECRET, code, at) == seconds // 30
    assert totp.matching(RFC_SECRET, code, at + timedelta(minutes=2)) is None


def test_with_codes_of_an_app_the_password_alone_is_not_enough(panel: Panel) -> None:
    panel.add("anna", language="en")
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")
    page = browser.post("/account/second-proof").text
    secret = re.findall(r'name="secret" value="([A-Z2-7]{32})"', page)[0]
    assert "<svg" in page
    assert browser.post("/account/second-proof/confirm", secret=secret, code="1").status_code == 422
    page = browser.post("/account/second-proof/confirm", secret=secret, code=code_of(secret)).text
    assert "a code of the app is asked for" in page
    other = panel.browser()
    assert other.log_in("anna").url.path == "/login/code"
    assert other.get("/account").url.path == "/login"  # half of a login is none
    other.get("/login/code")
    assert other.post("/login/code", code="000000").status_code == 403
    assert other.post("/login/code", code=code_of(secret, 1)).url.path == "/live"
    third = panel.browser()
    third.log_in("anna")
    assert third.post("/login/code", code=code_of(secret, 1)).status_code == 403  # counts once


def mailed_code(folder: Path) -> str:
    """Return the one-time password in the only e-mail."""
    (letter,) = (folder / "outbox").glob("*.eml")
    text = message_from_bytes(letter.read_bytes()).get_payload(decode=True)
    assert isinstance(text, bytes)
    return str(re.findall(r"\b\d{8}\b", text.decode())[0])


def test_a_one_time_password_comes_by_e_mail_and_counts_once(panel: Panel, tmp_path: Path) -> None:
    panel.add("anna", email="anna@example.org", language="en")
    browser = panel.browser()
    browser.get("/login/mail")
    told = browser.post("/login/mail", name="anna").text
    stranger = panel.browser()
    stranger.get("/login/mail")
    unknown = stranger.post("/login/mail", name="nobody").text
    assert "on its way" in told
    assert "on its way" in unknown
    code = mailed_code(tmp_path)
    assert browser.post("/login/mail/code", name="nobody", code=code).status_code == 403
    assert browser.post("/login/mail/code", name="anna", code="00000000").status_code == 403
    assert browser.post("/login/mail/code", name="anna", code=code).url.path == "/live"
    stranger.get("/login/mail")
    assert stranger.post("/login/mail/code", name="anna", code=code).status_code == 403


def test_a_one_time_password_that_is_not_sent_takes_the_place_of_none(tmp_path: Path) -> None:
    with opened(tmp_path, mail={"per_owner": 1}) as panel:
        panel.add("anna", email="anna@example.org")
        browser = panel.browser()
        for _ in range(2):
            browser.get("/login/mail")
            browser.post("/login/mail", name="anna")
        code = mailed_code(tmp_path)
        assert browser.post("/login/mail/code", name="anna", code=code).url.path == "/live"


TEXTS = {"url": "https://sms.example/send", "sender": "Firma"}


def test_a_one_time_password_comes_by_text_to_the_mobile_of_a_user(tmp_path: Path) -> None:
    with opened(tmp_path, texts=TEXTS) as panel:
        user = {"name": "Anna", "number": "101", "mobile": "600 100 101"}
        panel.store.blocking.write(lambda db: editing.add(db, "users", user))
        panel.add("anna", Role.USER, user="101", language="en")
        browser = panel.browser()
        assert "text message" in browser.get("/login/mail").text
        told = browser.post("/login/mail", name="anna", way="text").text
        assert "on its way" in told
        (row,) = panel.store.blocking.read(lambda db: list(db["outbox"].rows))
        assert (row["medium"], row["recipient"]) == ("text", "+48600100101")
        code = mailed_code(tmp_path)
        assert browser.post("/login/mail/code", name="anna", code=code).url.path == "/calls"


@pytest.mark.parametrize(
    ("texts", "name", "way"),
    [(TEXTS, "szefowa", "text"), (TEXTS, "nobody", "text"), ({}, "anna", "text")],
)
def test_where_no_text_can_go_none_does_and_nobody_is_told(
    tmp_path: Path, texts: dict[str, object], name: str, way: str
) -> None:
    with opened(tmp_path, texts=texts) as panel:
        user = {"name": "Anna", "number": "101", "mobile": "600 100 101"}
        panel.store.blocking.write(lambda db: editing.add(db, "users", user))
        panel.add("anna", Role.USER, user="101")
        panel.add("szefowa")
        browser = panel.browser()
        browser.get("/login/mail")
        assert "on its way" in browser.post("/login/mail", name=name, way=way).text
        assert panel.store.blocking.read(lambda db: db["outbox"].count) == 0


def test_sessions_are_listed_and_ended_but_nobody_elses(panel: Panel) -> None:
    panel.add("anna")
    panel.add("jan")
    one, other, jan = panel.browser(), panel.browser(), panel.browser()
    one.log_in("anna")
    other.log_in("anna")
    jan.log_in("jan")
    ids = re.findall(r'name="session" value="([0-9a-f]{64})"', one.get("/account").text)
    assert len(ids) == 1
    jan.get("/account")
    jan.post("/account/sessions/end", session=ids[0])
    assert other.get("/account").url.path == "/account"
    one.get("/account")
    one.post("/account/sessions/end", session=ids[0])
    assert other.get("/account").url.path == "/login"
    assert one.get("/account").url.path == "/account"


def test_language_and_looks_are_kept_and_nothing_else_is(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")
    page = browser.post(
        "/account/preferences", language="en", theme="dark", role="user", back="//x"
    )
    assert page.url.path == "/account"
    assert 'lang="en" data-theme="dark"' in page.text
    page = browser.post("/account/preferences", language="xx", theme="'><script>")
    assert 'lang="en" data-theme="dark"' in page.text


@pytest.mark.parametrize(
    ("role", "idle", "over"), [(Role.ADMINISTRATOR, 31, True), (Role.USER, 31, False)]
)
def test_administrators_are_out_sooner(tmp_path: Path, role: Role, idle: int, over: bool) -> None:
    def fill(db: sqlite_utils.Database) -> None:
        editing.add(db, "users", {"name": "Anna Nowak", "number": "101"})

    with opened(tmp_path, fill) as panel:
        fields = {"user": "101"} if role is Role.USER else {}
        person = panel.add("anna", role, **fields)
        sessions, now = Sessions(panel.config.panel), datetime.now(UTC)
        secret = panel.store.blocking.write(
            lambda db: sessions.begin(db, person, now, proved=True, address="", browser="")
        )
        later = now + timedelta(minutes=idle)
        found = panel.store.blocking.read(lambda db: sessions.find(db, secret, later))
        assert (found is None) == over


def test_what_pages_ask_for_by_themselves_keeps_nobody_in(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")

    def seen() -> str:
        (row,) = panel.store.view.execute("SELECT seen FROM panel_sessions").fetchall()
        return str(row[0])

    began = seen()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=False):
        for path in ("/live/part", "/helpdesk/notices/part"):
            browser.get(path)
        assert seen() == began
        browser.get("/account")
        assert seen() > began


def test_a_secret_takes_the_place_of_none(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")
    own, other = RFC_SECRET, totp.new_secret()
    browser.post("/account/second-proof/confirm", secret=own, code=code_of(own))
    # Who sits down at an open browser takes nobody's second proof away without the password.
    browser.post("/account/second-proof/confirm", secret=other, code=code_of(other))
    with panel.store.view.conn:
        assert panel.store.view.execute("SELECT totp FROM panel_people").fetchall() == [(own,)]


def test_who_knows_the_password_drops_a_secret_and_may_take_another(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")
    browser.post("/account/second-proof/confirm", secret=RFC_SECRET, code=code_of(RFC_SECRET))
    assert browser.post("/account/second-proof/drop", password="wrong").status_code == 403
    browser.post("/account/second-proof/drop", password=PASSWORD)
    other = totp.new_secret()
    browser.post("/account/second-proof/confirm", secret=other, code=code_of(other))
    with panel.store.view.conn:
        assert panel.store.view.execute("SELECT totp FROM panel_people").fetchall() == [(other,)]


def test_the_code_that_was_shown_for_a_secret_lets_nobody_in(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")
    code = code_of(RFC_SECRET)
    browser.post("/account/second-proof/confirm", secret=RFC_SECRET, code=code)
    other = panel.browser()
    other.log_in("anna")
    assert other.post("/login/code", code=code).status_code == 403
