"""Programs that mean no good, or err badly: too much, too slow, twice at once."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from starlette.requests import Request

from sipagent.control.client import Unanswered
from sipagent.panel.api import owners, reading
from sipagent.panel.api.endpoint import Failed, Files
from sipagent.panel.api.scopes import Scope
from sipagent.store.database import explained
from tests.panel.api.asking import Program, deeds
from tests.panel.browsing import opened
from tests.panel.test_calls import add_call
from tests.panel.test_now import ROOM

pytestmark = pytest.mark.unit


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program that may everything, beside a call that goes on."""

    def fill(db: sqlite_utils.Database) -> None:
        with db.conn:
            add_call(db, 5, ended=None, outcome=None)

    with opened(tmp_path, fill) as panel:
        yield Program(panel, *Scope)


def test_a_body_of_json_is_no_larger_than_it_may_be(program: Program) -> None:
    answer = program("POST", "/calls", json={"first": "1" * 300_000, "second": "2"})
    assert (answer.status_code, answer.json()["code"]) == (413, "large")
    deep = b"[" * 100_000
    answer = program("POST", "/calls", content=deep, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "json")


def test_a_file_is_no_larger_than_it_may_be(program: Program) -> None:
    small = Files({"text/csv": "csv"}, 1000, 5.0)
    answer = asyncio.run(taken(small, [b"x" * 600] * 2))
    assert (answer.status, answer.code) == (413, "large")
    assert owners.ENDPOINTS[3].body == Files(
        {
            "application/json": "json",
            "text/csv": "csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        },
        256 * 1024 * 1024,
        600.0,
    )


def test_a_file_that_comes_drop_by_drop_is_given_up_as_a_whole() -> None:
    answer = asyncio.run(taken(Files({"text/csv": "csv"}, 1000, 0.05), None))
    assert (answer.status, answer.code) == (408, "slow")


async def taken(files: Files, chunks: list[bytes] | None) -> Failed:
    """Return why a file is not taken; None: drops come for ever."""

    async def dropping() -> AsyncIterator[bytes]:
        for chunk in chunks or ():
            yield chunk
        while chunks is None:
            yield b"x"
            await asyncio.sleep(0.001)

    stream = dropping()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(stream, b""), "more_body": True}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"text/csv")]}
    with pytest.raises(Failed) as caught:
        async with reading.file_of(Request(scope, receive), files):
            pass
    return caught.value


def test_of_two_requests_under_a_key_that_come_at_once_one_is_served(program: Program) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def hangup(call: str) -> dict[str, str]:
        began.set()
        assert goes_on.wait(60)
        return {"id": call}

    program.panel.line.answers["calls.hangup"] = hangup

    def ask() -> Any:
        return program("POST", "/calls/call0005/hangup", headers={"idempotency-key": "k"})

    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(ask)
        assert began.wait(60)
        second = ask()
        goes_on.set()
        assert first.result().status_code == 200
    assert (second.status_code, second.json()["code"]) == (409, "served")
    assert len(program.panel.line.asked) == 1


@pytest.mark.parametrize(
    ("error", "status"), [(Unanswered("the line broke off its answer"), 504), (ValueError(), 500)]
)
def test_what_may_have_been_done_is_not_done_again_under_its_key(
    program: Program, error: Exception, status: int
) -> None:
    """A line that breaks off its answer may have done what was asked."""

    def hangup(call: str) -> None:
        raise error

    program.panel.line.answers["calls.hangup"] = hangup
    headers = {"idempotency-key": "k"}
    assert program("POST", "/calls/call0005/hangup", headers=headers).status_code == status
    again = program("POST", "/calls/call0005/hangup", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "unknown")
    assert len(program.panel.line.asked) == 1


def test_what_is_put_on_record_has_no_control_characters(program: Program) -> None:
    program.panel.line.answers["rooms.end"] = ROOM
    assert program("POST", "/rooms/a%1bb/end").status_code == 200
    assert deeds(program.panel)[-1][2] == "/rooms/a b/end"


def test_a_key_is_kept_apart_for_each_token(program: Program) -> None:
    program.panel.line.answers["calls.hangup"] = lambda call: {"id": call}
    other = Program(program.panel, *Scope, name="other")
    for one in (program, other):
        answer = one("POST", "/calls/call0005/hangup", headers={"idempotency-key": "k"})
        assert answer.status_code == 200
    assert len(program.panel.line.asked) == 2
    for key in ("x" * 201, "a\tb"):
        answer = program("POST", "/calls/call0005/hangup", headers={"idempotency-key": key})
        assert answer.json()["code"] == "key"


def test_what_is_busy_for_a_moment_is_asked_again_later(program: Program) -> None:
    path = program.panel.config.paths.database

    def locked() -> None:
        with (
            closing(sqlite3.connect(path)) as other,
            closing(sqlite3.connect(path, timeout=0)) as db,
            explained(path),
        ):
            other.execute("BEGIN IMMEDIATE")
            db.execute("BEGIN IMMEDIATE")

    program.panel.line.answers["rooms.live"] = locked
    answer = program("GET", "/rooms")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_mistake_of_ours_is_told_without_its_insides(program: Program) -> None:
    def broken() -> None:
        raise RuntimeError("/secret/path")

    program.panel.line.answers["rooms.live"] = broken
    answer = program("GET", "/rooms")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "secret" not in answer.text
