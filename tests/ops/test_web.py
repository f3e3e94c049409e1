"""Metrics and health over HTTP, as Prometheus and an operator's check ask for them."""

import asyncio
import json
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import structlog

from sipagent import tasks
from sipagent.config import HttpSection
from sipagent.errors import SetupError
from sipagent.ops.health import Health
from sipagent.ops.metrics import Metrics
from sipagent.ops.web import Web, routes
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

SINCE = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Trunk:
    name: str
    state: str
    since: datetime = SINCE
    expires: int | None = 300
    reason: str = ""
    server: str = "sip:sip.example.com"


@dataclass
class Line:
    """A daemon as its monitoring sees it."""

    calls: int = 0
    hindrances: list[str] = field(default_factory=list)
    trunks: list[Trunk] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    phones: int = 0
    phones_refused: dict[str, int] = field(default_factory=dict)
    lamps: int = 0
    outbox: dict[str, int] = field(default_factory=lambda: {"waiting": 2, "failed": 1})
    outbox_reads: list[str] = field(default_factory=list)
    stuck: bool = False
    store: Callable[[], None] = lambda: None

    async def turn(self) -> None:
        if self.stuck:
            await asyncio.Event().wait()

    def count_outbox(self) -> Mapping[str, int]:
        self.outbox_reads.append(threading.current_thread().name)
        return self.outbox

    async def write(self) -> None:
        await asyncio.to_thread(self.store)

    def health(self) -> Health:
        return Health(
            turn=self.turn,
            hindrances=lambda: list(self.hindrances),
            calls=lambda: self.calls,
            outbox=self.count_outbox,
            trunks=lambda: self.trunks,
            refused=lambda: self.refused,
            phones=lambda: self.phones,
            phones_refused=lambda: self.phones_refused,
            lamps=lambda: self.lamps,
            store=self.write,
        )


@dataclass
class Server:
    line: Line
    metrics: Metrics
    port: int

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(self._get, path)

    async def json(self, path: str) -> tuple[int, Any]:
        status, text = await self.get(path)
        return status, json.loads(text)

    async def samples(self) -> dict[str, float]:
        status, text = await self.get("/metrics")
        assert status == 200
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE
            ) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    line, metrics = Line(), Metrics()
    web = Web(HttpSection(port=0), partial(routes, metrics, line.health()))
    with structlog.testing.capture_logs() as logs:
        web.start()
        async with asyncio.timeout(PATIENCE):
            while not logs:
                await asyncio.sleep(0.01)
    yield Server(line, metrics, logs[0]["port"])
    await web.stop()
    await web.stop()


async def test_a_scrape_shows_what_is_and_what_was(server: Server) -> None:
    server.line.calls = 3
    server.line.trunks = [Trunk("good", "registered"), Trunk("bad", "failed")]
    server.line.refused = {"flood": 7}
    server.line.phones, server.line.phones_refused = 12, {"password": 2}
    server.line.lamps = 240
    server.metrics.call_over("caller", "hung-up", setup=0.004, length=42.0)
    server.metrics.spoken(True, 0.0002)
    seen = await server.samples()
    wanted = {
        "sipagent_active_calls": 3,
        "sipagent_ready": 1,
        'sipagent_trunk_up{trunk="good"}': 1,
        'sipagent_trunk_up{trunk="bad"}': 0,
        'sipagent_refused_total{reason="flood"}': 7,
        "sipagent_phones_registered": 12,
        'sipagent_registrations_refused_total{reason="password"}': 2,
        "sipagent_lamps_watched": 240,
        'sipagent_outbox_messages{state="waiting"}': 2,
        'sipagent_outbox_messages{state="failed"}': 1,
        'sipagent_calls_total{ended_by="caller",outcome="hung-up"}': 1,
        'sipagent_call_setup_seconds_bucket{le="0.01"}': 1,
        "sipagent_call_duration_seconds_sum": 42,
        'sipagent_speech_seconds_count{cache="hit"}': 1,
    }
    assert {name: seen.get(name) for name in wanted} == wanted
    assert seen["process_open_fds"] > 0


async def test_the_outbox_is_read_in_a_thread_and_seldom(server: Server) -> None:
    await asyncio.gather(*(server.samples() for _ in range(5)))
    assert len(server.line.outbox_reads) == 1
    assert server.line.outbox_reads[0] != threading.main_thread().name


async def test_live(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await server.json("/live") == (200, {"live": True})
    monkeypatch.setattr("sipagent.ops.health._TURN", 0.05)
    server.line.stuck = True
    assert await server.json("/live") == (503, {"live": False})


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ({}, []),
        ({"hindrances": ["the line is draining"]}, ["the line is draining"]),
        ({"trunks": [Trunk("a", "failed", reason="403 No")]}, ["trunk a: failed 403 No"]),
        ({"trunks": [Trunk("a", "trying")]}, ["trunk a: trying"]),
        ({"trunks": [Trunk("a", "failed"), Trunk("b", "registered")]}, []),
        ({"trunks": [Trunk("a", "static")]}, []),
    ],
)  # fmt: skip
async def test_ready(server: Server, line: dict[str, Any], reasons: list[str]) -> None:
    for name, value in line.items():
        setattr(server.line, name, value)
    status = 503 if reasons else 200
    assert await server.json("/ready") == (status, {"ready": not reasons, "reasons": reasons})
    assert (await server.samples())["sipagent_ready"] == (not reasons)


async def test_a_part_that_has_failed_shows_until_it_is_well_again(server: Server) -> None:
    async def fail() -> None:
        raise ValueError("a mistake")

    desk = tasks.last(fail, "desk")
    await asyncio.sleep(0)
    reasons = ["desk does not go on, and is started again: see the log"]
    assert await server.json("/ready") == (503, {"ready": False, "reasons": reasons})
    seen = await server.samples()
    assert seen['sipagent_task_up{task="desk"}'] == 0
    assert seen['sipagent_task_up{task="http"}'] == 1
    assert seen['sipagent_task_failures_total{task="desk"}'] == 1
    await desk.stop()
    assert (await server.json("/ready"))[0] == 200


async def test_a_database_that_cannot_be_written_shows(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise SetupError("line.db: was deleted")

    monkeypatch.setattr("sipagent.ops.health._FRESH", 0.0)
    server.line.store = refuse
    reasons = ["line.db: was deleted"]
    assert await server.json("/ready") == (503, {"ready": False, "reasons": reasons})
    server.line.store = lambda: None
    assert await server.json("/ready") == (200, {"ready": True, "reasons": []})


async def test_a_database_that_does_not_answer_shows(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr("sipagent.ops.health._STORE", 0.05)

    def wait() -> None:
        answers.wait(PATIENCE)

    server.line.store = wait
    assert (await server.json("/ready"))[1]["reasons"] == ["the database does not answer"]
    answers.set()
    async with asyncio.timeout(PATIENCE):
        while (await server.json("/ready"))[0] == 503:
            await asyncio.sleep(0.01)


async def test_status(server: Server) -> None:
    server.line.trunks = [Trunk("carrier", "registered")]
    server.line.refused = {"flood": 7}
    status, shown = await server.json("/status")
    assert status == 200
    assert shown.pop("uptime_seconds") >= 0
    assert shown.pop("version")
    assert shown == {
        "calls": 0,
        "ready": True,
        "reasons": [],
        "trunks": [
            {
                "name": "carrier",
                "state": "registered",
                "since": "2026-11-23T12:00:00+00:00",
                "expires": 300,
                "reason": "",
                "server": "sip:sip.example.com",
            }
        ],
        "refused": {"flood": 7},
        "phones": 0,
        "phones_refused": {},
        "lamps": 0,
        "outbox": {"waiting": 2, "failed": 1},
        "tasks": {"http": {"well": True, "failures": 0}},
    }


async def test_other_paths_are_not_there(server: Server) -> None:
    assert (await server.get("/"))[0] == 404
    assert (await server.get("/metrics/../etc/passwd"))[0] == 404


async def test_requests_leave_no_line_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await server.get("/live")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


async def test_a_port_that_is_taken_is_told_and_the_line_goes_on(server: Server) -> None:
    other = Web(HttpSection(port=server.port), partial(routes, Metrics(), server.line.health()))
    with structlog.testing.capture_logs() as logs:
        other.start()
        await other.stop()
    assert [(entry["log_level"], entry["port"]) for entry in logs] == [("error", server.port)]
    assert "http.port" in logs[0]["event"]


async def test_it_can_be_switched_off() -> None:
    web = Web(HttpSection(enabled=False, port=0), partial(routes, Metrics(), Line().health()))
    with structlog.testing.capture_logs() as logs:
        web.start()
        await web.stop()
    assert logs == []


async def test_it_can_be_stopped_before_it_serves() -> None:
    web = Web(HttpSection(port=0), partial(routes, Metrics(), Line().health()))
    web.start()
    async with asyncio.timeout(PATIENCE):
        await web.stop()
