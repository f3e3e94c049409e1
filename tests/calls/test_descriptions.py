"""What phones and gateways write into SDP: other media, oddities, and addresses of IPv6."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, until
from tests.calls.farend import FarEnd, logged_in
from tests.calls.peer import Message, _socket
from tests.phone_tones import coded, key_tones

pytestmark = pytest.mark.line

BEFORE = {
    "nothing": (),
    "video": ("m=video 40102 RTP/AVP 31",),
    "fax": ("m=image 40102 udptl t38",),
    "slides": ("m=application 40102 UDP/BFCP *",),
    "data": ("m=application 40102 DTLS/SCTP 5000", "a=sctpmap:5000 webrtc-datachannel 1024"),
    "an unknown one": ("m=hologram 40102 RTP/AVP 31",),
}
G729 = ("m=audio 40102 RTP/AVP 18", "a=rtpmap:18 G729/8000")


def ports(answer: Message, media: str = r"\w+") -> list[str]:
    """Return the ports of the media in an answer."""
    return re.findall(rf"^m={media} (\d+)", answer.body, re.MULTILINE)


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line that encrypts where the phone wishes, and has no address of IPv6 of its own."""
    daemon = Daemon(tmp_path_factory.mktemp("lenient"), clips, sip='srtp = "optional"').start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


def types(line: Daemon, phone: FarEnd, tones: bytes) -> None:
    """Type until the login is taken: where the machine stands still, a tone has a gap."""
    call, heard = line.call_of(phone.call_id).id, list[str]()
    while "login.accepted" not in heard:
        phone.play(tones)
        heard = until(lambda: line.said(call), partial(_judged, len(heard)))


def _judged(before: int, heard: list[str]) -> bool:
    """Whether it was told how a login went, after so many prompts."""
    return not {"login.accepted", "login.again"}.isdisjoint(heard[before:])


def test_audio_is_found_whatever_its_place(line: Daemon) -> None:
    """Refused media keep their place (RFC 3264, section 6); keys as tones, hold, quality."""
    pause = np.zeros(800)
    tones = coded(
        np.concatenate([np.append(key_tones(key, 0.14), pause) for key in "100001#"] + [pause] * 2)
    )

    def try_out(before: tuple[str, ...]) -> tuple[str, str]:
        with FarEnd(line.port, ANNA) as typing, FarEnd(line.port, ANNA) as holding:
            answer = typing.call(typing.sdp(event=0, before=before))
            assert ports(answer)[:-1] == ["0"] * (len(ports(answer)) - 1)
            line.says(typing.call_id, "greeting")
            types(line, typing, tones)
            typing.hang_up()

            holding.call(holding.sdp(before=before))
            line.says(holding.call_id, "greeting")
            holding.call(holding.sdp(before=before, direction="sendonly"))
            holding.call(holding.sdp(before=before))
            holding.hears()
            holding.hang_up()
        return typing.call_id, holding.call_id

    with ThreadPoolExecutor(len(BEFORE)) as phones:
        results = dict(zip(BEFORE, phones.map(try_out, BEFORE.values()), strict=True))
    for name, (typed, held) in results.items():
        record = line.ended_call(typed)
        assert (name, line.pressed(record.id)[-7:], record.owner) == (name, "100001#", "100001")
        assert json.loads(record.quality or "{}").get("rx_packets"), name
        events = line.timeline(line.ended_call(held).id)
        turns = [event.kind for event in events if event.kind in {"hold", "resume"}]
        assert (name, turns) == (name, ["hold", "resume"])


@pytest.mark.parametrize("first", [True, False])
def test_of_two_audio_lines_the_one_that_is_understood(line: Daemon, first: bool) -> None:
    """The port in the answer is where somebody listens (RFC 3264, section 6)."""
    with FarEnd(line.port, ANNA) as phone:
        offer = phone.sdp(before=G729) if first else phone.sdp(more=G729)
        answer = ports(phone.call(offer), "audio")
        assert answer.index("0") == (0 if first else 1)
        phone.press("100001#")
        logged_in(line, phone)


def test_of_two_good_audio_lines_one_is_taken(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        answer = phone.call(phone.sdp(more=("m=audio 40102 RTP/AVP 8",)))
        assert ports(answer)[1] == "0"
        phone.press("100001#")
        logged_in(line, phone)


def test_encryption_without_keys_leaves_the_plain_line(lenient: Daemon) -> None:
    with FarEnd(lenient.port, ANNA) as phone:
        answer = phone.call(phone.sdp(before=("m=audio 40102 RTP/SAVP 8",)))
        assert ports(answer)[0] == "0"
        phone.press("100001#")
        logged_in(lenient, phone)


def test_oddities_that_keep_nobody_from_talking(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        plain = phone.sdp(event=0)
        for odd in (
            plain.replace("s=-", "s="),
            plain.replace("AVP 8", "AVP 8 101 102"),  # nobody says what these are
            plain + "\0",
            plain + "\r\n\0\0",
        ):
            answer = phone.call(odd)
            assert answer.status == 200, odd
            assert "m=audio" in answer.body
        phone.hears()
        phone.hang_up()


@pytest.mark.parametrize("port", [0, 40102])
@pytest.mark.parametrize("first", [True, False])
def test_a_refused_line_needs_no_address(line: Daemon, port: int, first: bool) -> None:
    """In an INVITE, and in UPDATE and re-INVITE, which pjsua reads otherwise; 99 has no name."""
    address, nowhere = "c=IN IP4 127.0.0.1", (f"m=audio {port} RTP/AVP 99",)

    def offer(phone: FarEnd) -> str:
        before, more = (nowhere, ()) if first else ((), nowhere)
        whole = phone.sdp(lines=(address,), before=before, more=more)
        return whole.replace(f"{address}\r\n", "", 1)  # that of the session

    with FarEnd(line.port, ANNA) as phone:
        assert ports(phone.call(offer(phone)), "audio").count("0") == 1
        assert phone.ask("UPDATE", offer(phone)).status == 200
        assert phone.call(offer(phone)).status == 200
        phone.press("100001#")
        logged_in(line, phone)


@pytest.mark.parametrize("kind", ["related", "mixed", "x-unheard-of"])
def test_any_multipart_is_taken_as_mixed(line: Daemon, kind: str) -> None:
    """RFC 5621, section 3.1."""
    with FarEnd(line.port, ANNA) as phone:
        parts = (
            f"--b\r\nContent-Type: application/sdp\r\n\r\n{phone.sdp()}\r\n"
            "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"
        )
        phone.send("INVITE", parts, extra=(f"Content-Type: multipart/{kind};boundary=b",))
        assert phone.answered().status == 200
        phone.press("100001#")
        logged_in(line, phone)


class DualStack(FarEnd):
    """A phone whose audio is over IPv6, though it calls over IPv4."""

    def __init__(self, line: Daemon) -> None:
        super().__init__(line.port, ANNA)
        self._rtp.close()
        self._rtp = _socket(host="::1")

    def take(self, answer: Message) -> None:
        """See Peer; the address is the answer's, too."""
        super().take(answer)
        place = re.search(r"^c=IN IP6 (\S+)\r$", answer.body, re.MULTILINE)
        assert place, answer.text
        assert self._media
        self._media = (place[1], self._media[1])


def test_audio_over_ipv6_beside_signalling_over_ipv4(lenient: Daemon) -> None:
    """As Linphone offers it on a machine with both; the line listens on IPv4 only."""
    with DualStack(lenient) as phone:
        answer = phone.call(phone.sdp(address="::1"))
        assert "c=IN IP6 ::1\r\n" in answer.body
        phone.hears()
        phone.press("100001#")
        logged_in(lenient, phone)
    quality = json.loads(lenient.ended_call(phone.call_id).quality or "{}")
    assert quality["local_rtp"].startswith("[::1]:")
    assert quality["rx_packets"]


def test_a_call_keeps_its_version_of_ip(lenient: Daemon) -> None:
    """A change to the other one is refused, and the call goes on as before."""
    with FarEnd(lenient.port, ANNA) as phone:
        phone.call(phone.sdp())
        assert phone.call(phone.sdp(address="::1")).status >= 400
        phone.hears()
        phone.press("100001#")
        logged_in(lenient, phone)
