"""SIP messages of one call, as the tap of the endpoint hands them over."""

from datetime import UTC, datetime, timedelta

from sipagent.telephony.message import SipMessage

CALLER, TARGET = "192.0.2.10:5060", "192.0.2.20:5060"
BEGAN = datetime(2026, 11, 23, 17, 1, 41, tzinfo=UTC)
SDP = (
    "v=0\r\no=anna 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


def text(first: str, cseq: str, sip_id: str, body: str = "", *extra: str) -> str:
    """Return a message."""
    head = [
        first,
        'From: "Anna" <sip:+48600100101@192.0.2.10>;tag=1',
        "To: <sip:infolinia@192.0.2.1>",
        f"Call-ID: {sip_id}",
        f"CSeq: {cseq}",
        *extra,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head) + "\r\n\r\n" + body


def came(ms: int, words: str, sip_id: str, *, sent: bool = False, peer: str = CALLER) -> SipMessage:
    """Return a message that came, or was sent, so many milliseconds after the first."""
    return SipMessage(BEGAN + timedelta(milliseconds=ms), sent, peer, "UDP", words, sip_id)


def invite(sip_id: str = "a1@x", ms: int = 0, *extra: str) -> SipMessage:
    """Return the first message of a call."""
    words = text("INVITE sip:infolinia@192.0.2.1 SIP/2.0", "1 INVITE", sip_id, SDP, *extra)
    return came(ms, words, sip_id)


def conversation(sip_id: str = "a1@x") -> list[SipMessage]:
    """Return a call from INVITE to the answer to BYE."""
    bye = "BYE sip:infolinia@192.0.2.1 SIP/2.0"
    return [
        invite(sip_id),
        came(1, text("SIP/2.0 100 Trying", "1 INVITE", sip_id), sip_id, sent=True),
        came(4, text("SIP/2.0 200 OK", "1 INVITE", sip_id, SDP), sip_id, sent=True),
        came(9, text("ACK sip:infolinia@192.0.2.1 SIP/2.0", "1 ACK", sip_id), sip_id),
        came(4200, text(bye, "2 BYE", sip_id), sip_id),
        came(4201, text("SIP/2.0 200 OK", "2 BYE", sip_id), sip_id, sent=True),
    ]


def second_leg(sip_id: str = "b1@x") -> list[SipMessage]:
    """Return a leg to somebody else who is busy."""
    first = "INVITE sip:+48221234567@192.0.2.20 SIP/2.0"
    return [
        came(2000, text(first, "1 INVITE", sip_id, SDP), sip_id, sent=True, peer=TARGET),
        came(2020, text("SIP/2.0 486 Busy Here", "1 INVITE", sip_id), sip_id, peer=TARGET),
    ]
