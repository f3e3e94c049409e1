"""What stands before every page: hosts, proxies, headers, sizes; and where the panel may listen."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response as Answer
from pydantic import ValidationError
from starlette.responses import Response

from sipagent.config_panel import PanelSection
from sipagent.panel.application import Application
from sipagent.panel.guard import MOST_BYTES
from sipagent.panel.pages import account, entrance
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.statics import Statics
from sipagent.panel.web import Route, Visit, as_json
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import fill

pytestmark = pytest.mark.unit


def addresses(panel: Panel) -> list[str]:
    """Return where those came from who have failed to log in."""
    rows = panel.store.blocking.read(
        lambda db: db.execute("SELECT value FROM login_failures WHERE kind = 'pin-number'")
    )
    return [value.removeprefix("panel:") for (value,) in rows.fetchall()]


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "0.0.0.0"},
        {"address": "192.0.2.1", "public_url": "https://panel.example.com"},
        {"public_url": "http://panel.example.com"},
        {"public_url": "https://panel.example.com/panel"},
        {"public_url": "panel.example.com"},
        {"certificate": "/a.pem"},
    ],
)
def test_passwords_never_go_over_a_network_as_they_are(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PanelSection.model_validate(wrong)


def test_with_a_certificate_it_may_listen_anywhere() -> None:
    section = PanelSection(address="0.0.0.0", certificate=Path("a"), private_key=Path("b"))
    assert section.encrypted


def test_a_name_that_leads_here_is_not_the_panel(panel: Panel) -> None:
    browser = panel.browser()
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1"):
        assert browser.client.get("/login", headers={"host": host}).status_code == 421
    assert browser.get("/login").status_code == 200


def test_every_answer_says_what_a_browser_may_do_with_it(panel: Panel) -> None:
    browser = panel.browser()
    for path, status in (("/login", 200), ("/nowhere", 404), ("/static/x/none.js", 404)):
        answer = browser.get(path)
        assert answer.status_code == status
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_nothing_stands_inline_and_nothing_comes_from_elsewhere(panel: Panel) -> None:
    panel.add("anna")
    browser = panel.browser()
    pages = [browser.get("/login").text, browser.log_in("anna").text, browser.get("/account").text]
    for page in pages:
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"\son[a-z]+=", page)
        assert "<script>" not in page
        assert "//" not in page.replace("://www.w3.org", "").partition("<body>")[2]


def test_over_https_the_cookie_is_of_this_host_alone(tmp_path: Path) -> None:
    with opened(tmp_path, panel={"public_url": "https://panel.example.com"}) as panel:
        answer = panel.browser().get("/login")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-sipagent=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie.split("; ")
        assert "max-age" in answer.headers["strict-transport-security"]
        panel.add("anna")
        assert panel.browser().log_in("anna").url.path == "/live"


def test_a_stranger_does_not_say_where_it_comes_from(panel: Panel) -> None:
    panel.browser(**{"x-forwarded-for": "192.0.2.77"}).log_in("nobody", "wrong")
    assert addresses(panel) == ["testclient"]


def test_a_proxy_says_where_a_browser_is(tmp_path: Path) -> None:
    trusted = {"trusted_proxies": ["127.0.0.1/32", "192.0.2.0/24"]}
    with opened(tmp_path, panel=trusted) as panel:
        browser = panel.browser(**{"x-forwarded-for": "203.0.113.9, 198.51.100.7, 192.0.2.1"})
        browser.client._transport.client = ("127.0.0.1", 5)  # type: ignore[attr-defined]
        browser.log_in("nobody", "wrong")
        # What stands before an address that nobody vouches for may be made up.
        assert addresses(panel) == ["198.51.100.7"]


def test_what_a_proxy_writes_on_a_line_of_its_own_counts(tmp_path: Path) -> None:
    with opened(tmp_path, panel={"trusted_proxies": ["127.0.0.1/32"]}) as panel:
        browser = panel.browser()
        browser.client._transport.client = ("127.0.0.1", 5)  # type: ignore[attr-defined]
        browser.get("/login")
        browser.client.post(
            "/login",
            data={"token": browser.token, "name": "nobody", "password": "wrong"},
            headers=[
                ("origin", browser.origin),
                ("x-forwarded-for", "203.0.113.9"),
                ("x-forwarded-for", "198.51.100.7"),
            ],
        )
        assert addresses(panel) == ["198.51.100.7"]


def test_a_form_is_one_and_not_too_large(panel: Panel) -> None:
    browser = panel.browser()
    browser.get("/login")
    own = {"origin": browser.origin}
    assert browser.post("/login", name="x" * MOST_BYTES).status_code == 413
    sent = browser.client.post("/login", json={"token": browser.token}, headers=own)
    assert sent.status_code == 415
    form = {**own, "content-type": "application/x-www-form-urlencoded"}
    assert browser.client.post("/login", content=b"a=%ff\xff", headers=form).status_code == 400
    many = "&".join(f"f{number}=" for number in range(2000))
    assert browser.client.post("/login", content=many, headers=form).status_code == 400


def taking_files(panel: Panel, most: int = 1000) -> Panel:
    """Return a panel with a page that takes files of people who may see trunks."""

    def work(visit: Visit) -> Response:
        files = [
            [name, one.filename, one.file.read().decode()] for name, one in visit.files.items()
        ]
        return as_json({"files": files, "told": visit.form.get("told")})

    taking = Route("/files", Permission.LIVE, work, "POST", files=most)
    routes = [*entrance.ROUTES, *account.ROUTES, taking]
    application = Application(panel.application._house, routes, Statics())
    return replace(panel, application=application)


def inside(panel: Panel) -> Browser:
    """Return a browser in which somebody is who may send files."""
    panel.add("anna")
    browser = taking_files(panel).browser()
    browser.log_in("anna")
    browser.get("/account")
    return browser


def send(browser: Browser, name: str, content: bytes, **fields: str) -> Answer:
    """Send a file with a form."""
    return browser.client.post(
        "/files",
        data={"token": browser.token, **fields},
        files={"sound": (name, content)},
        headers={"origin": browser.origin},
    )


def test_files_come_with_a_form_where_a_page_takes_them(panel: Panel) -> None:
    browser = inside(panel)
    expected = {"files": [["sound", "../a żółw.wav", "tone"]], "told": "ż"}
    assert send(browser, "../a żółw.wav", b"tone", told="ż").json() == expected
    assert send(browser, "", b"").json() == {"files": [], "told": None}
    assert browser.client.post(
        "/login", files={"sound": ("a", b"b")}, headers={"origin": browser.origin}
    ).status_code == 415  # fmt: skip


def test_files_of_strangers_are_not_read(tmp_path: Path) -> None:
    with opened(tmp_path, fill) as panel:
        panel.add("jan", Role.MANAGER, manager="BAJKA")
        browser = taking_files(panel).browser()
        browser.get("/login")
        # Longer than it may be: who may not send it is not told that.
        assert send(browser, "a.wav", b"x" * 10 * MOST_BYTES).url.path == "/login"
        browser.log_in("jan")
        browser.get("/account")
        assert send(browser, "a.wav", b"x" * 10 * MOST_BYTES).status_code == 404


def test_files_are_as_large_as_a_page_allows(panel: Panel) -> None:
    browser = inside(panel)
    assert send(browser, "a.wav", b"x" * (MOST_BYTES + 2000)).status_code == 413
    # What is no file is never longer than in other forms.
    assert send(browser, "a.wav", b"tone", told="x" * (MOST_BYTES + 1)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n--x--",
        b"--x\r\ncontent-disposition: form-data\r\n\r\na\r\n--x--\r\n",
        b'--y\r\ncontent-disposition: form-data; name="a"\r\n\r\na\r\n--y--\r\n',
        b'--x\r\ncontent-disposition: form-data; name="token"\r\n\r\n' + b"0" * 64,
        b'--x\r\ncontent-disposition: form-data; name="s"; filename="a"\r\n\r\nb',
    ],
)
def test_what_is_no_form_is_refused(panel: Panel, body: bytes) -> None:
    browser = inside(panel)
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data"):
        headers = {"origin": browser.origin, "content-type": kind}
        answer = browser.client.post("/files", content=body, headers=headers)
        assert answer.status_code in (400, 403)
