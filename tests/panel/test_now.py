"""What goes on now: what the page shows, its events, and ending what goes on."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.panel.live import Live, Snapshot
from sipagent.panel.pages import now
from sipagent.panel.pages.now import ROUTES, event
from sipagent.panel.permissions import Role
from sipagent.panel.web import Stream, Visit
from tests.panel.browsing import Panel
from tests.panel.test_calls import HOSTILE, add_call

pytestmark = pytest.mark.unit

USER = {"name": "Anna Nowak", "number": "101"}
STATUS = {
    "ready": True,
    "reasons": [],
    "trunks": [
        {"name": "operator", "state": "failed", "since": "2026-11-26T11:00:00+00:00",
         "expires": None, "reason": "403 Forbidden", "server": "192.0.2.9:5060"},
    ],
}  # fmt: skip
ROOM = {
    "room": "Narada", "locked": False, "muted": False, "recorded": True,
    "guests": [{"guest": 3, "call": "c", "shown": HOSTILE, "since": "2026-11-26T11:00:00+00:00",
                "place": "in", "moderator": False, "muted": False, "speaks": True}],
}  # fmt: skip
QUEUE = {
    "queue": "Biuro",
    "waiting": [{"id": 1, "place": 1, "caller": HOSTILE, "seconds": 75, "priority": 0,
                 "callback": False, "rings": ["Anna Nowak"]}],
    "members": [{"member": "user:Anna Nowak", "state": "ring", "queue": "Biuro"}],
}  # fmt: skip


def test_a_line_that_does_not_run_is_told_with_what_to_do(panel: Panel) -> None:
    panel.add("adm", language="en")
    browser = panel.browser()
    page = browser.log_in("adm")
    assert page.url.path == "/live"
    assert "The line does not answer" in page.text


def test_all_that_goes_on_is_shown_and_strangers_names_are_text(panel: Panel) -> None:
    panel.add("adm", language="en")
    panel.line.answers = {"line.status": STATUS, "rooms.live": [ROOM], "queues.live": [QUEUE]}
    panel.store.blocking.write(
        lambda db: add_call(db, 1, ended=None, outcome=None, caller=HOSTILE, trunk="operator")
    )
    browser = panel.browser()
    page = browser.log_in("adm").text
    for words in ("Narada", "Biuro", "1 person waits", "1:15", "403 Forbidden", "operator"):
        assert words in page
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
    part = browser.get("/live/part").text
    assert "<html" not in part
    assert "Narada" in part


def test_nothing_new_is_told_while_nothing_changes(panel: Panel) -> None:
    seconds = iter(range(100))
    panel.line.answers = {"line.status": lambda: {**STATUS, "uptime_seconds": next(seconds)}}
    assert panel.live.look() is panel.live.look()


def test_a_call_is_ended_and_that_is_on_record(panel: Panel) -> None:
    panel.add("adm")
    panel.line.answers = {"line.status": STATUS, "calls.hangup": {"id": "c1"}}
    browser = panel.browser()
    browser.log_in("adm")
    browser.get("/account")
    assert browser.post("/live/hangup", call="c1").url.path == "/live"
    assert ("calls.hangup", {"call": "c1"}) in panel.line.asked
    deeds = panel.store.blocking.read(
        lambda db: db.execute("SELECT person, what, about FROM panel_deeds").fetchall()
    )
    assert deeds[-1] == ("adm", "hangup", "c1")


def test_a_room_is_led_from_outside_and_nothing_else_is_asked(panel: Panel) -> None:
    panel.add("adm")
    panel.line.answers = {"line.status": STATUS, "rooms.mute": ROOM, "rooms.lock": ROOM}
    panel.line.answers["rooms.unmute"] = ROOM
    browser = panel.browser()
    browser.log_in("adm")
    browser.get("/account")
    browser.post("/live/rooms", deed="mute", room="Narada", guest="3")
    browser.post("/live/rooms", deed="lock", room="Narada", guest="")
    assert ("rooms.mute", {"room": "Narada", "guest": 3}) in panel.line.asked
    browser.post("/live/rooms", deed="unmute", room="Narada", guest="")
    assert ("rooms.lock", {"room": "Narada"}) in panel.line.asked
    assert ("rooms.unmute", {"room": "Narada"}) in panel.line.asked
    assert browser.post("/live/rooms", deed="live", room="Narada").status_code == 404
    assert browser.post("/live/rooms", deed="end", room="Narada", guest="3").status_code == 404
    assert not any(do == "rooms.end" for do, _ in panel.line.asked)


def test_what_the_line_refuses_is_told(panel: Panel) -> None:
    def over(call: str) -> object:
        raise DataError(f"no call begins with {call!r}")

    panel.add("adm")
    panel.line.answers = {"line.status": STATUS, "calls.hangup": over}
    browser = panel.browser()
    browser.log_in("adm")
    browser.get("/account")
    page = browser.post("/live/hangup", call="<b>")
    assert page.status_code == 409
    assert "no call begins with &#39;&lt;b&gt;&#39;" in page.text


@pytest.mark.parametrize("role", ["user", "manager"])
def test_others_are_told_that_there_is_no_such_page(panel: Panel, role: str) -> None:
    def known(db: object) -> None:
        db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'B', 'B')")  # type: ignore[attr-defined]

    if role == "user":
        panel.store.blocking.write(lambda db: editing.add(db, "users", USER))
        panel.add("one", Role.USER, user="101")
    else:
        panel.store.blocking.write(known)
        panel.add("one", Role.MANAGER, manager="B")
    browser = panel.browser()
    browser.log_in("one")
    browser.get("/account")
    for path in ("/live", "/live/part", "/live/events"):
        assert browser.get(path).status_code == 404
    browser.get("/account")
    for path in ("/live/hangup", "/live/rooms"):
        assert browser.post(path, call="c1").status_code == 404
    assert panel.line.asked == []


def test_an_event_is_one_whatever_is_in_it() -> None:
    assert event("<p>\none\r\ntwo", 7) == "id: 7\ndata: <p>\ndata: one\ndata: two\n\n"
    assert event("", 8) == "id: 8\ndata: \n\n"


def test_more_calls_than_are_listed_are_counted(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(now, "_OPEN", 2)
    panel.add("adm", language="en")
    panel.line.answers = {"line.status": STATUS}
    for number in range(5):
        panel.store.blocking.write(
            lambda db, one=number: add_call(db, one, ended=None, outcome=None)  # type: ignore[misc]
        )
    browser = panel.browser()
    page = browser.log_in("adm").text
    assert page.count('id="hangup-') == 2
    assert '<span class="count">5</span>' in page
    assert "These 2 have gone on longest" in page


async def test_the_line_is_asked_once_for_all_and_only_while_somebody_looks() -> None:
    asked = asyncio.Queue[None]()
    loop = asyncio.get_running_loop()
    answers = iter(range(1000))

    def source() -> int:
        loop.call_soon_threadsafe(asked.put_nowait, None)
        return next(answers)

    live = Live({"number": source}, pace=0.001)
    live.start()
    try:
        known = live.snapshot.number
        assert await live.after(known, 0.01) is None
        assert asked.empty()
        assert await live.after(0, 0.01) is None, "nothing is known yet"
        with live.looking(), live.looking():
            both = await asyncio.gather(live.after(known, 10), live.after(known, 10))
            assert both[0] is not None
            assert both[0] == both[1]
            following = await live.after(both[0].number, 10)
            assert isinstance(following, Snapshot)
            assert following.number > both[0].number
    finally:
        await live.stop()


async def test_a_part_is_drawn_once_for_all_who_see_the_same_and_each_gets_their_own_token(
    panel: Panel,
) -> None:
    panel.line.answers = {"line.status": STATUS, "rooms.live": [ROOM]}
    drawn: list[str] = []
    house = panel.application._house

    def draw(template: str, visit: Visit, /, **values: object) -> str:
        drawn.append(visit.language)
        return house.draw(template, visit, **values)

    visits = []
    for name, language in (("anna", "en"), ("ewa", "en"), ("jan", "pl")):
        panel.add(name, language=language)
        browser = panel.browser()
        browser.log_in(name)
        (cookie,) = browser.client.cookies.values()
        found = panel.store.blocking.read(
            lambda db, cookie=cookie: house.sessions.find(db, cookie, datetime.now(UTC))  # type: ignore[misc]
        )
        visit = Visit(
            replace(house, draw=draw), "/live/events", {}, {}, {}, "", "", cookie, language
        )
        visit.session = found
        visits.append(visit)
    panel.live.look()
    told = []
    for visit in visits:
        events = route_of("/live/events").events(visit)
        told.append([await anext(events), await anext(events)][1])
    assert drawn == ["en", "pl"]
    for visit, event_text in zip(visits, told, strict=True):
        tokens = set(re.findall(r'name="token" value="([0-9a-f]+)"', event_text))
        assert tokens == {visit.token}


def route_of(path: str) -> Stream:
    (route,) = [one for one in ROUTES if one.path == path and isinstance(one, Stream)]
    return route
