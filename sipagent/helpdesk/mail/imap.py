"""Mails from an IMAP server (RFC 9051), asked again and again: one connection a round."""

import binascii
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

from sipagent.config_helpdesk import MailInSection
from sipagent.errors import SetupError
from sipagent.helpdesk.mail.source import Arrived, MailboxFault
from sipagent.messages.breaking_off import shut, within
from sipagent.messages.smtp import tls_context

Result = TypeVar("Result")

#: Times ``helpdesk.mail.timeout`` for one thing as a whole, however busy the server looks.
_WHOLE = 20
#: Mails that are taken in a round; the others come with the next.
_MOST = 200
#: Characters of what a server says that are shown.
_LONGEST_SAID = 200
_UID = re.compile(rb"[0-9]+")


class Places(Protocol):
    """How far mailboxes were read, for good."""

    def begun(self, mailbox: str, validity: int, last: int) -> tuple[int, int]:
        """Return the last UID that was there before us, and the last that was dealt with.

        Args:
            mailbox: its name.
            validity: where it is not what it was, all UIDs are other ones.
            last: the highest UID that is there, for a mailbox that is new.
        """

    def reached(self, mailbox: str, uid: int) -> None:
        """Note that everything up to a UID was dealt with."""


class Unread:
    """The place of a mailbox that nobody has read (``Places``), for who reads none of it."""

    def begun(self, mailbox: str, validity: int, last: int) -> tuple[int, int]:
        """Begin after what is there."""
        return last, last

    def reached(self, mailbox: str, uid: int) -> None:
        """Note nothing."""


class Imap:
    """A mailbox on a server.

    What was unread when it was read first has come as well, what was read already has not. From
    then on all that comes does, whoever has read it meanwhile.

    Args:
        settings: server, user, folder.
        places: how far it was read.
    """

    def __init__(self, settings: MailInSection, places: Places) -> None:
        self._settings = settings
        self._places = places
        self._name = f"{settings.user}@{settings.server}/{settings.folder}"
        self._server: imaplib.IMAP4 | None = None
        #: What the server can, as it says to who has logged in.
        self._able: frozenset[str] = frozenset()
        self._line: socket.socket | None = None
        self._aborted = False

    def reach(self) -> None:
        """Log in, and open the folder."""
        self._asked(self._connected)

    def arrived(self) -> Iterator[Arrived]:
        """Yield what has come since the last time."""
        server = self._asked(self._connected)
        for uid in self._asked(partial(self._waiting, server))[:_MOST]:
            content = self._asked(partial(self._content, server, uid))
            if content is not None:
                yield Arrived(str(uid), content)

    def done(self, mail: Arrived) -> None:
        """Mark it as seen, or move it to a folder, as is set."""
        folder = self._settings.move_to
        self._asked(lambda: self._moved(mail.name, folder) if folder else self._seen(mail.name))
        self._places.reached(self._name, int(mail.name))

    def hold(self, mail: Arrived) -> None:
        """Flag it, and leave it unread where it is."""
        self._asked(lambda: self._flagged(mail.name, r"(\Flagged)"))
        self._places.reached(self._name, int(mail.name))

    def close(self) -> None:
        """Say goodbye, but do not wait for long."""
        server, self._server, self._line = self._server, None, None
        if server is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error), within(2.0, server.shutdown):
                server.logout()

    def abort(self) -> None:
        """Break the connection off."""
        self._aborted = True
        shut(self._line)

    def listens_to(self, line: socket.socket) -> None:
        """Know the socket that ``abort`` shuts; it changes with STARTTLS."""
        self._line = line

    @property
    def where(self) -> dict[str, Any]:
        """Host, port and timeout, as imaplib takes them."""
        settings = self._settings
        return {"host": settings.server, "port": settings.port, "timeout": settings.timeout}

    def _connected(self) -> imaplib.IMAP4:
        """Return a connection with the folder open, its own mails to be changed."""
        settings = self._settings
        context = tls_context(settings, "helpdesk.mail")
        server: imaplib.IMAP4
        if settings.security == "tls":
            server = _TlsSession(self, ssl_context=context, **self.where)
        else:
            server = _Session(self, **self.where)
        self._server = server
        if settings.security == "starttls":
            server.starttls(ssl_context=context)
            self._line = server.socket()
        self._log_in(server)
        lines = _accepted(server.capability(), "a question")
        self._able = frozenset(b" ".join(filter(None, lines)).decode("ascii", "replace").split())
        _accepted(server.select(_quoted(settings.folder)), f"the folder {settings.folder!r}")
        return server

    def _log_in(self, server: imaplib.IMAP4) -> None:
        user, password = self._settings.user, self._settings.password()
        if not user or not password:
            raise SetupError("helpdesk.mail: give user, and the password in password_file")
        try:
            if "AUTH=PLAIN" in server.capabilities:  # letters beyond ASCII, too (RFC 4616)
                server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            else:
                server.login(user, password)
        except imaplib.IMAP4.error as error:
            raise MailboxFault(
                f"the mail server does not take user or password ({_said(error)}); see "
                "helpdesk.mail.user"
            ) from error

    def _waiting(self, server: imaplib.IMAP4) -> list[int]:
        if self._settings.move_to:  # whatever is in the folder
            return self._found(server, "UNFLAGGED UNDELETED")
        validity, following = (self._number(server, name) for name in ("UIDVALIDITY", "UIDNEXT"))
        first, reached = self._places.begun(self._name, validity, following - 1)
        old = self._found(server, f"UNSEEN UNFLAGGED UID 1:{first}") if first else []
        new = self._found(server, f"UID {reached + 1}:*")
        return sorted({uid for uid in old if uid <= first} | {uid for uid in new if uid > reached})

    def _found(self, server: imaplib.IMAP4, wanted: str) -> list[int]:
        lines = _accepted(server.uid("SEARCH", wanted), "a search")
        return sorted(int(uid) for line in lines if line for uid in _UID.findall(line))

    def _number(self, server: imaplib.IMAP4, name: str) -> int:
        """Return a number that the server has told with the folder, or is asked for."""
        _, told = server.response(name)
        if not told or told[0] is None:
            lines = _accepted(
                server.status(_quoted(self._settings.folder), f"({name})"), "a question"
            )
            told = re.findall(rf"{name} ([0-9]+)".encode(), lines[0] or b"")
        if not told or not str(told[0], "ascii", "replace").isdecimal():
            raise MailboxFault(f"the mail server does not tell {name}: another one is needed")
        return int(told[0])

    def _content(self, server: imaplib.IMAP4, uid: int) -> bytes | None:
        """Return a mail, or its beginning; None: it is gone."""
        wanted = f"(BODY.PEEK[]<0.{self._settings.largest + 1}>)"
        parts = _accepted(server.uid("FETCH", str(uid), wanted), "a mail")
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), None)

    def _seen(self, uid: str) -> None:
        self._flagged(uid, r"(\Seen)")

    def _flagged(self, uid: str, flags: str) -> None:
        _accepted(self._open().uid("STORE", uid, "+FLAGS.SILENT", flags), "a mark at a mail")

    def _moved(self, uid: str, folder: str) -> None:
        server, what = self._open(), f"moving to {folder!r}"
        if "MOVE" in self._able:  # RFC 6851
            _accepted(server.uid("MOVE", uid, _quoted(folder)), what)
            return
        _accepted(server.uid("COPY", uid, _quoted(folder)), what)
        self._flagged(uid, r"(\Seen \Deleted)")
        if "UIDPLUS" in self._able:  # else somebody else's would go as well
            _accepted(server.uid("EXPUNGE", uid), what)

    def _open(self) -> imaplib.IMAP4:
        if self._server is None:
            raise MailboxFault("the mail server has broken the connection off")
        return self._server

    def _asked(self, work: Callable[[], Result]) -> Result:
        """Return what a server answers; whatever is wrong with it is a fault of the mailbox."""
        self._aborted = False
        try:
            with within(self._settings.timeout * _WHOLE, self.abort):
                return work()
        except (OSError, imaplib.IMAP4.error, SetupError, UnicodeError, ValueError) as error:
            slow = self._aborted or isinstance(error, TimeoutError)
            why = "the mail server does not answer in time" if slow else _explained(error)
            raise MailboxFault(f"{self._settings.server}: {why}") from error


class _Session(imaplib.IMAP4):
    """A connection that can be cut from outside from its first line on."""

    def __init__(self, owner: Imap, **settings: Any) -> None:
        self._owner = owner
        super().__init__(**settings)

    def open(self, *where: Any, **settings: Any) -> None:
        """Connect."""
        super().open(*where, **settings)
        self._owner.listens_to(self.socket())


class _TlsSession(_Session, imaplib.IMAP4_SSL):
    """The same with TLS from the first byte."""


def _accepted(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    """Return the lines of an answer that says yes."""
    kind, lines = answer
    if kind != "OK":
        raise MailboxFault(f"the mail server refuses {what}: {_said(*lines)}")
    return lines


def _quoted(name: str) -> str:
    """Return the name of a folder as a quoted string, in the old UTF-7 of IMAP (RFC 3501)."""
    shown = "".join(_coded(run) for run in re.findall(r"[ -~]+|[^ -~]+", name))
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _coded(run: str) -> str:
    if run.isascii() and run.isprintable():
        return run.replace("&", "&-")
    code = binascii.b2a_base64(run.encode("utf-16-be"), newline=False).rstrip(b"=\n")
    return f"&{code.decode().replace('/', ',')}-"


def _said(*words: object) -> str:
    shown = (
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in words
    )
    return " ".join(" ".join(shown).split())[:_LONGEST_SAID]


def _explained(error: Exception) -> str:
    """Return what is wrong with the way to the server, and where that is set."""
    match error:
        case SetupError():
            text = str(error)
        case ssl.SSLCertVerificationError():
            why = error.verify_message
            text = f"its certificate is not good: {why}; see helpdesk.mail.certificates"
        case ssl.SSLError():
            text = f"no TLS: {error.reason or error}; see helpdesk.mail.security and port"
        case socket.gaierror() | UnicodeError():
            text = "its name is not known; see helpdesk.mail.server"
        case imaplib.IMAP4.abort():
            text = "it has broken the connection off"
        case OSError():
            why = error.strerror or str(error)
            text = f"it cannot be reached: {why}; see helpdesk.mail.server and port"
        case _:
            text = f"it is not understood: {_said(error)}"
    return text
