"""Steering what goes on from pages of its own: putting through, taking out, pauses, nights."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils
import time_machine

from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange, Schedule, User
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.reading import load
from sipagent.exchange.rooms.invitations import Invitations
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.values import Ref
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import HOSTILE, add_call
from tests.panel.test_now import QUEUE, ROOM, STATUS

pytestmark = pytest.mark.unit

ANNA = "user:Anna Nowak"
TALK = {
    "id": "call0001", "since": "2026-11-26T11:00:00+00:00", "members": [HOSTILE, "Jan <102>"],
    "holding": [], "talking": True, "queue": "", "room": "", "number": "", "listeners": [],
}  # fmt: skip
FIRM = Exchange(
    users=(User(name="Anna Nowak", number="101"), User(name="Jan", number="102")),
    schedules=(Schedule(name="Biuro", hours="mon-fri 08:00-16:00"),),
    queues=(Queue(name="Biuro", number="1000", members=(ANNA,)),),
    rooms=(Room(name="Narada", number="*12"),),
)


def firm(db: sqlite_utils.Database) -> None:
    editing.replace(db, FIRM)
    add_call(db, 1, ended=None, outcome=None, caller=HOSTILE)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """A panel of a firm in which people talk and wait."""
    with opened(tmp_path, firm) as one:
        one.add("adm", language="en")
        one.line.answers = {
            "line.status": STATUS, "calls.live": [TALK], "queues.live": [QUEUE],
            "rooms.live": [ROOM], "queues.ready": None,
        }  # fmt: skip
        yield one


@pytest.fixture
def browser(panel: Panel) -> Browser:
    """A browser of an administrator."""
    one = panel.browser()
    one.log_in("adm")
    return one


def deeds(panel: Panel) -> list[tuple[str, str]]:
    rows = "SELECT what, about FROM panel_deeds WHERE what <> 'login' ORDER BY id"
    return panel.store.blocking.read(lambda db: db.execute(rows).fetchall())


def read(panel: Panel, what: Any) -> Any:
    return panel.store.blocking.read(what)


def test_what_can_be_steered_is_offered(browser: Browser) -> None:
    page = browser.get("/live").text
    for link in (
        "/live/transfer?call=call0001",
        "/live/take-out?id=1",
        "/live/member?member=user%3AAnna%20Nowak",
        "/live/invite?room=Narada",
    ):
        assert f'href="{link}"' in page
    assert "<script>alert" not in page


def test_one_of_two_is_put_through(panel: Panel, browser: Browser) -> None:
    panel.line.answers["calls.transfer"] = {"id": "call0001"}
    page = browser.get("/live/transfer?call=call0001").text
    assert '<option value="102">Jan</option>' in page
    assert "<script>alert" not in page
    done = browser.post("/live/transfer", call="call0001", who="Jan <102>", to=" 101 ")
    assert done.url.path == "/live"
    wanted = {"call": "call0001", "who": "Jan <102>", "to": "101"}
    assert ("calls.transfer", wanted) in panel.line.asked
    assert deeds(panel) == [("transfer", "call0001: Jan <102> → 101")]


def test_what_was_typed_stays_where_the_line_refuses(panel: Panel, browser: Browser) -> None:
    def refused(**wanted: object) -> object:
        raise DataError("nobody has the number '199'")

    panel.line.answers |= {"calls.transfer": refused, "queues.take-out": refused}
    browser.get("/live/transfer?call=call0001")
    page = browser.post("/live/transfer", call="call0001", who="Jan <102>", to="199")
    assert page.status_code == 422
    assert "nobody has the number &#39;199&#39;" in page.text
    assert 'value="199"' in page.text
    assert 'value="Jan &lt;102&gt;" checked' in page.text
    page = browser.post("/live/take-out", id="1", to="199")
    assert (page.status_code, 'value="199"' in page.text) == (422, True)
    assert deeds(panel) == []


def test_what_is_over_is_told(panel: Panel, browser: Browser) -> None:
    for path in ("/live/transfer?call=gone", "/live/take-out?id=9", "/live/take-out?id=x"):
        page = browser.get(path)
        assert page.status_code == 404
        assert "This call is over" in page.text
    browser.get("/account")
    assert browser.post("/live/member", member=ANNA, deed="dance").status_code == 404
    for wrong in ("user:Nikt", "nobody", "room:Narada:", "scenario:x"):
        assert browser.get(f"/live/member?member={wrong}").status_code == 404
    assert browser.get("/live/invite?room=Nowhere").status_code == 404
    assert browser.post("/live/schedules", schedule="Nowhere", deed="close").status_code == 404


def test_one_who_waits_is_taken_out_by_name(panel: Panel, browser: Browser) -> None:
    panel.line.answers["queues.take-out"] = {"id": 1}
    page = browser.get("/live/take-out?id=1").text
    assert "Biuro" in page
    assert '<option value="1000">' not in page, "not to where they are"
    browser.post("/live/take-out", id="1", to="102")
    assert ("queues.take-out", {"id": 1, "to": "102", "by": "adm"}) in panel.line.asked
    assert deeds(panel) == [("take-out", "1 → 102")]


def test_a_member_pauses_and_logs_out(panel: Panel, browser: Browser) -> None:
    browser.get(f"/live/member?member={ANNA}")
    browser.post("/live/member", member=ANNA, deed="pause", reason="lunch")
    assert read(panel, logins.load).pauses == {Ref.of(ANNA): "lunch"}
    page = browser.get(f"/live/member?member={ANNA}").text
    assert "lunch" in page
    browser.post("/live/member", member=ANNA, deed="resume")
    assert ("queues.ready", {"member": ANNA}) in panel.line.asked
    browser.post("/live/member", member=ANNA, deed="logout", queue="Biuro")
    known = read(panel, logins.load)
    assert (known.pauses, known.of(FIRM.queues[0])) == ({}, [])
    assert deeds(panel) == [
        ("member-pause", f"{ANNA} lunch"),
        ("member-resume", ANNA),
        ("member-logout", f"{ANNA} Biuro"),
    ]


@time_machine.travel("2026-11-26T11:00:00+00:00", tick=False)
def test_somebody_is_called_into_a_room_now_or_later(panel: Panel, browser: Browser) -> None:
    browser.get("/live/invite?room=Narada")
    page = browser.post("/live/invite", room="Narada", target="600100200", at="", by="")
    assert page.status_code == 422
    assert "say whose rights and limits count" in page.text
    assert 'value="600100200"' in page.text
    browser.post("/live/invite", room="Narada", target="102", at="", by="")
    browser.post("/live/invite", room="Narada", target="101", at="2026-12-01T09:00", by="")
    first, second = read(panel, lambda db: Invitations(db).listed())
    assert (first.target, first.at[:16]) == ("user:Jan", "2026-11-26T11:00")
    assert (second.target, second.at[:16]) == (ANNA, "2026-12-01T08:00")
    assert "2026-12-01 09:00:00" in browser.get("/live").text
    browser.post("/live/invitations/cancel", invitation=str(second.id))
    assert read(panel, lambda db: Invitations(db).listed()) == [first]
    assert [what for what, _ in deeds(panel)] == ["room-invite", "room-invite", "room-cancel"]


def test_a_schedule_is_closed_for_today_and_opened_again(panel: Panel, browser: Browser) -> None:
    """Whether it has opened yet today or not: the next day opens as its hours say."""
    zone = ZoneInfo("Europe/Warsaw")
    for at in ("2026-11-26T06:30:00+00:00", "2026-11-26T12:00:00+00:00"):
        with time_machine.travel(at, tick=False):
            one = panel.browser()
            one.log_in("adm")
            one.post("/live/schedules", schedule="Biuro", deed="close")
            night = read(panel, lambda db: load(db).nights["Biuro"])
            assert night == datetime(2026, 11, 27, 8, tzinfo=zone)
            page = one.get("/live").text
            assert "closed" in page
            assert "Let the hours count again" in page
            one.post("/live/schedules", schedule="Biuro", deed="open")
            assert read(panel, lambda db: load(db).nights) == {}
    assert deeds(panel) == 2 * [("schedule-close", "Biuro"), ("schedule-open", "Biuro")]


def test_one_that_is_always_open_is_closed_until_midnight(panel: Panel, browser: Browser) -> None:
    panel.store.blocking.write(
        lambda db: editing.edit(db, "schedules", "Biuro", {"hours": "mon-sun 00:00-24:00"})
    )
    with time_machine.travel("2026-11-26T12:00:00+00:00", tick=False):
        browser.log_in("adm")
        browser.post("/live/schedules", schedule="Biuro", deed="close")
        night = read(panel, lambda db: load(db).nights["Biuro"])
        assert night == datetime(2026, 11, 27, tzinfo=ZoneInfo("Europe/Warsaw"))
