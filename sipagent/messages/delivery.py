"""Handing an e-mail over: to an SMTP server (RFC 5321), or into a maildir."""

import contextlib
import os
import smtplib
import socket
import ssl
from pathlib import Path
from typing import Protocol

from sipagent.config import MailSection
from sipagent.errors import SipAgentError
from sipagent.messages.outbox import Entry, write_durably


class NotNow(Exception):
    """A message was not taken this time; the text says why.

    ``server`` where the fault is not the message's own: the others need not be tried either.
    """

    def __init__(self, why: str, *, server: bool = False) -> None:
        super().__init__(why)
        self.server = server


class Never(Exception):
    """A message will not be taken, however often it is tried; the text says why."""


class Delivery(Protocol):
    """A way for messages to leave."""

    def deliver(self, entry: Entry, content: bytes, sender: str) -> None:
        """Hand a message over; it is the other side's when this returns.

        Raises:
            NotNow: it may be taken later.
            Never: it will not be taken.
        """


def delivery_of(settings: MailSection, maildir: Path) -> Delivery:
    """Return the way that the settings ask for."""
    return Smtp(settings) if settings.server else Maildir(maildir)


class Maildir:
    """Keeps messages in a directory that every mail reader understands."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def deliver(self, entry: Entry, content: bytes, sender: str) -> None:
        """Put it into ``new``; a message that is there already is not put twice."""
        name = f"{entry.message_id.strip('<>').partition('@')[0]}.sipagent"
        unfinished, new = self._directory / "tmp" / name, self._directory / "new" / name
        try:
            for folder in ("tmp", "new", "cur"):
                (self._directory / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            if new.exists() or list((self._directory / "cur").glob(f"{name}*")):
                return
            unfinished.unlink(missing_ok=True)
            write_durably(unfinished, content)
            os.replace(unfinished, new)
        except OSError as error:
            raise NotNow(f"{self._directory}: {error.strerror}", server=True) from error


class Smtp:
    """Hands messages to a server, one connection a message."""

    def __init__(self, settings: MailSection) -> None:
        self._settings = settings

    def deliver(self, entry: Entry, content: bytes, sender: str) -> None:
        """Hand it over; with the answer to its last line it is the server's."""
        try:
            server = self._connection()
            try:
                self._send(server, entry.recipient, content, sender)
            except BaseException:
                server.close()
                raise
        except (OSError, smtplib.SMTPException, SipAgentError) as error:
            raise NotNow(_explained(error), server=True) from error
        # The message is gone: what the server makes of a goodbye is no reason to send it twice.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()

    def _connection(self) -> smtplib.SMTP:
        """Return a connection that is ready for a message."""
        settings = self._settings
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.server, settings.port, timeout=settings.timeout, context=self._context()
            )
        else:
            server = smtplib.SMTP(settings.server, settings.port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=self._context())
            password = settings.password()
            if settings.user and password is not None:
                server.login(settings.user, password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _context(self) -> ssl.SSLContext:
        own = self._settings.certificates
        context = ssl.create_default_context(cafile=str(own) if own else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _send(self, server: smtplib.SMTP, to: str, content: bytes, sender: str) -> None:
        options = []
        if not to.isascii():
            if not server.has_extn("smtputf8"):
                raise Never(f"the mail server takes no addresses with letters such as in {to}")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        _accepted(server.mail(sender, options), "sender")
        _accepted(server.rcpt(to), "recipient")
        _accepted(server.data(content), "message")


def _accepted(reply: tuple[int, bytes], what: str) -> None:
    code, text = reply
    if code < 400:
        return
    why = f"{what} refused: {code} {text.decode('utf-8', 'replace')}"
    # 552 for "too many recipients" is to be taken as 452 (RFC 5321, section 4.5.3.1.10); servers
    # say it of a full mailbox as well, which may be emptied.
    if code >= 500 and code != 552:
        raise Never(why)
    raise NotNow(why)


def _explained(error: Exception) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            text = f"the mail server refuses user or password ({error.smtp_code}); see mail.user"
        case smtplib.SMTPNotSupportedError():
            text = f"{error}; see mail.security"
        case ssl.SSLCertVerificationError():
            text = f"the certificate of the mail server is not good: {error.verify_message}"
        case socket.gaierror():
            text = f"the name of the mail server is not known: {error.strerror}; see mail.server"
        case TimeoutError():
            text = "the mail server does not answer in time"
        case smtplib.SMTPResponseException():
            said = error.smtp_error
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            text = f"the mail server refuses the connection: {error.smtp_code} {words}"
        case _:
            text = f"{type(error).__name__}: {error}"
    return text
