"""A phone made by hand that has an account: REGISTER and INVITE with digest, over UDP or TCP."""

import contextlib
import hashlib
import re
import secrets
import socket
import ssl
from typing import Literal, Self

from tests.calls.peer import Message
from tests.patience import PATIENCE

#: Parameters that stand without quotes (RFC 7616, section 3.4).
_BARE = frozenset({"algorithm", "qop", "nc"})


class Registrant:
    """What a phone with an account says; every habit of it can be changed.

    Args:
        port: where the line listens.
        user: its account.
        algorithm: the hash that it answers challenges with.
        via: its transport.
    """

    def __init__(
        self,
        port: int,
        user: str = "101-1",
        password: str = "tajne",
        *,
        algorithm: str = "SHA-256",
        via: str = "UDP",
    ) -> None:
        self.user, self.password, self.algorithm = user, password, algorithm
        self._line = ("127.0.0.1", port)
        self._via = via
        #: What it shows in From.
        self.name = f"<sip:{user}@127.0.0.1>"
        #: What it believes to be reached at, behind a NAT.
        self.contact = f"<sip:{user}@192.168.77.5:5099>"
        self.call_id = secrets.token_hex(8)
        self.cseq = 0
        self.count = 0
        self.challenge: dict[str, str] = {}

    def take(self, answer: Message) -> None:
        """Keep the challenge of an answer for the hash that this phone knows."""
        for line in answer.headers("WWW-Authenticate"):
            found = dict(re.findall(r'(\w+)="?([^",]*)"?', line.partition("Digest ")[2]))
            if found["algorithm"] == self.algorithm:
                self.challenge, self.count = found, 0

    def proof(self, method: str, **changed: str) -> list[str]:
        """Return Authorization for the challenge that it has; ``changed``: what is wrong in it."""
        if not self.challenge:
            return []
        self.count += 1
        given = {
            "username": self.user,
            "realm": self.challenge["realm"],
            "nonce": self.challenge["nonce"],
            "uri": self.uri(method),
            "algorithm": self.algorithm,
            "qop": "auth",
            "nc": f"{self.count:08x}",
            "cnonce": secrets.token_hex(4),
        } | changed
        first = self._hash(f"{given['username']}:{given['realm']}:{self.password}")
        second = self._hash(f"{method}:{given['uri']}")
        middle = ":".join(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
        given.setdefault("response", self._hash(f"{first}:{middle}:{second}"))
        quoted = {key: f'"{value}"' for key, value in given.items() if key not in _BARE}
        parts = [f"{key}={value}" for key, value in (given | quoted).items()]
        return ["Authorization: Digest " + ", ".join(parts)]

    def uri(self, method: str) -> str:
        """Return the request URI of a method."""
        user = "" if method == "REGISTER" else "infolinia@"
        return f"sip:{user}127.0.0.1:{self._line[1]}"

    def request(self, method: str, *fields: str, to: str = "", body: str = "") -> bytes:
        """Return a request, the next one of its Call-ID."""
        self.cseq += 1
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        head = [
            f"{method} {self.uri(method)} SIP/2.0",
            f"Via: SIP/2.0/{self._via} 192.168.77.5:5099;branch={branch};rport",
            "Max-Forwards: 70",
            f"From: {self.name};tag={secrets.token_hex(4)}",
            f"To: <sip:{to or self.user}@127.0.0.1>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            *fields,
            *([f"Contact: {self.contact}", "Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def reply(self, request: Message, status: str) -> bytes:
        """Return an answer to a request of the line."""
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        lines = [line for name in names for line in request.headers(name)]
        return "\r\n".join([f"SIP/2.0 {status}", *lines, "Content-Length: 0", "", ""]).encode()

    def _hash(self, text: str) -> str:
        name = {"SHA-256": "sha256", "MD5": "md5"}[self.algorithm]
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


class Phone(Registrant):
    """Registers and calls over a socket of its own.

    Args:
        host: the address on loopback that it sends from.
        own_port: and the port; 0: any free one.
        transport: ``udp``, ``tcp``, or ``tls``, which believes any certificate.
    """

    def __init__(
        self,
        port: int,
        user: str = "101-1",
        password: str = "tajne",
        *,
        host: str = "127.0.0.1",
        own_port: int = 0,
        algorithm: str = "SHA-256",
        transport: Literal["udp", "tcp", "tls"] = "udp",
    ) -> None:
        super().__init__(port, user, password, algorithm=algorithm, via=transport.upper())
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind((host, own_port))
        self._socket.connect(self._line)
        if transport == "tls":
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            self._socket = trusting.wrap_socket(self._socket)
        self.place = "{}:{}".format(*self._socket.getsockname())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def register(self, *extra: str, expires: int | None = 600, contact: str = "") -> Message:
        """Register, with the password where it is asked for; return the last answer."""
        fields = [f"Contact: {contact or self.contact}"]
        fields += [f"Expires: {expires}"] if expires is not None else []
        return self.asked("REGISTER", *fields, *extra)

    def asked(self, method: str, *fields: str) -> Message:
        """Send a request, once more with the password where it is asked for."""
        answer = self.ask(method, *fields, *self.proof(method))
        if answer.status == 401:
            self.take(answer)
            answer = self.ask(method, *fields, *self.proof(method))
        return answer

    def ask(self, method: str, *fields: str) -> Message:
        """Send a request, and return its answer."""
        self.send(self.request(method, *fields))
        return self.answer()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def answer(self) -> Message:
        """Return what comes next."""
        return Message(self.receive().decode())

    def receive(self, within: float = PATIENCE) -> bytes:
        """Return the bytes that come next; a packet of RTP that has strayed here is none."""
        self._socket.settimeout(within)
        while True:
            data = self._socket.recv(65536)
            if self._socket.type != socket.SOCK_DGRAM or data[:1] < b"\x80":
                return data

    def drain(self) -> None:
        """Forget what has come and was not looked at."""
        with contextlib.suppress(TimeoutError):
            while True:
                self.receive(0.05)
