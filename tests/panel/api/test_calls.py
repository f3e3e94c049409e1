"""Calls over the API: those of the past, those that go on, making and ending them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.panel.api.scopes import Scope
from tests.panel.api.asking import Program
from tests.panel.browsing import opened
from tests.panel.test_calls import HOSTILE, add_call, fill

pytestmark = pytest.mark.unit

TALK = {
    "id": "call0005", "since": "2026-11-26T12:05:00+00:00", "members": [HOSTILE], "holding": [],
    "talking": True, "queue": "", "room": "", "number": "", "listeners": [],
}  # fmt: skip


def with_an_open_call(db: sqlite_utils.Database) -> None:
    """Keep calls of a firm, the last of which goes on."""
    fill(db)
    with db.conn:
        add_call(db, 5, ended=None, outcome=None, ended_by=None, labels={"user": "Anna Nowak"})


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program that may all with calls."""
    with opened(tmp_path, with_an_open_call) as panel:
        panel.line.answers = {"calls.live": [TALK], "calls.hangup": lambda call: {"id": call}}
        yield Program(panel, Scope.CALLS_READ, Scope.CALLS_CONTROL)


def ids(page: Any) -> list[str]:
    """Return the calls of a page."""
    return [one["id"] for one in page["items"]]


def test_calls_are_found_and_come_page_by_page(program: Program) -> None:
    first = program.get("/calls", limit=3)
    assert ids(first) == ["call0005", "call0004", "call0003"]
    rest = program.get("/calls", limit=3, after=first["next"])
    assert (ids(rest), rest["next"]) == (["call0002", "call0001"], None)
    assert ids(program.get("/calls", number="500100100")) == ["call0001"]
    assert ids(program.get("/calls", owner="100001", outcome="failed")) == ["call0003"]
    since = "2026-11-26T13:04:00+01:00"
    assert ids(program.get("/calls", since=since)) == ["call0005", "call0004"]
    assert program("GET", "/calls", params={"since": "2026-11-26T12:00:00"}).status_code == 422
    assert program("GET", "/calls", params={"number": "abc"}).status_code == 422


def test_a_call_is_told_with_legs_and_timeline_as_it_is(program: Program) -> None:
    call = program.get("/calls/call0001")
    assert (call["seconds"], call["cost"], call["user"]) == (30.0, 250, "Anna Nowak")
    assert [leg["party"] for leg in call["legs"]] == ["+48600100101", "+48500100100"]
    assert program.get("/calls/call0004")["timeline"][1]["kind"] == HOSTILE


def test_calls_that_go_on_are_told_with_who_talks(program: Program) -> None:
    live = program.get("/calls/live")
    assert [one["id"] for one in live["calls"]] == ["call0005"]
    assert live["talks"][0]["members"] == [HOSTILE]


def test_a_call_is_ended_by_its_whole_id_and_only_while_it_goes_on(program: Program) -> None:
    assert program("POST", "/calls/call0005/hangup").json() == {"id": "call0005"}
    assert program("POST", "/calls/call0001/hangup").json()["code"] == "over"
    assert program("POST", "/calls/call/hangup").status_code == 404
    assert [do for do, _ in program.panel.line.asked] == ["calls.hangup"]


def test_somebody_is_transferred_while_the_call_goes_on(program: Program) -> None:
    program.panel.line.answers["calls.transfer"] = lambda call, who, to: {
        "id": call, "who": "+48600100101", "to": to,
    }  # fmt: skip
    answer = program("POST", "/calls/call0005/transfer", json={"to": "102"})
    assert (answer.status_code, answer.json()["who"]) == (202, "+48600100101")
    assert program("POST", "/calls/call0001/transfer", json={"to": "102"}).json()["code"] == "over"
    assert program.panel.line.asked == [
        ("calls.transfer", {"call": "call0005", "who": "", "to": "102"})
    ]


def test_a_call_is_made_once_for_each_key(program: Program) -> None:
    made = Order(Way.COMMAND, "Jan Kowalski", "", "user:Jan Kowalski", "+48600700700")

    def order(**wanted: str) -> int:
        assert wanted == {"first": "102", "second": "600700700", "shown": ""}
        now = datetime.now(UTC)
        return program.panel.store.blocking.write(lambda db: Orders(db).put(made, now).id)

    program.panel.line.answers["calls.order"] = order
    wanted = {"first": "102", "second": "600700700"}
    answers = [
        program("POST", "/calls", json=wanted, headers={"idempotency-key": "1"}) for _ in range(3)
    ]
    assert {one.status_code for one in answers} == {202}
    assert {one.json()["id"] for one in answers} == {1}
    assert [do for do, _ in program.panel.line.asked] == ["calls.order"]
    assert program.get("/orders/1")["second"] == "+48600700700"


def test_what_the_line_refuses_is_told_and_may_be_asked_again(program: Program) -> None:
    def order(**wanted: str) -> int:
        raise DataError("'999' is nobody's telephone")

    program.panel.line.answers["calls.order"] = order
    for _ in range(2):
        answer = program(
            "POST",
            "/calls",
            json={"first": "999", "second": "1"},
            headers={"idempotency-key": "1"},
        )
        assert (answer.status_code, answer.json()["detail"]) == (409, "'999' is nobody's telephone")
    del program.panel.line.answers["calls.order"]
    answer = program("POST", "/calls", json={"first": "999", "second": "1"})
    assert (answer.status_code, answer.json()["code"]) == (503, "setup")


def test_a_token_for_one_manager_sees_calls_of_their_owners_only(program: Program) -> None:
    theirs = Program(program.panel, Scope.CALLS_READ, name="bajka", manager="BAJKA")
    assert ids(theirs.get("/calls")) == ["call0003"]
    assert ids(theirs.get("/calls", user="Anna Nowak")) == []
    assert theirs("GET", "/calls/call0001").status_code == 404
    assert theirs.get("/calls/live") == {"calls": [], "talks": []}
    made = Order(Way.COMMAND, "Jan Kowalski", "", "user:Jan Kowalski", "+48600700700")
    now = datetime.now(UTC)
    order = program.panel.store.blocking.write(lambda db: Orders(db).put(made, now).id)
    assert program("GET", f"/orders/{order}").status_code == 200
    assert theirs("GET", f"/orders/{order}").status_code == 404
