"""People as a file: down, and up again with a report of what is wrong."""

import pytest
from httpx2 import Response

from sipagent.exchange import editing
from sipagent.exchange.lists import decoded
from tests.panel.browsing import Browser, Panel
from tests.panel.test_entries import browser_of, user

pytestmark = pytest.mark.unit

PATH = "/exchange/users/list"


def sent(
    browser: Browser, content: bytes, button: str, path: str = PATH, **headers: str
) -> Response:
    """Send a file by one of the two buttons."""
    return browser.client.post(
        path,
        data={"token": browser.token, button: ""},
        files={"list": ("people.csv", content, "text/csv")},
        headers={"origin": browser.origin, **headers},
    )


@pytest.fixture
def browser(panel: Panel) -> Browser:
    """Return the browser of an administrator of a firm of one."""
    anna = {"name": "Anna Nowak", "number": "101"}
    panel.store.blocking.write(lambda db: editing.add(db, "users", anna))
    panel.add("adm", language="en")
    browser = browser_of(panel)
    browser.get(PATH)
    return browser


def test_a_list_is_tried_out_and_then_taken(panel: Panel, browser: Browser) -> None:
    content = browser.get("/exchange/users.csv").content
    assert decoded(content, "").startswith("name,number,email")
    content += b"Ewa Lis,103,ewa@example.org\n"
    content = content.replace(b"101,", b"105,")
    page = sent(browser, content, "try")
    assert "would change 2 entries" in page.text
    assert "Internal number 101 → 105" in page.text
    assert user(panel, "103") is None
    page = sent(browser, content, "take")
    assert page.url.path == "/exchange/users"
    assert user(panel, "103") is not None
    assert user(panel, "105") is not None


def test_a_script_gets_the_report_alone_and_keeps_the_file(panel: Panel, browser: Browser) -> None:
    content = b"name,number\nEwa,103\n"
    part = sent(browser, content, "try", **{"hx-request": "true"})
    assert "<html" not in part.text
    assert "would change 1 entry" in part.text
    taken = sent(browser, content, "take", **{"hx-request": "true"})
    assert taken.headers["hx-redirect"] == "/exchange/users?done=changed"
    assert user(panel, "103") is not None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,number\nEwa,1\n", "line:2: number: &#39;1&#39; is not an internal number"),
        (b"\xff\xfe\x00", "line: cannot be read"),
        (b"PK\x03\x04\x00\x00", "cannot be read|there is no column"),
        (b"", "there is no column"),
        (b"<script>alert(1)</script>\n", "nobody knows|there is no column"),
    ],
)
def test_a_file_that_is_no_such_list_changes_nothing(
    panel: Panel, browser: Browser, content: bytes, says: str
) -> None:
    page = sent(browser, content, "take")
    assert page.status_code == 422
    assert any(one in page.text for one in says.split("|"))
    assert "<script>alert" not in page.text
    assert browser.get("/exchange/users.csv").text.count("\n") == 2


def test_without_a_file_nothing_happens(browser: Browser) -> None:
    page = browser.post(PATH, take="")
    assert page.status_code == 422
    assert "choose a file" in page.text


def test_a_price_list_is_taken_in_the_same_way(panel: Panel, browser: Browser) -> None:
    path = "/exchange/tariffs/list"
    content = "prefix;name;per_minute\n4860;Polska, komórki;0,0399\n".encode()
    assert "would change 1 entry" in sent(browser, content, "try", path).text
    page = sent(browser, content, "take", path)
    assert page.url.path == "/exchange/tariffs"
    assert "0.04 zł" in page.text
    assert browser.get("/exchange/tariffs.csv").text.splitlines()[1].startswith("+4860,")
    assert "Counted in how many seconds" in page.text
    page = sent(browser, b"prefix,name,per_minute\n48,x,tanio\n", "take", path)
    assert "is not an amount" in page.text
    assert "0.04 zł" in browser.get("/exchange/changes").text
