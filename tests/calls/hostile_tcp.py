"""Connections that misuse SIP over TCP (RFC 3261, section 18.3)."""

import contextlib
import random
import socket
import time
from collections.abc import Callable

from tests.calls.hostile import NEIGHBOUR
from tests.calls.hostile_sip import LINE_PORT, MY_PORT, SipFuzz

#: Seconds between two connections: the kernel keeps a few waiting, and one more waits a second.
_PACE = 0.006
_OPTIONS = (
    "OPTIONS sip:infolinia@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 127.0.0.3:9;branch=z9hG4bK{0};rport\r\n"
    "From: <sip:tcp@127.0.0.3>;tag={0}\r\nTo: <sip:infolinia@127.0.0.1>\r\n"
    "Call-ID: {0}@tcp\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: {1}\r\n\r\n"
)


def options(number: int, length: object = 0) -> bytes:
    """Return a good request that says it has so much of a body."""
    return _OPTIONS.format(number, length).encode()


class Connections:
    """Attacks over TCP, each a method; connections stay until ``close``."""

    def __init__(self, port: int, seed: int) -> None:
        self._line = ("127.0.0.1", port)
        self._rng = random.Random(seed)
        self._open: list[socket.socket] = []
        #: Connections that the line did not take, or has closed.
        self.refused = 0

    def all(self) -> list[Callable[[], None]]:
        """Return every attack."""
        return [
            self.partial, self.interleaved, self.endless_header, self.wrong_length, self.garbage,
            self.fuzz, self.keep_alives, self.slow, self.reset,
        ]  # fmt: skip

    def partial(self) -> None:
        """A request stops in the middle, at every place."""
        whole = options(self._rng.getrandbits(32))
        for end in range(1, len(whole), 23):
            self._send(whole[:end])

    def interleaved(self) -> None:
        """Several requests in one segment, and one in many."""
        numbers = [self._rng.getrandbits(32) for _ in range(20)]
        self._send(b"\r\n\r\n".join(options(number) for number in numbers))
        used = self._connect()
        for byte in options(self._rng.getrandbits(32)):
            self._write(used, bytes([byte]))

    def endless_header(self) -> None:
        """A header that never ends."""
        used = self._connect()
        self._write(used, b"OPTIONS sip:a SIP/2.0\r\nSubject: ")
        for _ in range(100):
            self._write(used, b"a" * 4000)

    def wrong_length(self) -> None:
        """A body that is longer, shorter, negative, or beyond any memory."""
        for length in (1, 10, -1, 3999, 4001, 2**31 - 1, 2**31, 2**32, 2**64, "x", "0x10", ""):
            self._send(options(self._rng.getrandbits(32), length) + b"v=0\r\n")

    def garbage(self) -> None:
        """Bytes, and protocols of others."""
        for data in (
            self._rng.randbytes(5000), b"\0" * 5000, b"\r\n" * 20000, b" " * 9000,
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        ):  # fmt: skip
            self._send(data)

    def fuzz(self) -> None:
        """Malformed requests, one after the other on one connection."""
        fuzz = SipFuzz(self._rng)
        for _ in range(20):
            used = self._connect()
            for _ in range(10):
                data = fuzz.message().replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")
                data = data.replace(LINE_PORT.encode(), str(self._line[1]).encode())
                self._write(used, data.replace(MY_PORT.encode(), b"9"))

    def keep_alives(self) -> None:
        """Keep-alives (RFC 5626) in all sizes."""
        for count in (1, 2, 3, 4, 5, 1000):
            self._send(b"\r\n" * count + options(self._rng.getrandbits(32)))

    def slow(self) -> None:
        """One byte now and then, from many."""
        for _ in range(20):
            self._send(b"INVITE sip:a SIP/2.0\r\nVia: S")

    def reset(self) -> None:
        """Connections that end in the middle of a request, by RST."""
        for _ in range(20):
            used = self._connect()
            self._write(used, options(1, 500))
            used.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            used.close()

    def crowd(self, count: int) -> int:
        """Open so many idle connections; return how many the line keeps a second later."""
        mine = [self._connect() for _ in range(count)]
        time.sleep(1)
        return sum(_is_open(used) for used in mine)

    def still_open(self) -> int:
        """Return how many connections the line has not closed."""
        return sum(_is_open(used) for used in self._open)

    def close(self) -> None:
        """End them all."""
        for used in self._open:
            used.close()

    def _send(self, data: bytes) -> None:
        self._write(self._connect(), data)

    def _connect(self) -> socket.socket:
        used = socket.socket()
        used.settimeout(3)
        with contextlib.suppress(OSError):
            used.bind((NEIGHBOUR, 0))
            used.connect(self._line)
        time.sleep(_PACE)
        self._open.append(used)
        return used

    def _write(self, used: socket.socket, data: bytes) -> None:
        try:
            used.sendall(data)
        except OSError:
            self.refused += 1


def _is_open(used: socket.socket) -> bool:
    if used.fileno() < 0:
        return False
    used.setblocking(False)
    try:
        while used.recv(65536):
            pass
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
