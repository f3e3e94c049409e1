"""Handing an e-mail to an SMTP server (RFC 5321), and judging what the server answers."""

import contextlib
import smtplib
import socket
import ssl
from pathlib import Path
from typing import Any, Protocol

from sipagent.config import MailSection
from sipagent.errors import SetupError, SipAgentError
from sipagent.messages.breaking_off import shut, within
from sipagent.messages.queue import Entry
from sipagent.messages.refusal import Never, NotNow

#: Times ``mail.timeout`` for the message itself: a server that checks it takes long, and whoever
#: hangs up too early sends it twice (RFC 5321, section 4.5.3.2.6, wants ten minutes).
_PATIENCE = 10
#: Times ``mail.timeout`` for an attempt as a whole, however busy the server looks.
_WHOLE = 20
#: Seconds for a goodbye.
_GOODBYE = 2.0
#: Answers that are about the connection or the password: 421 closes it (RFC 5321), the others
#: want a better login (RFC 4954, section 6).
_NOT_ABOUT_THE_MESSAGE = frozenset({421, 530, 534, 535, 538})
#: Full: of a recipient's answer to be taken as 452 (RFC 5321, section 4.5.3.1.10).
_FULL = 552
#: Enhanced code of a full mailbox, which may be emptied (RFC 3463, section 3.3).
_MAILBOX_FULL = b"5.2.2"


class Secured(Protocol):
    """How a connection to a mail server is secured."""

    @property
    def security(self) -> str:
        """One of ``tls``, ``starttls`` and ``none``."""

    @property
    def certificates(self) -> Path | None:
        """Certificates to trust instead of the system's: a PEM file."""


def tls_context(settings: Secured, section: str = "mail") -> ssl.SSLContext | None:
    """Return how a mail server's certificate is verified; None where there is no TLS.

    Args:
        settings: with ``certificates``.
        section: of the settings, for what is said of them.

    Raises:
        SetupError: the certificates cannot be read.
    """
    if settings.security == "none":
        return None
    own = settings.certificates
    try:
        context = ssl.create_default_context(cafile=str(own) if own else None)
    except OSError as error:
        why = error.strerror or error
        raise SetupError(f"{own}: no certificates: {why}; see {section}.certificates") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 refuses by default the authorities that firms make for themselves with
    # "openssl req -x509": they lack fields that only the letter of RFC 5280 asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Smtp:
    """Hands messages to a server, one connection a message."""

    def __init__(self, settings: MailSection) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        #: The socket that ``abort`` shuts.
        self._line: socket.socket | None = None
        self._aborted = False

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        """Hand it over; with the answer to its last line it is the server's.

        Raises:
            NotNow: it may be taken later.
            Never: the server has said that it will not be.
        """
        self._aborted = False
        try:
            with within(self._settings.timeout * _WHOLE, self.abort):
                self._server = self._connection()
                said = self._send(self._server, entry.recipient, content, sender)
        # A host name or a reply that cannot be decoded is a UnicodeError.
        except (OSError, smtplib.SMTPException, SipAgentError, UnicodeError) as error:
            slow = self._aborted or isinstance(error, TimeoutError)
            why = "the mail server does not answer in time" if slow else _explained(error)
            raise NotNow(why, server=True) from error
        return f"{self._settings.server}:{self._settings.port}: {said}"

    def rest(self) -> None:
        """Say goodbye, but do not wait for long: the message is gone, or is not."""
        server, line = self._server, self._line
        self._server = None
        if server is not None:
            broken = contextlib.suppress(OSError, smtplib.SMTPException)
            with broken, within(_GOODBYE, self.abort):
                if server.sock is not None:
                    server.quit()
            server.close()
        elif line is not None:  # a connection that has come to nothing
            line.close()
        self._line = None

    def abort(self) -> None:
        """Break the connection off."""
        self._aborted = True
        shut(self._line)

    def listens_to(self, line: socket.socket | None) -> None:
        """Know the socket that ``abort`` shuts; it changes with STARTTLS."""
        self._line = line
        self.require_time()

    def require_time(self) -> None:
        """Check that nobody has broken the exchange off: half a line is no answer.

        Raises:
            TimeoutError: somebody has.
        """
        if self._aborted:
            raise TimeoutError

    def _connection(self) -> smtplib.SMTP:
        """Return a connection that is ready for a message."""
        settings = self._settings
        # What is wrong on this side is found before the server is bothered.
        context = tls_context(settings)
        password = self._password()
        server: smtplib.SMTP
        if settings.security == "tls":
            server = _TlsSession(self, context=context)
        else:
            server = _Session(self)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if password is not None:
                server.login(settings.user, password)
        except BaseException:
            server.close()
            raise
        return server

    @property
    def where(self) -> dict[str, Any]:
        """Host, port and timeout, as smtplib takes them."""
        settings = self._settings
        return {"host": settings.server, "port": settings.port, "timeout": settings.timeout}

    def _password(self) -> str | None:
        if not self._settings.user:
            return None
        password = self._settings.password()
        if not password:
            raise SetupError("mail.user has no password; see mail.password_file")
        if not password.isascii():
            raise SetupError("the password of mail.user has letters beyond ASCII; choose another")
        return password

    def _send(self, server: smtplib.SMTP, to: str, content: bytes, sender: str) -> str:
        """Hand it over, and return what the server has said in the end."""
        _accepted(server.mail(sender, _options(server, to, sender, len(content))), "sender")
        _accepted(server.rcpt(to), "recipient")
        if server.sock is not None:
            server.sock.settimeout(self._settings.timeout * _PATIENCE)
        try:
            reply = server.data(content)
        except smtplib.SMTPDataError as refusal:
            said = refusal.smtp_error
            if refusal.smtp_code < 400:  # it has not even asked for the message
                raise NotNow(
                    f"the mail server is not understood: {_said(refusal.smtp_code, said)}",
                    server=True,
                ) from None
            reply = (refusal.smtp_code, said.encode() if isinstance(said, str) else said)
        return _accepted(reply, "message")


class _Session(smtplib.SMTP):
    """A connection that can be cut from outside from its first line on."""

    def __init__(self, owner: Smtp, **settings: Any) -> None:
        self._owner = owner
        super().__init__(**owner.where, **settings)

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer."""
        self._owner.listens_to(self.sock)
        reply = super().getreply()
        self._owner.require_time()
        return reply


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def _options(server: smtplib.SMTP, to: str, sender: str, size: int) -> list[str]:
    """Return what is to be said with the sender.

    Raises:
        Never: the server cannot take such a message.
    """
    options = []
    if server.has_extn("size"):
        most = server.esmtp_features["size"]
        if most.isdecimal() and 0 < int(most) < size:
            raise Never(f"the message has {size} bytes, the mail server takes {most}")
        options.append(f"SIZE={size}")
    if not (to.isascii() and sender.isascii()):
        if not server.has_extn("smtputf8"):
            raise Never("the mail server takes no address with such letters (it lacks SMTPUTF8)")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    return options


def _accepted(reply: tuple[int, bytes], what: str) -> str:
    """Return what the server said if it said yes."""
    code, text = reply
    said = _said(code, text)
    if 200 <= code < 300:
        return said
    why = f"{what} refused: {said}"
    if code in _NOT_ABOUT_THE_MESSAGE or not 400 <= code < 600:
        raise NotNow(why, server=True)
    full = code == _FULL and (what == "recipient" or _MAILBOX_FULL in text)
    if code < 500 or full:
        raise NotNow(why)
    raise Never(why)


def _explained(error: Exception) -> str:
    """Return what is wrong with the way to the server, and where that is set."""
    match error:
        case SipAgentError():
            text = str(error)
        case smtplib.SMTPAuthenticationError():
            said = _said(error.smtp_code, error.smtp_error)
            text = f"the mail server does not take user or password ({said}); see mail.user"
        case smtplib.SMTPNotSupportedError():
            text = f"{error}; see mail.security"
        case smtplib.SMTPResponseException():
            said = _said(error.smtp_code, error.smtp_error)
            text = f"the mail server refuses the connection: {said}"
        case smtplib.SMTPServerDisconnected():
            text = "the mail server has broken the connection off"
        case ssl.SSLCertVerificationError():
            why = error.verify_message
            text = f"the mail server's certificate is not good: {why}; see mail.certificates"
        case ssl.SSLError():
            text = f"no TLS with the mail server: {error.reason or error}; see mail.security"
        case socket.gaierror() | UnicodeError():
            why = getattr(error, "strerror", None) or "no host name"
            text = f"the mail server's name is not known: {why}; see mail.server"
        case OSError():
            why = error.strerror or str(error)
            text = f"the mail server cannot be reached: {why}; see mail.server and mail.port"
        case _:
            text = f"the mail server is not understood: {error}"
    return text


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"
