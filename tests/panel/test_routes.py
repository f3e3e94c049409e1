"""Every route: it has a permission, and nobody gets where their role does not let them."""

from collections.abc import Iterator

import pytest
import sqlite_utils
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from sipagent.exchange import editing
from sipagent.panel import people
from sipagent.panel.building import ROUTES
from sipagent.panel.permissions import Permission, Role, may
from sipagent.panel.web import Channel, Route
from tests.panel.browsing import Browser, Panel, opened

pytestmark = pytest.mark.unit

#: All that are not open to anybody.
CLOSED = [
    route
    for route in ROUTES
    if route.permission not in (Permission.ANYBODY, Permission.OWNER)
    and not isinstance(route, Channel)
]
CHANNELS = [route for route in ROUTES if isinstance(route, Channel)]
#: Those that change something.
FORMS = [
    route
    for route in ROUTES
    if isinstance(route, Route)
    and route.method == "POST"
    and route.permission is not Permission.OWNER
]


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    """Open one panel for all routes: each of them changes nothing."""
    with opened(tmp_path_factory.mktemp("panel"), firm) as one:
        one.add("anna")
        one.add("jan", Role.USER, user="101")
        one.add("bajka", Role.MANAGER, manager="B")
        yield one


def firm(db: sqlite_utils.Database) -> None:
    """Keep a user and a manager."""
    editing.add(db, "users", {"name": "Jan", "number": "101"})
    with db.conn:
        db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'B', 'B')")


def path(route: object) -> str:
    """Return a path that a route serves."""
    return str(getattr(route, "path", "")).replace("{", "").replace("}", "")


def test_every_route_has_a_permission_and_only_the_entrance_is_open() -> None:
    assert all(isinstance(route.permission, Permission) for route in ROUTES)
    opened = {route.path for route in ROUTES if route.permission is Permission.ANYBODY}
    assert opened == {
        "/login", "/login/code", "/login/mail", "/login/mail/code", "/welcome/{token}", "/logout",
        "/phone/{token}",
        "/chat", "/chat/begin", "/chat/say", "/chat/read", "/chat/types", "/chat/end", "/chat/copy",
        "/chat/news", "/chat/events", "/chat/files", "/chat/files/{file}",
        "/chat/files/{file}/small",
        "/help", "/help/panel", "/help/search", "/help/suggest", "/help/topics/{topic}",
        "/help/articles/{slug}", "/help/articles/{slug}/vote", "/help/pictures/{file}",
        "/screen/{screen}", "/screen/{screen}/part", "/screen/{screen}/events",
        "/owner", "/owner/login", "/owner/code", "/owner/enter", "/owner/pin", "/owner/logout",
        "/owner/stop/{token}",
    }  # fmt: skip


def test_two_routes_never_serve_the_same() -> None:
    served = [(getattr(route, "method", "GET"), route.path) for route in ROUTES]
    assert len(set(served)) == len(served)


@pytest.mark.parametrize("route", CLOSED, ids=path)
def test_a_stranger_is_asked_to_log_in_first(panel: Panel, route: Route) -> None:
    browser = panel.browser()
    browser.get("/login")
    posted = getattr(route, "method", "GET") == "POST"
    page = browser.post(path(route)) if posted else browser.get(path(route))
    assert page.url.path == "/login"


@pytest.mark.parametrize("route", FORMS, ids=path)
def test_a_form_of_another_site_changes_nothing(panel: Panel, route: Route) -> None:
    browser = panel.browser()
    browser.log_in("anna")
    browser.get("/account")

    def sent(token: str, **headers: str) -> int:
        fields = {"token": token}
        return browser.client.post(
            path(route), data=fields, headers=headers, follow_redirects=False
        ).status_code

    # Of who may not send files, none are taken in: the form with its token is not even read.
    turned_away = {403, 303, 404} if route.attachments else {403}
    token, own = browser.token, browser.origin
    assert sent(token) == 403  # says nothing of where it comes from
    assert sent(token, origin="https://evil.example") == 403
    assert sent(token, origin="null") == 403
    assert sent(token, origin=own, **{"sec-fetch-site": "cross-site"}) == 403
    assert sent(token, origin=own, **{"sec-fetch-site": "same-site"}) == 403
    assert sent("", origin=own) in turned_away
    assert sent("0" * 64, origin=own) in turned_away
    other = panel.browser()
    other.get("/login")
    assert sent(other.token, origin=own) in turned_away  # of another browser
    assert browser.get("/account").url.path == "/account"


@pytest.mark.parametrize("name", ["jan", "bajka"])
def test_what_is_not_for_a_role_is_not_there_for_it(panel: Panel, name: str) -> None:
    browser = panel.browser()
    browser.log_in(name)
    person = panel.store.blocking.read(lambda db: people.named(db, name))
    browser.get("/account")
    token, asked = browser.token, len(panel.line.asked)
    closed = [route for route in CLOSED if not person.may(route.permission)]
    assert closed
    for route in closed:
        posted = getattr(route, "method", "GET") == "POST"
        browser.token = token
        page = browser.post(path(route)) if posted else browser.get(path(route))
        assert page.status_code == 404, path(route)
        assert "There is no such page" in page.text
    assert panel.line.asked[asked:] == []


@pytest.mark.parametrize("route", CHANNELS, ids=path)
def test_a_channel_opens_from_a_page_of_the_panel_only(panel: Panel, route: Channel) -> None:
    """A page of another site cannot open one in somebody's name, nor a stranger at all."""
    known, stranger = panel.browser(), panel.browser()
    known.log_in("anna")
    own = known.origin

    def refused(browser: Browser, **headers: str) -> bool:
        try:
            with browser.channel(path(route), **headers):
                return False
        except (WebSocketDisconnect, WebSocketDenialResponse):
            return True

    assert not refused(known, origin=own)
    assert refused(known, accept="*/*")  # says nothing of where it comes from
    assert refused(known, origin="https://evil.example")
    assert refused(known, origin="null")
    assert refused(known, origin=own, **{"sec-fetch-site": "cross-site"})
    assert refused(known, origin=own, host="evil.example")
    assert refused(stranger, origin=own)


def test_administrators_may_all() -> None:
    """But what is for owners of the infoline: nobody of the panel is one."""
    allowed = {one for one in Permission if may(Role.ADMINISTRATOR, one)}
    assert allowed == set(Permission) - {Permission.OWNER}
