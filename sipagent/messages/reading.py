"""Reading a message of the outbox back, as whoever gets it sees it."""

import email
import email.policy
from dataclasses import dataclass

#: What stands above the text.
_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with a message; ``size`` is in bytes."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Written:
    """A message: its headers in order, its text, its files."""

    headers: tuple[tuple[str, str], ...]
    text: str
    attached: tuple[Attached, ...]


def read(content: bytes) -> Written:
    """Return what stands in a message (RFC 5322)."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    body = mail.get_body(("plain",))
    attached = (
        Attached(
            part.get_filename() or "",
            part.get_content_type(),
            len(part.get_payload(decode=True) or b""),
        )
        for part in mail.iter_attachments()
    )
    headers = tuple((name, str(mail[name])) for name in _HEADERS if mail[name])
    return Written(headers, str(body.get_content()) if body else "", tuple(attached))
