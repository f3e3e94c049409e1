"""``[helpdesk]`` of agent.toml: when somebody is there to help, and how else they are reached."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sipagent.config_sections import PasswordSection, Section
from sipagent.config_types import Host
from sipagent.e164 import to_e164
from sipagent.hours import Hours


def _hours(text: str) -> str:
    Hours.parse(text)
    return text


def _number(text: str) -> str:
    if text:
        to_e164(text)
    return text


class AddressSection(Section):
    """``helpdesk.addresses``: an address, and what it is for in each language."""

    pl: str = Field(min_length=1)
    en: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")


class MailInSection(PasswordSection):
    """``helpdesk.mail``: requests that come as e-mail, from a server (IMAP) or a maildir."""

    #: A maildir that a mail server of this machine fills; in place of a server.
    maildir: Path | None = None
    #: Host name of the IMAP server; without it and a maildir no mail comes in.
    server: Host = ""
    port: int = Field(993, ge=1, le=65535)
    #: TLS from the first byte (RFC 8314), STARTTLS, or nothing.
    security: Literal["tls", "starttls", "none"] = "tls"
    #: Certificates to trust instead of the system's: a PEM file.
    certificates: Path | None = None
    user: str = ""
    folder: str = Field("INBOX", min_length=1)
    #: Folder that mails are moved to once they are filed; empty: they are marked as seen.
    move_to: str = ""
    #: Seconds between two looks.
    every: int = Field(60, ge=1)
    #: Seconds after which a silent server is given up.
    timeout: float = Field(30.0, gt=0)
    #: Addresses that mails come in at; what is from one of these, or ``mail.sender``, is a loop.
    addresses: tuple[str, ...] = ()
    #: Of a mail; what is beyond is not read.
    largest_megabytes: int = Field(25, ge=1, le=100)
    #: Mails of one sender within an hour; the others are held.
    per_sender: int = Field(20, ge=1)
    #: Whether a new request is confirmed, with its number.
    confirm: bool = True
    #: Days after which an answer to a closed request makes a new one.
    follow_up: int = Field(14, ge=0)
    #: Name of the mail server whose ``Authentication-Results`` (RFC 8601) say who a sender is.
    authority: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> "MailInSection":
        if self.server and self.maildir:
            raise ValueError("mails come from a server or a maildir: give one of the two")
        if self.server and not self.user:
            raise ValueError("a mail server wants a user")
        return self

    @property
    def comes(self) -> bool:
        """Whether mail comes in at all."""
        return bool(self.server or self.maildir)

    @property
    def largest(self) -> int:
        """Bytes of a mail that are read."""
        return self.largest_megabytes * 1_000_000


class ChatSection(Section):
    """``helpdesk.chat``: how long visitors wait in the chat, and how many of them come."""

    #: Seconds in which somebody answers; what is not answered becomes a ticket.
    wait: int = Field(300, ge=30, le=3600)
    #: Seconds after which a window that is not heard of is closed.
    absence: int = Field(90, ge=30, le=3600)
    #: Chats that strangers at one address may begin within an hour.
    per_address: int = Field(20, ge=1)


class HelpdeskSection(Section):
    """``[helpdesk]``: support hours, other ways to get in touch, and what may be attached."""

    #: A text of ``sipagent.hours``, in the time zone of the line; the empty one is always.
    hours: Annotated[str, AfterValidator(_hours)] = "mon-fri 08:00-17:00"
    #: As it is shown; empty: none is told.
    phone: Annotated[str, AfterValidator(_number)] = ""
    addresses: tuple[AddressSection, ...] = ()
    #: Files that may come with one message, and megabytes of each.
    attachments: int = Field(5, ge=0, le=50)
    attachment_megabytes: int = Field(10, ge=1, le=100)
    mail: MailInSection = MailInSection()
    chat: ChatSection = ChatSection()

    @property
    def attachment_bytes(self) -> int:
        """Bytes of a file that may come with a message."""
        return self.attachment_megabytes * 1_000_000
