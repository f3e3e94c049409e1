"""Servers that the line needs: the carriers' names, the mail server, the mailbox."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from sipagent import rights
from sipagent.config import MailSection
from sipagent.config_sections import PasswordSection
from sipagent.doctor.finding import Finding, Patient, closed, error, ok, warning
from sipagent.errors import SetupError
from sipagent.helpdesk.mail.imap import Unread
from sipagent.helpdesk.mail.source import MailboxFault
from sipagent.helpdesk.mail.staff import source_of
from sipagent.messages.smtp import tls_context
from sipagent.sip.locate import Names, Unlocated, locate

#: Seconds that a mail server may take.
_PATIENCE = 10.0


def trunk_servers(patient: Patient) -> Iterator[Finding]:
    """Find the carriers' servers as the line does, and read their passwords."""
    names = Names(patient.config.sip.nameservers)
    for trunk in patient.config.trunk:
        try:
            found = asyncio.run(locate(trunk, names))
        except Unlocated as trouble:
            yield error(
                "trunk",
                f"{trunk.name}: {trouble}",
                "see trunk.registrar and trunk.servers, sip.nameservers, /etc/resolv.conf",
            )
        else:
            yield ok("trunk", f"{trunk.name}: {', '.join(map(str, found))} ({trunk.transport})")
        yield from _password(f"trunk {trunk.name}", trunk)


def mail(patient: Patient) -> Iterator[Finding]:
    """Greet the mail server, with TLS where that is set, and log in as the line does."""
    settings = patient.config.mail
    if not settings.server:
        yield warning(
            "mail", "no mail.server is set: messages are kept, not sent", "see docs/mail.md"
        )
        return
    where = f"{settings.server}:{settings.port}"
    logs_in = bool(settings.user) and not settings.password_credential
    try:
        context = tls_context(settings)
    except SetupError as trouble:
        yield error("mail", str(trouble), "a PEM file that the daemon's user can read")
        return
    try:
        _greet(settings, context, logs_in=logs_in)
    except SetupError:
        pass  # the password cannot be read, as is told below
    except smtplib.SMTPAuthenticationError as trouble:
        said = trouble.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        yield error(
            "mail",
            f"{where}: {settings.user!r} is not let in: {trouble.smtp_code} {text}",
            "see mail.user and password_file",
        )
    except (OSError, smtplib.SMTPException, UnicodeError) as trouble:
        yield error("mail", f"{where}: {_why(trouble)}", "see mail.server, port and security")
    else:
        how = f"{where} answers ({settings.security})"
        yield ok("mail", f"{how}, and lets {settings.user!r} in" if logs_in else how)
    if settings.user:
        yield from _password("mail", settings)


def mailbox(patient: Patient) -> Iterator[Finding]:
    """Open the mailbox of the help desk as the line does, and read nothing."""
    settings = patient.config.helpdesk.mail
    if not settings.comes:
        return
    where = settings.maildir or f"{settings.user} at {settings.server}"
    source = source_of(settings, Unread())
    try:
        source.reach()
    except MailboxFault as trouble:
        yield error("mailbox", str(trouble), "see: sipagent helpdesk mail check")
    else:
        yield ok("mailbox", f"{where} can be read")
    finally:
        source.close()
    yield from _password("mailbox", settings)


def texts(patient: Patient) -> Iterator[Finding]:
    """Read the secrets of texts; a gateway is asked for nothing but to send some."""
    settings = patient.config.texts
    if settings.url:
        yield ok("texts", f"{urlsplit(settings.url).hostname} sends them")
        yield from _password("texts", settings)
    if settings.webhook.enabled:
        yield ok("texts", f"taken at {settings.webhook.address}:{settings.webhook.port}")
        yield from _password("texts.webhook", settings.webhook)


def _password(name: str, section: PasswordSection) -> Iterator[Finding]:
    if section.password_credential:  # only the service itself can read it
        return
    try:
        section.password()
    except SetupError as trouble:
        if rights.refused(trouble):
            yield closed("password", trouble)
        else:
            yield error("password", f"{name}: {trouble}", "one line, readable by the daemon's user")
        return
    path = section.password_file
    if path is not None and path.stat().st_mode & 0o044:
        yield warning("password", f"{path}: others may read it", f"chmod 600 {path}")


def _greet(settings: MailSection, context: ssl.SSLContext | None, *, logs_in: bool) -> None:
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.server, settings.port, timeout=_PATIENCE, context=context
        )
    else:
        server = smtplib.SMTP(settings.server, settings.port, timeout=_PATIENCE)
    with server:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if logs_in:
            server.login(settings.user, settings.password() or "")


def _why(trouble: Exception) -> str:
    match trouble:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {trouble.verify_message}"
        case OSError():
            return trouble.strerror or str(trouble) or "it does not answer in time"
        case _:
            return str(trouble)
