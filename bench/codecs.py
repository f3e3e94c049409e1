"""What a codec costs: calls of each codec, one after the other, to a line with all of them."""

import argparse
import re
import select
import socket
import time
from dataclasses import dataclass

from bench.machine import sample

_NAMES = {"PCMA": "8 PCMA/8000", "G722": "9 G722/8000", "opus": "111 opus/48000/2"}


@dataclass
class Call:
    """A call that sends back the audio that it gets."""

    sip: socket.socket
    rtp: socket.socket
    bye: bytes


def main() -> None:
    """Print the daemon's processor time a call, by codec."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where the line listens")
    parser.add_argument("--pid", type=int, required=True, help="the daemon's process")
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=5.0)
    wanted = parser.parse_args()
    costs = {}
    for codec in _NAMES:
        calls = [_call(wanted.port, codec, number) for number in range(wanted.calls)]
        _echo(calls, 0.5)
        before = sample(wanted.pid, [])
        packets = _echo(calls, wanted.seconds)
        after = sample(wanted.pid, [])
        for call in calls:
            call.sip.sendto(call.bye, ("127.0.0.1", wanted.port))
        time.sleep(1.0)
        share = 100 * (after.daemon - before.daemon) / (after.at - before.at) / wanted.calls
        costs[codec] = share
        print(
            f"{codec}: {share:.3f} % of a core a call, {share / costs['PCMA']:.2f} times PCMA; "
            f"{packets / wanted.calls / wanted.seconds:.1f} packets a second and call"
        )


def _call(port: int, codec: str, number: int) -> Call:
    sip, rtp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    for used in (sip, rtp):
        used.bind(("127.0.0.1", 0))
        used.settimeout(10)
    kind, _, name = _NAMES[codec].partition(" ")
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {rtp.getsockname()[1]} RTP/AVP {kind} 101\r\n"
        f"a=rtpmap:{kind} {name}\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
    here = f"127.0.0.1:{sip.getsockname()[1]}"
    ids = f"Call-ID: {codec}{number}-{time.monotonic_ns()}@{here}\r\nMax-Forwards: 70\r\n"
    ids += f"From: <sip:+48600100101@127.0.0.1>;tag=1\r\nContact: <sip:bench@{here}>\r\n"

    def request(method: str, cseq: int, to: str, text: str = "") -> bytes:
        kind = "Content-Type: application/sdp\r\n" if text else ""
        return (
            f"{method} sip:infolinia@127.0.0.1:{port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{time.monotonic_ns()};rport\r\n{ids}"
            f"To: {to}\r\nCSeq: {cseq} {method}\r\n{kind}Content-Length: {len(text)}\r\n\r\n{text}"
        ).encode()

    sip.sendto(request("INVITE", 1, "<sip:infolinia@127.0.0.1>", body), ("127.0.0.1", port))
    while not (answer := sip.recv(8192).decode()).startswith("SIP/2.0 200"):
        pass
    found = re.search(r"^To: (.*?)\r$", answer, re.MULTILINE)
    if found is None:
        raise SystemExit(f"the line's answer has no To:\n{answer}")
    sip.sendto(request("ACK", 1, found[1]), ("127.0.0.1", port))
    return Call(sip, rtp, request("BYE", 2, found[1]))


def _echo(calls: list[Call], seconds: float) -> int:
    """Send everything back; return how many packets there were."""
    count = 0
    sockets = [call.rtp for call in calls]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for ready in select.select(sockets, [], [], 0.05)[0]:
            packet, source = ready.recvfrom(2048)
            ready.sendto(packet, source)
            count += 1
    return count


if __name__ == "__main__":
    main()
