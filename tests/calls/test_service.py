"""The daemon as a service: what systemd is told, and that it comes back after a crash."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.daemon import SIPAGENT, Daemon, Start
from tests.calls.peer import Peer
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


class Manager:
    """Hears what the daemon says to systemd."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(1)

    def hears(self, wanted: str, within: float = PATIENCE) -> str:
        """Return the next message that has a line that begins so."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            try:
                said = self._socket.recv(4096).decode()
            except TimeoutError:
                continue
            if any(line.startswith(wanted) for line in said.splitlines()):
                return said
        raise AssertionError(f"no {wanted} within {within} s")

    def fed(self, seconds: float) -> bool:
        """Return whether the watchdog is fed in the time to come."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            self._socket.settimeout(1)
        try:
            self.hears("WATCHDOG=1", seconds)
        except AssertionError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    path = tmp_path / "notify"
    manager = Manager(path)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    yield manager
    manager.close()


def test_systemd_is_told_how_the_line_fares(start: Start, manager: Manager) -> None:
    line = start()
    manager.hears("READY=1")
    manager.hears("WATCHDOG=1")
    with Peer(line.port) as peer:
        assert peer.call().status == 200
        manager.hears("STATUS=line open, live calls: 1")
        line.process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in manager.hears("RELOADING=1")
        manager.hears("READY=1")
        line.process.send_signal(signal.SIGTERM)
        assert "EXTEND_TIMEOUT_USEC=50000000" in manager.hears("STOPPING=1")
        manager.hears("STATUS=draining, live calls: 1")
        assert manager.fed(3), "live calls are watched to the end"
        peer.hang_up()
    line.stop()


def test_a_daemon_that_hangs_is_not_fed_for_and_comes_back(start: Start, manager: Manager) -> None:
    line = start()
    with Peer(line.port) as cut_off:
        assert cut_off.call().status == 200
        line.says(cut_off.call_id, "greeting")
        assert manager.fed(3)
        line.process.send_signal(signal.SIGSTOP)
        assert not manager.fed(1.5)
        line.process.send_signal(signal.SIGABRT)  # what the watchdog does
        line.process.send_signal(signal.SIGCONT)
        assert line.process.wait(PATIENCE) == -signal.SIGABRT
    line.kill()
    said = [event["event"] for event in line.log]
    assert any("Fatal Python error: Aborted" in text for text in said)
    assert any("asyncio" in text for text in said), "the log says where each thread stood"
    line.start()
    assert line.call_of(cut_off.call_id).ended_by == "crash"
    with Peer(line.port) as peer:
        assert peer.call().status == 200
        peer.hang_up()
    line.stop()


def doctor(line: Daemon, *words: str) -> tuple[int, list[dict[str, str]]]:
    """Run the doctor on a line whose port is known; return its status and findings."""
    command = [*SIPAGENT, "doctor", *words, "--json", "--config", str(line.config)]
    environ = {**os.environ, "SIPAGENT_SIP__PORT": str(line.port)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environ
    )
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_doctor_examines_a_running_line_and_calls_it(line: Daemon) -> None:
    _, found = doctor(line)
    by_check = {one["check"]: one for one in found}
    assert by_check["sip-port"]["text"].endswith("the line answers")
    assert by_check["database"]["level"] == "ok"
    assert by_check["voice"]["level"] == "ok"
    assert not [one for one in found if "the check failed" in one["text"]]
    status, found = doctor(line, "--call")
    assert (status, [one["level"] for one in found]) == (0, ["ok", "ok"]), found
