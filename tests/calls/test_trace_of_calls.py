"""``sipagent trace`` of real calls: what was on the wire, and what must not be kept of it."""

import re

import pytest

from sipagent.records.history import MessageRow
from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start, until
from tests.calls.peer import Peer

pytestmark = pytest.mark.line


def traced(line: Daemon, peer: Peer, count: int) -> list[MessageRow]:
    """Return the messages of a call once there are so many."""
    call = line.ended_call(peer.call_id)
    return until(lambda: line.traced(call), lambda rows: len(rows) >= count)


def test_a_call_from_invite_to_bye(line: Daemon) -> None:
    with Peer(line.port, ANNA, 'Authorization: Digest response="5ec2e7"') as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.hang_up()
    rows = traced(line, peer, 6)
    target = f"sip:infolinia@127.0.0.1:{line.port} SIP/2.0"
    assert [(row.sent, row.text.partition("\r\n")[0]) for row in rows] == [
        (False, f"INVITE {target}"),
        (True, "SIP/2.0 100 Trying"),
        (True, "SIP/2.0 200 OK"),
        (False, f"ACK {target}"),
        (False, f"BYE {target}"),
        (True, "SIP/2.0 200 OK"),
    ]
    assert {(row.leg, row.transport) for row in rows} == {(0, "UDP")}
    kept = [file for file in line.folder.glob("line.db*") if file.is_file()]
    assert b"5ec2e7" not in b"".join(file.read_bytes() for file in kept)
    ladder = line.run("trace", line.ended_call(peer.call_id).id, "--full")
    assert re.search(r"^\+0\.\d{3}      │ ◀─+ 200 OK \(2 INVITE\) │$", ladder, re.MULTILINE)
    assert ANNA not in ladder


def test_keys_in_info_are_not_kept(line: Daemon) -> None:
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.send(
            "INFO",
            "Signal=7\r\nDuration=160\r\n",
            extra=("Content-Type: application/dtmf-relay",),
        )
        assert peer.response("INFO").status == 200
        peer.hang_up()
    rows = traced(line, peer, 8)
    info = next(row.text for row in rows if row.text.startswith("INFO "))
    assert info.endswith("\r\n\r\nSignal=•••\r\nDuration=160\r\n")


def test_it_can_be_switched_off(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIPAGENT_LOG__TRACE", "false")
    line = start()
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.hang_up()
    call = line.ended_call(peer.call_id)
    line.stop()
    assert line.traced(call) == []
