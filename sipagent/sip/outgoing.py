"""What this line writes into SIP messages: URIs, addresses and header fields.

Some of it has come in with a message, such as the number that was called. So nothing is put into
a message but through here: what could end a field or begin another is refused or escaped.
"""

import re
from urllib.parse import quote

import pjsua2 as pj

from sipagent.errors import CallError
from sipagent.telephony.outcome import Cause

#: RFC 3261, section 25.1: unreserved and user-unreserved, without the ``;`` before parameters.
_USER = "-_.!~*'()&=+$,?/"
_PLACE = re.compile(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")


def sip_uri(user: str, place: str, scheme: str = "sip") -> str:
    """Return ``sip:user@place``.

    Args:
        user: number or name, as it is meant: escapes are made here. Empty: there is none.
        place: ``host``, ``host:port`` or ``[2001:db8::1]:port``.
        scheme: ``sip`` or ``sips``.

    Raises:
        CallError: one of them cannot stand in a URI.
    """
    if not _PLACE.fullmatch(place):
        raise CallError(f"{place!r} is no host of a SIP address")
    return f"{scheme}:{quote(_line(user), safe=_USER)}@{place}" if user else f"{scheme}:{place}"


def name_addr(uri: str, name: str = "", **parameters: str) -> str:
    """Return ``"name" <uri>;parameter=value`` for a URI of ``sip_uri``.

    Raises:
        CallError: a control character is in it, or a value is no token.
    """
    shown = _quoted(name) + " " if name else ""
    tail = "".join(f";{key}={_token(value)}" for key, value in parameters.items())
    return f"{shown}<{_line(uri)}>{tail}"


def reason_field(cause: Cause) -> str:
    """Return the value of a Reason header field (RFC 3326).

    Raises:
        CallError: a control character is in its text.
    """
    return f"SIP;cause={cause.code};text={_quoted(cause.text)}"


def header(name: str, value: str) -> pj.SipHeader:
    """Return a header field for a message of ours.

    Raises:
        CallError: it would be more than one field, or none.
    """
    made = pj.SipHeader()
    made.hName, made.hValue = _token(name), _line(value)
    return made


def line(name: str, value: str) -> str:
    """Return a header field as it stands in a message, with a line feed.

    Raises:
        CallError: it would be more than one field, or none.
    """
    return f"{_token(name)}: {_line(value)}\n"


def _quoted(text: str) -> str:
    """Return a quoted-string (RFC 3261, section 25.1)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", _line(text)) + '"'


def _line(text: str) -> str:
    if not text.isprintable():
        raise CallError(f"{text!r} has a control character, which no SIP message may have")
    return text


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise CallError(f"{text!r} is no token of SIP")
    return text
