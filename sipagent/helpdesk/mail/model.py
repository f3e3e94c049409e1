"""A mail as the help desk understands it: no bytes, no HTML, nothing that is not bounded."""

from dataclasses import dataclass
from enum import StrEnum

from sipagent.errors import SipAgentError


class MailUnreadable(SipAgentError):
    """A mail cannot be read; the text says why."""

    code = "mail-unreadable"


class Nature(StrEnum):
    """Who has written a mail: a person, or a program that nobody may answer (RFC 3834)."""

    LETTER = "letter"
    #: Out of office, on holiday, "we have got your mail".
    AUTO_REPLY = "auto-reply"
    #: It could not be delivered, or has been, or was opened (RFC 3464, RFC 8098).
    REPORT = "report"
    #: It is one of our own, come back.
    LOOP = "loop"


class Remark(StrEnum):
    """What is to be said of a mail besides its words."""

    ENCRYPTED = "encrypted"
    #: It is larger than what is read.
    CUT = "cut"
    #: It has more parts, or deeper ones, than are read.
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail says it is from; ``address`` is in lower case, empty where there is none."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with a mail; whether it may be kept, the room of tickets decides."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was read.

    ``key`` is what it is known by: its Message-ID, or a hash of it where it has none.
    ``fingerprint`` tells mails apart that share a Message-ID. ``references`` are the Message-IDs
    that it answers to, the nearest one first; of a report those of the mail that it is about.
    """

    key: str
    fingerprint: str
    nature: Nature
    sender: Sender
    #: Where an answer goes when nobody of that address is known.
    reply_to: str
    #: Whether the sender may be who they say: one ``From`` with one address, and what the house's
    #: own mail server says of it.
    proved: bool
    #: A program may not answer it, whoever has written it.
    quiet: bool
    subject: str
    references: tuple[str, ...]
    language: str
    #: What they have written this time.
    text: str
    #: What was cut from it: history, a signature.
    rest: str
    files: tuple[Enclosed, ...]
    remarks: tuple[Remark, ...]
