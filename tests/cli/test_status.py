"""``sipagent status`` beside a daemon, and without one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sipagent.cli.status import status
from sipagent.errors import ConfigError, SetupError

pytestmark = pytest.mark.unit

app = typer.Typer()
app.command()(status)

WELL = {
    "version": "1.2.3",
    "uptime_seconds": 93784.2,
    "calls": 3,
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
    "phones": 12,
    "phones_refused": {"password": 2},
    "lamps": 240,
    "outbox": {"waiting": 2, "failed": 0},
}


class Daemon(HTTPServer):
    """Answers as the daemon does."""

    says: Any = WELL

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Daemon

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/status" else 404)
        self.end_headers()
        says = self.server.says
        self.wfile.write(says if isinstance(says, bytes) else json.dumps(says).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with Daemon() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def shown(folder: Path, port: int, *options: str, extra: str = "") -> str:
    file = folder / "agent.toml"
    file.write_text(f"[http]\nport = {port}\n{extra}")
    result = CliRunner().invoke(app, ["--config", str(file), *options])
    if result.exception:
        raise result.exception
    return result.stdout


def test_a_line_that_is_well(daemon: Daemon, tmp_path: Path) -> None:
    lines = [line.split() for line in shown(tmp_path, daemon.server_port).splitlines()]
    assert ["takes", "calls", "yes"] in lines
    assert ["up", "for", "1", "day,", "2:03:04"] in lines
    assert ["turned", "away", "7", "flood"] in lines
    assert ["phones", "12", "registered,", "240", "lamps"] in lines
    assert ["outbox", "2", "waiting"] in lines
    assert lines[-1][:4] == ["carrier", "registered", "2026-11-23", "13:00:00"], "as in Warsaw"
    assert "300" in lines[-1]


def test_a_line_that_is_not(daemon: Daemon, tmp_path: Path) -> None:
    daemon.says = {
        **WELL,
        "ready": False,
        "reasons": ["the line is draining"],
        "trunks": [],
        "refused": {},
        "outbox": {},
    }
    text = shown(tmp_path, daemon.server_port)
    assert "takes calls  no: the line is draining" in text
    assert "turned away  nobody" in text
    assert "trunk" not in text


def test_json(daemon: Daemon, tmp_path: Path) -> None:
    assert json.loads(shown(tmp_path, daemon.server_port, "--json")) == WELL


def test_no_daemon(daemon: Daemon, tmp_path: Path) -> None:
    daemon.says = b"<html>"
    with pytest.raises(SetupError, match=r"no daemon answers at http://127\.0\.0\.1"):
        shown(tmp_path, daemon.server_port)
    with pytest.raises(SetupError, match="refused"):
        shown(tmp_path, 1)
    with pytest.raises(ConfigError, match=r"http\.enabled"):
        shown(tmp_path, 1, extra="enabled = false")
