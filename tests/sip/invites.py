"""Requests for tests of their header fields."""

from sipagent.sip.headers import Message

FROM = 'From: "Ala Nowak" <sip:600100101@192.0.2.9>;tag=1'


def invite(*lines: str, uri: str = "sip:infolinia@192.0.2.1") -> Message:
    """Return an INVITE with these header fields, and a body that has one more."""
    body = "v=0\r\n\r\nP-Asserted-Identity: <sip:+48600100109@192.0.2.9>\r\n"
    return Message("\r\n".join([f"INVITE {uri} SIP/2.0", *lines, "", body]))
