"""What SIP allows a caller to do, and what callers do without being allowed to."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, until
from tests.calls.peer import ALAW, EVENT, Peer, settled

pytestmark = pytest.mark.line

#: Where a caller may hang up: keys to press once a prompt has begun, and the prompt to hang up in.
PHASES = {
    "greeting": [],
    "login.enter": [("greeting", "*")],
    "login.accepted": [("greeting", "100001#")],
    "menu.intro": [("greeting", "100001#")],
    "balance.overpayment": [("greeting", "100001#1")],
    "charges.several": [("greeting", "100001#2")],
    "login.not-recognised": [("greeting", "999999#")],
}


@pytest.mark.parametrize("phase", PHASES)
def test_hanging_up_in_any_phase_closes_the_record(line: Daemon, phase: str) -> None:
    with Peer(line.port, ANNA) as peer:
        assert peer.call().status == 200
        for prompt, keys in PHASES[phase]:
            line.says(peer.call_id, prompt)
            peer.press(keys)
        line.says(peer.call_id, phase)
        assert peer.hang_up().status == 200
    record = line.ended_call(peer.call_id)
    assert (record.ended_by, record.outcome) == ("caller", "hung-up")
    last = [e for e in line.timeline(record.id) if e.kind in {"prompt", "prompt-end"}][-1]
    assert (last.kind, last.details["cut"]) == ("prompt-end", True)
    assert last.details["key"].partition("+")[0] == phase


def test_hanging_up_while_a_key_is_held(line: Daemon) -> None:
    """The end of a key never comes: BYE comes instead."""
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("10")
        peer.hold("0")
        assert peer.hang_up().status == 200
    record = line.ended_call(peer.call_id)
    assert (record.ended_by, record.outcome) == ("caller", "hung-up")
    assert line.pressed(record.id) in {"10", "100"}


def test_a_caller_may_give_up_at_any_moment_of_the_answer(line: Daemon) -> None:
    """CANCEL crosses the 200 (RFC 3261, section 9.1): either wins, no call is left behind."""
    idle = settled(line)

    def give_up(milliseconds: float) -> tuple[str, int]:
        with Peer(line.port, ANNA) as peer:
            peer.send("INVITE", peer.offer())
            time.sleep(milliseconds / 1000)
            peer.send("CANCEL", same=True)
            answer = peer.answered()
            if answer.status == 200:
                assert peer.hang_up().status == 200
            return peer.call_id, answer.status

    with ThreadPoolExecutor(4) as callers:
        results = list(callers.map(give_up, [0, 0, 0, 0, 1, 2, 3, 4, 5, 7, 10, 15] * 3))
    assert {status for _, status in results} <= {200, 487}
    assert 487 in {status for _, status in results}
    for sip_id, _ in results:
        record = line.ended_call(sip_id)
        assert (record.ended_by, record.outcome) == ("caller", "hung-up")
    until(line.descriptors, lambda now: now <= idle)


def test_an_invite_without_an_offer(line: Daemon) -> None:
    """The line offers, the ACK answers (RFC 3264, section 5)."""
    with Peer(line.port, ANNA) as peer:
        answer = peer.call("")
        assert answer.status == 200
        assert "telephone-event" in answer.body
        peer.hears()
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        peer.hang_up()
    assert line.ended_call(peer.call_id).owner == "100001"


@pytest.mark.parametrize(("asked", "agreed"), [("sendonly", "recvonly"), ("inactive", "inactive")])
def test_hold_and_resume_in_a_prompt(line: Daemon, asked: str, agreed: str) -> None:
    """Nothing is sent while the caller holds (RFC 3264, section 8.4); then the line goes on."""
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "login.enter")
        peer.hears()
        held = peer.call(peer.offer(asked))
        assert held.status == 200
        assert f"a={agreed}" in held.body
        assert not any(heard for _, heard in peer.listen(0.3))
        resumed = peer.call(peer.offer())
        assert (resumed.status, "a=sendrecv" in resumed.body) == (200, True)
        peer.hears()
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        peer.hears()
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    assert (line.pressed(record.id), record.owner) == ("100001#", "100001")


def test_audio_follows_the_caller_to_another_port(line: Daemon) -> None:
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "login.enter")
        peer.move()
        assert peer.call(peer.offer()).status == 200
        peer.hears()
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    assert (line.pressed(record.id), record.owner) == ("100001#", "100001")


def test_no_codec_in_common_is_refused(line: Daemon) -> None:
    with Peer(line.port, ANNA) as peer:
        assert peer.call(peer.offer(codecs=f"18 {EVENT}")).status == 488
    with Peer(line.port, ANNA) as peer:
        assert peer.call(peer.offer(codecs=f"18 {ALAW} {EVENT}")).status == 200
        peer.hang_up()
    line.ended_call(peer.call_id)


def test_options_tell_that_the_line_lives(line: Daemon) -> None:
    with Peer(line.port) as peer:
        peer.send("OPTIONS")
        assert peer.response("OPTIONS").status == 200


def test_nobody_is_told_of_presence(line: Daemon) -> None:
    with Peer(line.port) as peer:
        peer.send("SUBSCRIBE", extra=("Event: presence", "Expires: 60"))
        assert peer.response("SUBSCRIBE").status == 489


@pytest.mark.parametrize(
    ("number", "extra", "expected"),
    [
        ("+48600100102", [f"P-Asserted-Identity: <tel:{ANNA}>"], (ANNA, 1)),
        ("48600100102", [f"P-Asserted-Identity: <sip:{ANNA}@x>, <tel:{ANNA}>"], (ANNA, 1)),
        ("600100102", [], ("+48600100102", 0)),
        ("anonymous", [f"P-Asserted-Identity: <tel:{ANNA}>"], (ANNA, 1)),
        ("anonymous", [], (None, 0)),
        (ANNA, [f"P-Asserted-Identity: <tel:{ANNA}>", "Privacy: id"], (None, 0)),
        (ANNA, ["Privacy: user;critical"], (None, 0)),
        (ANNA, ["Privacy: none"], (ANNA, 0)),
    ],
)
def test_who_calls(
    line: Daemon, number: str, extra: list[str], expected: tuple[str | None, int]
) -> None:
    with Peer(line.port, number, *extra) as peer:
        assert peer.call().status == 200
        line.call_of(peer.call_id)
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    assert (record.caller, record.asserted) == expected


def test_a_key_silences_the_line_at_once(line: Daemon) -> None:
    """Nothing is heard 60 ms after the first packet of a key, on the wire."""
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "login.enter")
        peer.hears()
        began = peer.press("1")  # for 140 ms; what came meanwhile waits in the socket
        heard = [at for at, loud in peer.listen(0.4, anew=False) if loud]
        peer.hang_up()
    assert max(heard, default=began) < began + 0.06, "it goes on talking"
    record = line.ended_call(peer.call_id)
    ended = [e for e in line.timeline(record.id) if e.kind == "prompt-end"]
    assert [e.details["cut"] for e in ended] == [False, True], "the key came in silence"
