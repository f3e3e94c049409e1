"""Offers that the line cannot take: 488 (RFC 3264, section 6), whenever they come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import FarEnd
from tests.calls.peer import EVENT

pytestmark = pytest.mark.line

FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["4A"] * 32)
#: Transports of audio whose keys cannot be agreed, and attributes: DTLS (RFC 5763) as WebRTC
#: clients and PBXs offer it, or a part of it; SDES (RFC 4568) without a key.
UNKNOWN_KEYS = {
    "dtls, with feedback": ("UDP/TLS/RTP/SAVPF", ("a=setup:actpass", FINGERPRINT)),
    "dtls": ("UDP/TLS/RTP/SAVP", ("a=setup:actpass", FINGERPRINT)),
    "dtls without a role": ("UDP/TLS/RTP/SAVPF", (FINGERPRINT,)),
    "dtls without a word": ("UDP/TLS/RTP/SAVP", ()),
    "dtls over tcp": ("TCP/DTLS/RTP/SAVP", ("a=setup:actpass", FINGERPRINT)),
    "dtls named as sdes": ("RTP/SAVPF", ("a=setup:actpass", FINGERPRINT)),
    "no key": ("RTP/SAVP", ()),
    "half a key": ("RTP/SAVP", ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",)),
}
CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40
G729 = 18


@pytest.fixture(params=["off", "optional", "mandatory"], scope="module")
def secured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clips: Path
) -> Iterator[Daemon]:
    """A line with that ``sip.srtp``."""
    sip = f'srtp = "{request.param}"'
    daemon = Daemon(tmp_path_factory.mktemp(str(request.param)), clips, sip=sip).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


def accepted(secured: Daemon, peer: FarEnd) -> str:
    """Return audio that this line takes."""
    if 'srtp = "mandatory"' in secured.config.read_text("utf-8"):
        return audio(peer, "RTP/SAVP", (CRYPTO,))
    return audio(peer, "RTP/AVP")


def audio(peer: FarEnd, transport: str, attributes: tuple[str, ...] = ()) -> str:
    """Return a line of audio, and what belongs to it."""
    plain = peer.sdp(lines=attributes)
    return plain[plain.index("m=audio") :].replace("RTP/AVP", transport)


def offer(peer: FarEnd, *media: str) -> str:
    """Return an offer of these media."""
    return peer.sdp().partition("m=")[0] + "".join(media)


@pytest.mark.parametrize("kind", UNKNOWN_KEYS)
def test_keys_that_cannot_be_agreed(secured: Daemon, kind: str) -> None:
    with FarEnd(secured.port, ANNA) as peer:
        assert peer.call(offer(peer, audio(peer, *UNKNOWN_KEYS[kind]))).status == 488
    refused = secured.ended_call(peer.call_id)
    assert (refused.outcome, refused.sip_code) == ("refused", 488)


@pytest.mark.parametrize("kind", UNKNOWN_KEYS)
def test_and_in_a_call_that_goes_on(secured: Daemon, kind: str) -> None:
    """By re-INVITE (RFC 3261, section 14.2) and by UPDATE (RFC 3311, section 5.2)."""
    with FarEnd(secured.port, ANNA) as peer:
        assert peer.call(offer(peer, accepted(secured, peer))).status == 200
        secured.says(peer.call_id, "greeting")
        bad = audio(peer, *UNKNOWN_KEYS[kind])
        for method in ("INVITE", "UPDATE"):
            assert peer.ask(method, offer(peer, bad)).status == 488
            if method == "INVITE":
                peer.send("ACK", same=True)
        peer.inform("1")
        assert peer.response("INFO").status == 200
        good = peer.call(offer(peer, accepted(secured, peer)))
        assert good.status == 200
        assert peer.hang_up().status == 200
    record = secured.ended_call(peer.call_id)
    assert (secured.pressed(record.id), record.ended_by) == ("1", "caller")


@pytest.mark.parametrize("first", [True, False])
def test_the_line_beside_it_is_taken(secured: Daemon, first: bool) -> None:
    with FarEnd(secured.port, ANNA) as peer:
        media = [audio(peer, *UNKNOWN_KEYS["dtls"]), accepted(secured, peer)]
        answer = peer.call(offer(peer, *(media if first else reversed(media))))
        ports = [line.split()[1] != "0" for line in answer.body.split("\r\n") if "m=audio" in line]
        assert (answer.status, ports) == (200, [not first, first])
        secured.says(peer.call_id, "greeting")
        assert peer.hang_up().status == 200


def test_an_answer_to_what_the_line_offers(secured: Daemon) -> None:
    """It offers where the INVITE does not (RFC 3264, section 5); a bad answer ends the call."""
    with FarEnd(secured.port, ANNA) as peer:
        peer.send("INVITE")
        answer = peer.response("INVITE")
        assert answer.status == 200
        peer._to = f"To: {answer.header('To')}"
        peer.take(answer)
        peer.send("ACK", offer(peer, audio(peer, *UNKNOWN_KEYS["dtls"])))
        peer.await_bye()
    secured.ended_call(peer.call_id)


def test_a_change_to_codecs_that_nobody_has(secured: Daemon) -> None:
    """488 and not 500, and the call stays as it was (RFC 3261, section 14.2)."""
    with FarEnd(secured.port, ANNA) as peer:
        good = offer(peer, accepted(secured, peer))
        assert peer.call(good).status == 200
        secured.says(peer.call_id, "greeting")
        changed = good.replace(f" 8 {EVENT}", f" {G729} {EVENT}")
        for method in ("INVITE", "UPDATE"):
            assert peer.ask(method, changed).status == 488
            if method == "INVITE":
                peer.send("ACK", same=True)
        assert peer.hang_up().status == 200
    assert secured.ended_call(peer.call_id).ended_by == "caller"


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_change_that_fails_does_not_spoil_the_next_one(secured: Daemon, method: str) -> None:
    """It brings more media than there were, and its end is that of the call as it was."""
    with FarEnd(secured.port, ANNA) as peer:
        good = accepted(secured, peer)
        assert peer.call(offer(peer, good)).status == 200
        secured.says(peer.call_id, "greeting")
        bad = [audio(peer, *UNKNOWN_KEYS["half a key"]) for _ in range(2)]
        assert peer.ask(method, offer(peer, *bad)).status == 488
        if method == "INVITE":
            peer.send("ACK", same=True)
        assert peer.call(offer(peer, good)).status == 200
        assert peer.hang_up().status == 200
    assert secured.ended_call(peer.call_id).ended_by == "caller"
