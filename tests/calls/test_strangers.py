"""Who is neither trunk nor neighbour gets no answer at all, and costs nobody anything."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.daemon import ROOT, Daemon, Start, until
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside

STRANGER = "127.0.0.2"
FILTER = ROOT / "deploy/fail2ban/filter.d-sipagent.conf"


def request(method: str, line: Daemon, number: int = 1, *, to_tag: str = "") -> bytes:
    """Return a well-formed request of a stranger."""
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
        "m=audio 40000 RTP/AVP 8\r\n"
    )
    content = body if method == "INVITE" else ""
    kind = "Content-Type: application/sdp\r\n" if content else ""
    return (
        f"{method} sip:100@127.0.0.1:{line.port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {STRANGER}:5999;rport;branch=z9hG4bK-{method}-{number}\r\n"
        f"From: <sip:100@{STRANGER}>;tag=a{number}\r\n"
        f"To: <sip:100@127.0.0.1>{to_tag}\r\n"
        f"Call-ID: {method}-{number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:100@{STRANGER}:5999>\r\n{kind}"
        f"Content-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


def knock(*address: str) -> socket.socket:
    """Return a socket of the stranger's."""
    knocker = socket.socket(type=socket.SOCK_DGRAM)
    knocker.bind((address[0] if address else STRANGER, 0))
    knocker.settimeout(1.0)
    return knocker


def answers(knocker: socket.socket) -> list[str]:
    """Return the first lines of all that comes until nothing comes for a second."""
    found = []
    try:
        while True:
            found.append(knocker.recv(65536).split(b"\r\n")[0].decode("ascii", "replace"))
    except TimeoutError:
        return found


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line that only 127.0.0.1 may call."""
    folder = tmp_path_factory.mktemp("closed")
    daemon = Daemon(folder, clips, sip='allow = ["127.0.0.1/32"]').start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


def refusals(line: Daemon, address: str = STRANGER, **wanted: str) -> int:
    """Return how many packets of an address the log counts."""
    pattern = re.compile(
        rf"sip refused from {re.escape(address)} transport=(?P<transport>\w+) "
        r"method=(?P<method>\S+) reason=(?P<reason>\w+) count=(?P<count>\d+)"
    )
    lines = [pattern.fullmatch(str(event["event"])) for event in list(line.log)]
    found = [line.groupdict() for line in lines if line]
    return sum(int(one["count"]) for one in found if wanted.items() <= one.items())


def test_a_stranger_hears_nothing_and_is_counted(closed: Daemon) -> None:
    before = refusals(closed)
    packets = [request(method, closed) for method in ("OPTIONS", "REGISTER", "INVITE", "BYE")]
    packets += [b"\0" * 40, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".ljust(64)]
    packets += [b"SIP/2.0 200 OK\r\n\r\n".ljust(64), b"\r\n\r\n"]
    with knock() as stranger:
        for packet in packets:
            stranger.sendto(packet, ("127.0.0.1", closed.port))
        assert answers(stranger) == []
    # Empty lines, which keep a NAT open, are no message.
    until(lambda: refusals(closed) - before, lambda count: count == len(packets) - 1)
    assert closed.calls() == []


def test_a_neighbour_is_answered_as_before(closed: Daemon) -> None:
    with knock("127.0.0.1") as neighbour:
        neighbour.sendto(request("OPTIONS", closed, 7), ("127.0.0.1", closed.port))
        assert answers(neighbour) == ["SIP/2.0 200 OK"]


def test_a_connection_of_a_stranger_ends_at_once(closed: Daemon) -> None:
    with socket.socket() as stranger:
        stranger.bind((STRANGER, 0))
        stranger.settimeout(5)
        stranger.connect(("127.0.0.1", closed.port))
        assert stranger.recv(100) == b""
    until(lambda: refusals(closed, transport="tcp", method="CONNECT"), bool)


def test_fail2ban_reads_the_log(closed: Daemon, tmp_path: Path) -> None:
    """Both forms of the log, as systemd's journal would hand them over."""
    with knock() as stranger:
        stranger.sendto(request("INVITE", closed, 9), ("127.0.0.1", closed.port))
    until(lambda: refusals(closed, method="INVITE"), bool)
    said = next(str(e["event"]) for e in closed.log if "sip refused" in str(e["event"]))
    stamp = "2026-11-24T01:02:03.000000Z"
    lines = [
        f'{{"event": "{said}", "level": "warning", "timestamp": "{stamp}"}}',
        f"{stamp} [warning  ] {said}",
        f"{stamp} [warning  ] {said.replace('stranger', 'password')}",
        f'{{"event": "call", "caller": "{said.replace("refused", "taken")}"}}',
    ]
    log = tmp_path / "sipagent.log"
    log.write_text("\n".join(lines) + "\n")
    # It takes a path with a space for the expression itself.
    rules = tmp_path / "filter.conf"
    shutil.copy(FILTER, rules)
    program = shutil.which("fail2ban-regex") or "/usr/bin/fail2ban-regex"
    done = subprocess.run(
        [program, str(log), str(rules), "--print-all-matched"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "3 matched" in done.stdout, done.stdout + done.stderr
    assert "4 lines" in done.stdout


def test_a_scan_is_not_felt_by_a_caller(closed: Daemon) -> None:
    """Thousands of requests while somebody calls: nothing lost, nothing answered."""
    count = 3000
    before = refusals(closed)

    def scan() -> None:
        with knock() as stranger:
            for number in range(count):
                method = ("OPTIONS", "REGISTER", "INVITE")[number % 3]
                stranger.sendto(request(method, closed, number), ("127.0.0.1", closed.port))
                if number % 20 == 0:
                    time.sleep(0.002)

    scanner = threading.Thread(target=scan)
    scanner.start()
    with knock("127.0.0.1") as neighbour:
        for number in range(20):
            neighbour.sendto(request("OPTIONS", closed, 100 + number), ("127.0.0.1", closed.port))
            assert neighbour.recv(4096).startswith(b"SIP/2.0 200")
    scanner.join()
    until(lambda: refusals(closed) - before, lambda seen: seen >= 0.99 * count)
    lines = sum("sip refused" in str(event["event"]) for event in closed.log)
    assert lines < 100, "one line a second and address, whatever they send"
    assert closed.calls() == []


def test_a_direct_caller_is_limited(start: Start) -> None:
    line = start(sip='allow = ["127.0.0.1/32"]\ndirect = true\ndirect_rate = 5.0\ndirect_calls = 2')
    with knock() as caller:
        for number in range(3):
            caller.sendto(request("INVITE", line, number), ("127.0.0.1", line.port))
        firsts = answers(caller)
        assert any("200 OK" in one for one in firsts)
        assert any("503" in one for one in firsts), "a third call at the same time"
        until(lambda: len(line.calls()), lambda calls: calls == 2)
    with knock("127.0.0.3") as flood:
        for number in range(300):
            flood.sendto(request("OPTIONS", line, number), ("127.0.0.1", line.port))
        taken = sum("200" in one for one in answers(flood))
    assert 50 <= taken <= 70, "ten seconds' worth at once, and then one by one"
    line.event("draining", within=0.1) if False else None
    until(
        lambda: [
            e
            for e in line.log
            if "127.0.0.3" in str(e["event"]) and "reason=rate" in str(e["event"])
        ],
        bool,
    )
