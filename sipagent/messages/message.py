"""A message to one address, and the e-mail that it becomes (RFC 5322)."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; ``type`` is its media type, such as ``application/pdf``."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent.

    ``kind`` says what it is (``statement``, ``request``, ``reply``); ``owner`` is the login of the
    owner who causes it, ``call`` the call in which that happened.
    """

    to: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: Pictures that ``html`` shows by their names (RFC 2392).
    pictures: tuple[Attachment, ...] = ()
    kind: str = ""
    owner: str = ""
    manager: int | None = None
    call: str = ""
    reply_to: str = ""
    language: str = "pl"
    #: With its angle brackets, where somebody has to know it before; empty: the outbox gives one.
    message_id: str = ""
    #: Message-IDs of what came before it, the last of which it answers; each in angle brackets.
    references: tuple[str, ...] = ()
    #: Whether it goes out because of a mail that has come in, and nobody has read that yet.
    answers_by_itself: bool = False


class _MessageIds(UnstructuredHeader, BaseHeader):
    """Message-IDs, each on a line of its own: folding text would encode a long one."""

    max_count: ClassVar[Literal[1]] = 1

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {f'{policy.linesep} '.join(self.split())}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, _MessageIds)


def compose(
    message: Message, *, message_id: str, made: datetime, sender: str, sender_name: str
) -> bytes:
    """Return the e-mail, the same bytes for the same arguments.

    The body is 7 bit whatever the language; headers are UTF-8 only where an address needs it
    (RFC 6532), and such a message must go out with SMTPUTF8.

    Args:
        message: its ``to`` and ``reply_to`` went through ``address.checked``.
        message_id: with its angle brackets.
        made: goes into ``Date``.
        sender: the address that it is from.
        sender_name: the name beside it.

    Raises:
        ValueError: the media type of an attachment is none.
    """
    ascii_only = f"{message.to}{message.reply_to}{sender}".isascii()
    policy = SMTP.clone(utf8=not ascii_only, cte_type="7bit", header_factory=_HEADERS)
    mail = EmailMessage(policy=policy)
    mail["From"] = _address(sender, _line(sender_name))
    mail["To"] = _address(message.to)
    if message.reply_to:
        mail["Reply-To"] = _address(message.reply_to)
    mail["Subject"] = _line(message.subject)
    mail["Date"] = format_datetime(made)
    mail["Message-ID"] = message_id
    if message.references:
        mail["In-Reply-To"] = message.references[-1]
        mail["References"] = " ".join(message.references)
    # Nobody wants to hear from an answering machine in return (RFC 3834, section 5).
    mail["Auto-Submitted"] = "auto-replied" if message.answers_by_itself else "auto-generated"
    if message.answers_by_itself:
        mail["X-Auto-Response-Suppress"] = "All"  # what Exchange looks at instead
        mail["X-Loop"] = sender
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
        _add_pictures(mail, message.pictures)
    for one in message.attachments:
        maintype, _, subtype = one.type.partition("/")
        mail.add_attachment(one.data, maintype=maintype, subtype=subtype, filename=_line(one.name))
    # Not earlier: with the content all fields of the content are set anew.
    mail["Content-Language"] = _line(message.language)
    _name_boundaries(mail, message_id.strip("<>").partition("@")[0])
    return mail.as_bytes()


def _add_pictures(mail: EmailMessage, pictures: tuple[Attachment, ...]) -> None:
    """Put pictures beside the HTML that shows them (RFC 2387)."""
    page = mail.get_body(("html",))
    for one in pictures:
        maintype, _, subtype = one.type.partition("/")
        if isinstance(page, EmailMessage):
            page.add_related(one.data, maintype, subtype, cid=f"<{one.name}>", disposition="inline")


def _name_boundaries(mail: EmailMessage, name: str) -> None:
    """Give each part a boundary of its own that does not change from one try to the next."""
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{name}_{number}")


def _address(address: str, name: str = "") -> Address:
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _line(text: str) -> str:
    """Return a text as one line: a line feed would begin another header field."""
    return " ".join(text.split())
