"""Monitoring sees a call while it goes on, and after it."""

import contextlib
import json
import signal
import socket
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start, until
from tests.calls.peer import Peer
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


def get(line: Daemon, path: str) -> tuple[int, str]:
    port = line.event("metrics served")["port"]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(line: Daemon) -> dict[str, float]:
    status, text = get(line, "/metrics")
    assert status == 200
    parts = [one.rpartition(" ") for one in text.splitlines() if not one.startswith("#")]
    return {name: float(value) for name, _, value in parts}


def health(line: Daemon, path: str) -> tuple[int, Any]:
    status, text = get(line, path)
    return status, json.loads(text)


def test_a_call_is_seen_while_it_goes_on_and_after_it(start: Start) -> None:
    line = start()
    assert health(line, "/live") == (200, {"live": True})
    # The voices may still be loading, behind a line that has all its clips.
    ready = (200, {"ready": True, "reasons": []})
    until(lambda: health(line, "/ready"), lambda seen: seen == ready)
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        assert samples(line)["sipagent_active_calls"] == 1
        assert health(line, "/status")[1]["calls"] == 1
        peer.speak(1.0)
        peer.hang_up()
    line.ended_call(peer.call_id)
    over = 'sipagent_calls_total{ended_by="caller",outcome="hung-up"}'
    # A call is counted as over while its task still has a step to go.
    quiet = "sipagent_active_calls"
    seen = until(lambda: samples(line), lambda seen: over in seen and not seen[quiet])
    wanted = {
        quiet: 0,
        over: 1,
        "sipagent_call_setup_seconds_count": 1,
        'sipagent_call_setup_seconds_bucket{le="1.0"}': 1,
        "sipagent_call_first_words_seconds_count": 1,
        "sipagent_call_duration_seconds_count": 1,
        'sipagent_speech_seconds_count{cache="hit"}': 1,
        "sipagent_call_mos_count": 1,
        'sipagent_rtp_loss_ratio_bucket{direction="rx",le="0.0"}': 1,
    }
    assert {name: seen.get(name) for name in wanted} == wanted
    line.stop()


def test_a_draining_line_is_not_ready(start: Start) -> None:
    """And who holds a connection does not keep it from stopping."""
    line = start(drain=20)
    port = line.event("metrics served")["port"]
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            idle.sendall(b"GET /metrics HTTP/1.1\r\n")
        with Peer(line.port, ANNA) as live:
            live.call()
            line.says(live.call_id, "greeting")
            line.process.send_signal(signal.SIGTERM)
            line.event("draining")
            draining = {"ready": False, "reasons": ["the line is draining"]}
            assert health(line, "/live") == (200, {"live": True})
            assert health(line, "/ready") == (503, draining)
            assert samples(line)["sipagent_ready"] == 0
            live.hang_up()
        line.ended_call(live.call_id)
        began = time.monotonic()
        line.stop()
        assert time.monotonic() - began < 10
