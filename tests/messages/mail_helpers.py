"""Mail servers, clocks and letters for the tests of messages."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from sipagent.config import MailSection
from sipagent.messages.message import Attachment, Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.store.database import open_database

PASSWORD = "kwiatek-7"
#: A scripted server says nothing any more, or hangs up.
SILENCE, HANG_UP = "silence", "hang up"
#: It sends a byte now and then, and never comes to the end of the line.
DRIP = "drip"
_USUAL = {
    "greeting": "220 mail.test",
    "EHLO": "250-mail.test\r\n250 SIZE 1000000",
    "MAIL": "250 2.1.0 good",
    "RCPT": "250 2.1.5 good",
    "DATA": "354 go on",
    ".": "250 2.0.0 queued as 4Z",
    "QUIT": "221 bye",
}


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


def letter(to: str = "jan@example.org", **changes: Any) -> Message:
    """A statement as it goes out."""
    values: dict[str, Any] = {
        "subject": "Zestawienie sald – zażółć gęślą jaźń",
        "text": "Dzień dobry,\n\n.kropka na początku\nzażółć gęślą jaźń\n",
        "html": "<p>zażółć gęślą jaźń</p>",
        "attachments": (Attachment("zestawienie żółte.pdf", "application/pdf", b"%PDF\r\n" * 99),),
        "kind": "statement",
        "owner": "20000001",
        "call": "019a",
    }
    return Message(to=to, **(values | changes))


def settings(port: int = 0, **changes: Any) -> MailSection:
    """Settings for a server on this machine."""
    values: dict[str, Any] = {"security": "none", "timeout": 10, "sender": "line@manager.example"}
    if port:
        values |= {"server": "127.0.0.1", "port": port}
    return MailSection(**(values | changes))


def outbox(
    directory: Path, mail: MailSection | None = None, clock: Callable[[], datetime] | None = None
) -> Outbox:
    """The outbox of a directory, on a connection of its own."""
    db = open_database(directory / "line.db", [messages])
    more = {} if clock is None else {"clock": clock}
    return Outbox(Single(db), directory / "outbox", mail or settings(), **more)


def parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def content_of(taken: Envelope) -> bytes:
    """Return the message that a mail server took, as it came."""
    assert isinstance(taken.content, bytes)
    return taken.content


class Server:
    """A mail server (aiosmtpd) that keeps what it took."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[Envelope] = []
        self.logins: list[bytes] = []
        self.seconds = 0.0

    def mails(self) -> list[EmailMessage]:
        return [parsed(content_of(one)) for one in self.taken]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails()]

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:
        await asyncio.sleep(self.seconds)
        self.taken.append(envelope)
        return "250 2.0.0 taken"

    def authenticate(
        self, server: SMTP, session: object, envelope: object, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextlib.asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[Server]:
    """Run a server on a free port; ``tls`` is for the first byte, ``tls_context`` for STARTTLS."""
    server = Server()
    if options.get("auth_required"):
        options["authenticator"] = server.authenticate
    listener = await asyncio.get_running_loop().create_server(
        lambda: SMTP(server, hostname="mail.test", **options), "127.0.0.1", 0, ssl=tls
    )
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


@contextlib.asynccontextmanager
async def scripted_server(script: Mapping[str, str]) -> AsyncIterator[int]:
    """Run a server that answers as told, else as usual; ``body`` is for its answer within DATA."""
    answers = {**_USUAL, **script}
    tasks = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            verb = "greeting"
            while await _answer(answers[verb], writer):
                if answers[verb].startswith("354") and verb == "DATA":
                    if "body" in answers:
                        await reader.readline()
                        verb = "body"
                        continue
                    await reader.readuntil(b"\r\n.\r\n")
                    verb = "."
                    continue
                line = await reader.readline()
                if not line:
                    break
                verb = line.split()[0].decode().upper()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in filter(None, tasks):
            task.cancel()


async def _answer(answer: str, writer: asyncio.StreamWriter) -> bool:
    if answer == SILENCE:
        await asyncio.Event().wait()
    while answer == DRIP:
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.02)
    if answer == HANG_UP:
        writer.transport.abort()
        return False
    writer.write(answer.encode() + b"\r\n")
    await writer.drain()
    return True


class Authority:
    """A certificate authority of one test run."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.certificate = directory / "ca.pem"
        self._key = directory / "ca.key"
        self._openssl("req", "-x509", *_key_to(self._key), "-out", self.certificate, *_name("CA"))

    def server_context(self, host: str) -> ssl.SSLContext:
        """Return the TLS settings of a server that is called ``host``."""
        key, certificate = self._directory / f"{host}.key", self._directory / f"{host}.pem"
        self._openssl(
            "req", "-x509", "-CA", self.certificate, "-CAkey", self._key, *_key_to(key),
            "-out", certificate, *_name(host), "-addext", f"subjectAltName=DNS:{host}",
            "-addext", "basicConstraints=critical,CA:FALSE",
        )  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return context

    def _openssl(self, *words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def _key_to(path: Path) -> tuple[object, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path)


def _name(name: str) -> tuple[str, ...]:
    return ("-subj", f"/CN={name}", "-days", "2")
