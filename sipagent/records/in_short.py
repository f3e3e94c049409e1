"""A SIP message in short: what an arrow of a ladder says of it (RFC 3665)."""

import re
from dataclasses import dataclass

from sipagent.text import printable

_STATIC = {"0": "PCMU", "3": "GSM", "8": "PCMA", "9": "G722", "18": "G729"}
_MEDIA = re.compile(r"^m=(\w+) (\d+) \S+ ?(.*?)\r?$", re.MULTILINE)
_NAMED = re.compile(r"^a=rtpmap:(\d+) ([^/\s]+)", re.MULTILINE)
_HOST = re.compile(r"^c=IN IP\d (\S+)", re.MULTILINE)
#: Only to be shown: nothing is decided by it.
_CSEQ = re.compile(r"^CSeq[ \t]*:\s*(\d+)\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_DIRECTION = re.compile(r"^a=(sendonly|recvonly|inactive)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Words:
    """What an arrow says of a message, and in which style."""

    label: str
    style: str


def words(text: str) -> Words:
    """Return a message as its method or status with CSeq (RFC 3261, section 20.16)."""
    first = text.partition("\r\n")[0]
    counted = _CSEQ.search(text.partition("\r\n\r\n")[0])
    number, method = counted.groups() if counted else ("", "")
    if not first.startswith("SIP/2.0 "):
        return Words(f"{first.partition(' ')[0]} {number}".strip(), "bold")
    status = first.removeprefix("SIP/2.0 ")
    style = {"1": "dim", "2": "green"}.get(status[:1], "red")
    return Words(f"{status} ({number} {method})", style)


def session(text: str) -> str:
    """Return a session description in short: where audio goes, its codecs; empty without one."""
    body = text.partition("\r\n\r\n")[2]
    names = _STATIC | dict(_NAMED.findall(body))
    host = _HOST.search(body)
    direction = _DIRECTION.search(body)
    parts = []
    for kind, port, formats in _MEDIA.findall(body):
        codecs = " ".join(names.get(one, one) for one in formats.split())
        parts.append(f"{kind} {host[1] if host else '?'}:{port} {codecs}")
    if parts and direction:
        parts.append(direction[1])
    return printable(", ".join(parts))
