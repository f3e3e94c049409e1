"""A carrier made by hand: a registrar on a UDP socket that answers as its test wants.

For the habits that Kamailio has not: RFC 3261, sections 10 (registration), 11 (OPTIONS) and 22
(challenges), as they are found in the field.
"""

import contextlib
import hashlib
import re
import secrets
import socket
import threading
from collections.abc import Callable
from typing import Self

from sipagent.sip.addresses import in_uri
from tests.calls.peer import Message

USER, PASSWORD, REALM = "48221000000", "tajne", "carrier.test"
DIGEST = f'Digest realm="{REALM}", nonce="{{nonce}}", algorithm=MD5, qop="auth"'

#: Status and header fields of an answer to a request.
Reply = tuple[str, tuple[str, ...]]


class Registrar:
    """Takes every registration without asking for a password, until it is told otherwise.

    Args:
        host: address of its own on loopback.
        port: 0 for any free one.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = _socket(host, port)
        self.port = int(self._socket.getsockname()[1])
        self.place = f"{in_uri(host)}:{self.port}"
        #: All requests, in order.
        self.seen: list[Message] = []
        self.register: Callable[[Message], Reply] = granted(60)
        self.options: Callable[[Message], Reply | None] = lambda request: ("200 OK", ())
        #: Where answers to OPTIONS are sent from.
        self.back = self._socket
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self.back is not self._socket:
            self.back.close()

    def answer_from_elsewhere(self) -> None:
        """Answer OPTIONS from another port than the one that was asked, as some SBCs do."""
        self.back = _socket(self._socket.getsockname()[0], 0)

    def of(self, method: str, user: str = "") -> list[Message]:
        """Return the requests of a method, those from a user only where one is given."""
        return [
            one
            for one in list(self.seen)
            if one.method == method and (not user or f"sip:{user}@" in one.header("From"))
        ]

    def _serve(self) -> None:
        while True:
            try:
                data, source = self._socket.recvfrom(65536)
            except OSError:
                return
            text = data.decode()
            if not text.strip():
                return
            request = Message(text)
            self.seen.append(request)
            used, reply = self._socket, None
            if request.method == "REGISTER":
                reply = self.register(request)
            elif request.method == "OPTIONS":
                used, reply = self.back, self.options(request)
            if reply is not None:
                used.sendto(_answer(request, *reply), source)


def granted(expires: int | str) -> Callable[[Message], Reply]:
    """Take a registration for so many seconds, or with that value of ``expires``."""
    return lambda request: ("200 OK", (f"Contact: {contact(request)};expires={expires}",))


def asking(*challenges: str, status: str = "401 Unauthorized") -> Callable[[Message], Reply]:
    """Ask for a password with these challenges, and take whoever answers with the right Digest."""
    ask, give = ("WWW-Authenticate", "Authorization")
    if status.startswith("407"):
        ask, give = ("Proxy-Authenticate", "Proxy-Authorization")

    def answer(request: Message) -> Reply:
        if proved(request, give):
            return granted(60)(request)
        nonce = secrets.token_hex(8)
        return status, tuple(f"{ask}: {one.format(nonce=nonce)}" for one in challenges)

    return answer


def contact(request: Message) -> str:
    """Return the Contact of a request, in angle brackets."""
    found = re.search(r"<[^>]+>", request.header("Contact"))
    return found[0] if found else ""


def proved(request: Message, header: str) -> bool:
    """Whether a request has the right response to a challenge (RFC 7616, MD5 with qop)."""
    value = request.header(header)
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', value.removeprefix("Digest ")))
    if "response" not in given:
        return False
    first = _md5(f"{USER}:{REALM}:{PASSWORD}")
    second = _md5(f"{request.method}:{given['uri']}")
    middle = ":".join(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return given["response"] == _md5(f"{first}:{middle}:{second}")


def _answer(request: Message, status: str, extra: tuple[str, ...]) -> bytes:
    names = ("Via", "From", "To", "Call-ID", "CSeq")
    lines = [line for name in names for line in request.headers(name)]
    return "\r\n".join([f"SIP/2.0 {status}", *lines, *extra, "Content-Length: 0", "", ""]).encode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.bind((host, port))
    return made
