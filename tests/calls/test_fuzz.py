"""Malformed traffic disturbs no live call, and leaves nothing behind (docs/hostile-network.md)."""

import contextlib
import itertools
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.caller import ANNA
from tests.calls.crowd import Crowd
from tests.calls.daemon import Daemon, Start, until
from tests.calls.hostile import NEIGHBOUR, Attacker, Shot, patient_line, shots
from tests.calls.hostile_dialog import Victims
from tests.calls.hostile_rtp import ALAW, EVENT
from tests.calls.hostile_tcp import Connections
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

CALLS, VICTIMS = 5, 3
#: Seeds of the short run in the suite; scripts/fuzz takes any.
SEEDS = (1, 20260)
COUNT = 1000

#: In the spirit of RFC 4475, one of each kind; @P@ is the line's port.
_HEAD = (
    "Via: SIP/2.0/UDP 127.0.0.1:{mine};branch=z9hG4bK{n};rport\r\n"
    "From: <sip:anna@127.0.0.1>;tag={n}\r\nTo: <sip:infolinia@127.0.0.1>\r\n"
    "Call-ID: {n}@torture\r\nMax-Forwards: 70\r\n"
)
TORTURE = {
    "whitespace and folding": (
        "OPTIONS sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq:\r\n  00009\r\n\t OPTIONS\r\n"
        "s:\r\n \r\n  folded,\r\n\ttwice\r\nl:   0\r\n\r\n",
        None,
    ),
    "escapes and a quoted name": (
        "OPTIONS sip:info%6Cinia@127.0.0.1;%6c%72 SIP/2.0\r\n{head}CSeq: 1 OPTIONS\r\n"
        'Contact: "\\"\\\\ %00" <sip:a%40b@127.0.0.1>\r\nContent-Length: 0\r\n\r\n',
        200,
    ),
    "an unknown method of strange letters": (
        "!Odd'Method~ sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 !Odd'Method~\r\n"
        "Content-Length: 0\r\n\r\n",
        None,
    ),
    "an extension that is required": (
        "OPTIONS sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 OPTIONS\r\n"
        "Require: nobody-has-this\r\nContent-Length: 0\r\n\r\n",
        None,
    ),
    "a scalar beyond 32 bits": (
        "OPTIONS sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 36893488147419103232 OPTIONS\r\n"
        "Expires: 99999999999999999999\r\nContent-Length: 0\r\n\r\n",
        None,
    ),
    "a body longer than the datagram": (
        "INVITE sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n"
        "Content-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0\r\n",
        None,
    ),
    "a negative length": (
        "INVITE sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n"
        "Content-Length: -999\r\n\r\n",
        None,
    ),
    "another version": (
        "OPTIONS sip:infolinia@127.0.0.1 SIP/7.0\r\n{head}CSeq: 1 OPTIONS\r\n\r\n",
        None,
    ),
    "a request line without an end": ("INVITE sip:infolinia@127.0.0.1" + "a" * 60000, None),
    "an answer to nothing": (
        "SIP/2.0 4294967301 what\r\n{head}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        None,
    ),
    "no session description but another body": (
        "INVITE sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n"
        "Contact: <sip:anna@127.0.0.1:{mine}>\r\nContent-Type: text/plain\r\n"
        "Content-Length: 5\r\n\r\nhello",
        None,
    ),
    "unterminated quotes": (
        'OPTIONS sip:infolinia@127.0.0.1 SIP/2.0\r\n{head}CSeq: 1 OPTIONS\r\nContact: "a\r\n'
        "Content-Length: 0\r\n\r\n",
        None,
    ),
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line that talks to its callers for as long as they stay."""
    daemon = patient_line(tmp_path_factory.mktemp("patient"), clips).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A socket on another host."""
    with socket.socket(type=socket.SOCK_DGRAM) as used:
        used.bind((NEIGHBOUR, 0))
        used.settimeout(2.0)
        yield used


def answers(line: Daemon) -> None:
    """See that the line takes a call."""
    with Peer(line.port, ANNA) as peer:
        assert peer.call().status == 200
        assert peer.hang_up().status == 200


@pytest.mark.parametrize("kind", TORTURE)
def test_the_line_answers_after(patient: Daemon, stranger: socket.socket, kind: str) -> None:
    text, status = TORTURE[kind]
    mine = stranger.getsockname()[1]
    head = _HEAD.format(mine=mine, n=f"n{list(TORTURE).index(kind)}")
    message = text.replace("{head}", head).replace("{mine}", str(mine))
    stranger.sendto(message.encode()[:60000], ("127.0.0.1", patient.port))
    if status is not None:
        assert stranger.recv(65536).split()[1] == str(status).encode()
    answers(patient)


@pytest.mark.parametrize("seed", SEEDS)
def test_live_calls_are_not_disturbed(patient: Daemon, seed: int) -> None:
    with Crowd(patient.port, CALLS) as crowd:
        victims = Victims(patient.port, VICTIMS)
        attacker = Attacker(patient.port, crowd.calls, victims)
        # Until a caller is heard, whoever comes first is taken for one behind a NAT.
        until(lambda: min(len(call.arrivals) for call in crowd.calls), lambda n: n > 10)
        victims.start()
        try:
            attacker.throw_all(shots(seed, CALLS, VICTIMS), COUNT, rate=500)
        finally:
            victims.stop()
        answers(patient)
        crowd.rest()
        attacker.part()
        attacker.close()
        assert crowd.dropped() == []
        assert attacker.stolen == 0, "somebody else was sent the audio of a call"
        assert set(crowd.hang_up()) == {200}
        for call in crowd.calls:
            assert len(call.pressed) > 0
            assert patient.pressed(patient.ended_call(call.call_id).id) == call.pressed
            numbers = [number for _, number in call.arrivals]
            assert [(b - a) & 0xFFFF for a, b in itertools.pairwise(numbers)] == [1] * (
                len(numbers) - 1
            ), "packets were lost, or went elsewhere"


def rtp(kind: int, number: int, payload: bytes) -> bytes:
    """Return an RTP packet of somebody's own."""
    return struct.pack("!BBHII", 0x80, kind, number, number * 160, 0x5EED) + payload


def test_who_sprays_packets_gets_no_audio_and_presses_no_key(
    patient: Daemon, stranger: socket.socket
) -> None:
    """More packets than the caller's own, without any of them between ("RTP bleed")."""
    with Crowd(patient.port, 1) as crowd:
        call = crowd.calls[0]
        crowd.typing = False
        until(lambda: len(call.arrivals), lambda count: count > 10)
        for number in range(100):
            stranger.sendto(rtp(ALAW, number, b"\x2a" * 160), call.media)
        for number in range(100, 140):
            event = struct.pack("!BBH", 7, 0x8A, 160)
            stranger.sendto(rtp(EVENT, number, event), call.media)
        stranger.settimeout(0.3)
        with pytest.raises(TimeoutError):
            stranger.recv(2048)
        crowd.hang_up()
    assert patient.pressed(patient.ended_call(call.call_id).id) == ""


def test_reports_go_to_the_caller_only(patient: Daemon, stranger: socket.socket) -> None:
    """Three reports of a stranger would have moved the line's own (RFC 3550, section 6)."""
    with Crowd(patient.port, 1) as crowd:
        call = crowd.calls[0]
        host, port = call.media
        for _ in range(10):
            stranger.sendto(struct.pack("!BBHI", 0x80, 201, 1, 0x5EED), (host, port + 1))
        stranger.settimeout(6.0)  # the line reports every five seconds
        with pytest.raises(TimeoutError):
            stranger.recv(2048)
        crowd.hang_up()


def test_an_old_bye_ends_no_call(patient: Daemon) -> None:
    """Not even after an ACK with an older number still (RFC 3261, section 12.2.2)."""
    with Crowd(patient.port, 1) as crowd:
        attacker = Attacker(patient.port, crowd.calls)
        for method, number in (("ACK", 0), ("BYE", 1)):
            message = (
                f"{method} sip:infolinia@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:@MINE@;branch=z9hG4bK{method};rport\r\n"
                "From: <sip:anna@127.0.0.1>;tag=@FROM0@\r\nTo: <sip:x@127.0.0.1>;tag=@TO0@\r\n"
                f"Call-ID: @ID0@\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n"
            )
            attacker.throw(Shot("sip", "far", "sip", 0, message.encode()))
        call = crowd.calls[0]
        answers(patient)
        count = len(call.arrivals)
        until(lambda: len(call.arrivals), lambda now: now > count + 10)
        attacker.close()
        assert crowd.hang_up() == [200]


def test_a_caller_behind_nat_is_followed_to_another_port(patient: Daemon) -> None:
    """The port of the same host may change once the old one has fallen silent."""
    with Peer(patient.port, ANNA) as peer:
        peer.call()
        peer.speak(0.2)
        peer.hears()
        peer.move()
        time.sleep(0.6)
        peer.speak(0.4)
        peer.hears()
        peer.press("7")
        assert peer.hang_up().status == 200
    assert patient.pressed(patient.ended_call(peer.call_id).id) == "7"


def test_who_never_acknowledges_has_half_of_the_line(start: Start) -> None:
    """Every such call holds a slot for a minute; others are answered all the same."""
    line = start(max_calls=40)
    with contextlib.ExitStack() as stack:
        flood = socket.socket(type=socket.SOCK_DGRAM)
        stack.callback(flood.close)
        flood.bind((NEIGHBOUR, 0))
        for number in range(60):
            flood.sendto(_invite(line, flood, number), ("127.0.0.1", line.port))
        until(lambda: len(line.calls()), lambda count: count >= 20)
        callers = [stack.enter_context(Peer(line.port, ANNA)) for _ in range(10)]
        assert [caller.call().status for caller in callers] == [200] * 10
        assert [caller.hang_up().status for caller in callers] == [200] * 10
        assert len(line.calls()) <= 20 + 10


def test_a_name_in_place_of_an_address_holds_nobody_up(start: Start) -> None:
    """The DNS is silent, and only whoever gave a name waits for it (RFC 4566, section 5.7)."""
    with _silent_dns() as dns, socket.socket(type=socket.SOCK_DGRAM) as used:
        line = start(sip=f'nameservers = ["127.0.0.1:{dns.getsockname()[1]}"]')
        used.bind((NEIGHBOUR, 0))
        used.settimeout(5)
        for number in range(5):
            message = _invite(line, used, number, contact="slow.invalid")
            used.sendto(message, ("127.0.0.1", line.port))
        began = time.monotonic()
        answers(line)
        assert time.monotonic() - began < 1.0
        # Of a name in SDP nobody asks at all, not even of one that is known at once.
        used.sendto(_invite(line, used, 9, host="localhost"), ("127.0.0.1", line.port))
        until(lambda: _status(used, "flood9@"), lambda status: status >= 400)


def test_silent_connections_leave_room_for_calls(patient: Daemon) -> None:
    connections = Connections(patient.port, 1)
    try:
        assert connections.crowd(400) == 400
        answers(patient)
        until(connections.still_open, lambda count: count == 0)
    finally:
        connections.close()
    answers(patient)


def test_misused_connections_disturb_nobody(patient: Daemon) -> None:
    connections = Connections(patient.port, 1)
    try:
        for attack in connections.all():
            attack()
        answers(patient)
    finally:
        connections.close()


def _silent_dns() -> socket.socket:
    silent = socket.socket(type=socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    return silent


def _status(used: socket.socket, call: str) -> int:
    """Return the status of the next answer; 0 where it is of another call."""
    answer = used.recv(65536).decode()
    return int(answer.split()[1]) if f"Call-ID: {call}" in answer else 0


def _invite(
    line: Daemon, used: socket.socket, number: int, contact: str = NEIGHBOUR, host: str = NEIGHBOUR
) -> bytes:
    mine = used.getsockname()[1]
    body = (
        f"v=0\r\no=- 1 1 IN IP4 {NEIGHBOUR}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        "m=audio 4000 RTP/AVP 8\r\n"
    )
    head = _HEAD.format(mine=mine, n=f"flood{number}").replace("127.0.0.1", NEIGHBOUR)
    return (
        f"INVITE sip:infolinia@127.0.0.1:{line.port} SIP/2.0\r\n{head}CSeq: 1 INVITE\r\n"
        f"Contact: <sip:anna@{contact}:{mine}>\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
