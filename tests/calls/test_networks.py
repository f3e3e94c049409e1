"""What the line tells the other side of where it is: NAT, IPv6, its range of audio ports."""

import re
import socket

import pytest

from tests.calls.daemon import Daemon, Start, until
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

PUBLIC = "203.0.113.7"


class Caller:
    """One INVITE from an address of the test's own, and the audio that follows it.

    Args:
        host: where it calls from.
        line: whom it calls.
        media: where it wants its audio; empty: there.
    """

    def __init__(self, host: str, line: Daemon, media: str = "") -> None:
        self._host = host
        self._media = media or host
        self._kind = "IP6" if ":" in self._media else "IP4"
        self._shown = f"[{host}]" if ":" in host else host
        self.sip, self.rtp = (
            socket.socket(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_DGRAM)
            for one in (host, self._media)
        )
        for one, place in ((self.sip, host), (self.rtp, self._media)):
            one.bind((place, 0))
            one.settimeout(PATIENCE)
        self._line = (host, line.port)
        self.call_id = f"{self.sip.getsockname()[1]}@{host}"

    def _send(self, method: str, cseq: int, to_tag: str, body: str) -> None:
        port = self.sip.getsockname()[1]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        # The ACK of a 200 and the BYE go where the Contact says; behind this NAT that is us.
        text = (
            f"{method} sip:line@{self._shown}:{self._line[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._shown}:{port};rport;branch=z9hG4bK{method}{cseq}{port}\r\n"
            f"From: <sip:+48501000001@{self._shown}>;tag=t{port}\r\n"
            f"To: <sip:line@{self._shown}>{to_tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:me@{self._shown}:{port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self.sip.sendto(text.encode(), self._line)

    def invite(self) -> str:
        """Call, acknowledge the answer, and return it."""
        body = (
            f"v=0\r\no=- 1 1 IN {self._kind} {self._media}\r\ns=-\r\n"
            f"c=IN {self._kind} {self._media}\r\nt=0 0\r\n"
            f"m=audio {self.rtp.getsockname()[1]} RTP/AVP 8 101\r\n"
            "a=rtpmap:101 telephone-event/8000\r\n"
        )
        self._send("INVITE", 1, "", body)
        while not (answer := self.sip.recv(65536).decode()).startswith("SIP/2.0 200"):
            assert answer.startswith("SIP/2.0 1"), answer
        self.tag = re.search(r"^To:.*(;tag=[^\r]+)", answer, re.MULTILINE)[1]  # type: ignore[index]
        self._send("ACK", 1, self.tag, "")
        return answer

    def bye(self) -> None:
        """Hang up, and see the line agree."""
        self._send("BYE", 2, self.tag, "")
        while not self.sip.recv(65536).startswith(b"SIP/2.0 200"):
            pass


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, clips: object) -> object:
    """A line behind NAT that speaks IPv4 and IPv6."""
    folder = tmp_path_factory.mktemp("both")
    daemon = Daemon(
        folder,
        clips,  # type: ignore[arg-type]
        sip=f'ipv6_address = "::1"\npublic_address = "{PUBLIC}"',
    ).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


def test_behind_nat_the_public_address_is_told(both: Daemon) -> None:
    caller = Caller("127.0.0.1", both)
    answer = caller.invite()
    assert re.search(rf"^Contact: <sip:(\w+@)?{re.escape(PUBLIC)}:{both.port}", answer, re.M)
    assert f"c=IN IP4 {PUBLIC}\r\n" in answer
    port = int(re.search(r"m=audio (\d+) ", answer)[1])  # type: ignore[index]
    assert port in both.rtp, "one of the range of the settings"
    assert len(caller.rtp.recv(2048)) == 172, "the audio comes all the same"
    caller.bye()


def test_a_call_over_ipv6(both: Daemon) -> None:
    caller = Caller("::1", both)
    answer = caller.invite()
    assert re.search(rf"^Contact: <sip:(\w+@)?\[::1\]:{both.port}", answer, re.M)
    assert "c=IN IP6 ::1\r\n" in answer
    assert PUBLIC not in answer
    assert len(caller.rtp.recv(2048)) == 172
    caller.bye()
    assert both.ended_call(caller.call_id).outcome == "hung-up"


@pytest.mark.parametrize(("host", "media"), [("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
def test_audio_of_the_other_version_of_ip(both: Daemon, host: str, media: str) -> None:
    """The public address is one of SIP and audio over IPv4, not of what the phone asks for."""
    caller = Caller(host, both, media)
    answer = caller.invite()
    assert f"c=IN {'IP6' if ':' in media else 'IP4'} {media}\r\n" in answer
    assert len(caller.rtp.recv(2048)) == 172
    caller.bye()
    assert both.ended_call(caller.call_id).outcome == "hung-up"


def test_a_stranger_over_ipv6_is_a_stranger(start: Start) -> None:
    line = start(sip='ipv6_address = "::1"\nallow = ["127.0.0.1/32"]')
    caller = Caller("::1", line)
    caller.sip.settimeout(1)
    with pytest.raises(TimeoutError):
        caller.invite()
    until(
        lambda: [event for event in line.log if "sip refused from ::1" in str(event["event"])], bool
    )
