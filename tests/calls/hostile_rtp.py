"""Malformed RTP and RTCP (RFC 3550) and telephone-events (RFC 4733)."""

import random
import struct
from dataclasses import dataclass

ALAW, EVENT = 8, 101
_SEQUENCES = (0, 1, 32767, 32768, 65534, 65535)
_CLOCKS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass
class MediaFuzz:
    """Makes malformed packets."""

    rng: random.Random

    def rtp(self) -> bytes:
        """Return audio with a wrong version, header, length, type, order or source."""
        rng = self.rng
        version = rng.choice((2, 2, 2, 2, 0, 1, 3))
        padding, extension = rng.random() < 0.2, rng.random() < 0.2
        sources = rng.choice((0, 0, 0, 1, 15))
        first = version << 6 | padding << 5 | extension << 4 | sources
        kind = rng.choice((ALAW, ALAW, 0, 13, 19, 72, 95, 96, 127))
        body = rng.randbytes(rng.choice((0, 1, 2, 80, 159, 160, 161, 320, 1400, 8000, 60000)))
        if sources and rng.random() < 0.7:
            body = rng.randbytes(4 * sources) + body
        if extension:
            words = rng.choice((0, 1, 5, 0xFFFF))
            body = struct.pack("!HH", 0xBEDE, words) + body
        if padding and body:
            body = body[:-1] + bytes([rng.choice((0, 1, 4, 255))])
        packet = self._head(first, rng.getrandbits(1) << 7 | kind) + body
        return packet[: rng.randrange(16)] if rng.random() < 0.1 else packet

    def event(self) -> bytes:
        """Return a key that is none: too short, beyond 15, with any length and flags."""
        rng = self.rng
        code = rng.choice((16, 32, 36, 64, 127, 128, 255))
        payload = struct.pack("!BBH", code, rng.getrandbits(8), rng.choice((0, 1, 160, 65535)))
        if rng.random() < 0.4:  # a key that exists, in a packet that is cut
            payload = struct.pack("!BBH", rng.randrange(16), 0x0A, 160)[: rng.randrange(4)]
        else:
            payload += rng.randbytes(rng.choice((0, 0, 4, 400)))
        return self._head(0x80, rng.getrandbits(1) << 7 | EVENT) + payload

    def key(self) -> bytes:
        """Return a key as it should be, from somebody who has no business to press any."""
        rng = self.rng
        payload = struct.pack("!BBH", rng.randrange(12), rng.choice((0x0A, 0x8A)), 160)
        return self._head(0x80, EVENT) + payload

    def rtcp(self) -> bytes:
        """Return a report with wrong lengths, counts, kinds; alone or in a row."""
        rng = self.rng
        parts = rng.choice((1, 1, 2, 3, 50))
        data = b"".join(self._report() for _ in range(parts))
        return data[: rng.randrange(24)] if rng.random() < 0.1 else data

    def _report(self) -> bytes:
        rng = self.rng
        kind = rng.choice((200, 201, 202, 203, 204, 205, 206, 207, 199, 72))
        body = rng.randbytes(4 * rng.choice((0, 1, 2, 6, 7, 30)))
        if kind == 202 and rng.random() < 0.5:  # names that are longer than the packet
            body = rng.randbytes(4) + bytes([rng.randrange(9), 255]) + b"x" * 10
        words = len(body) // 4
        length = rng.choice((words, words, words, 0, 1, words + 1, 0xFFFF))
        first = rng.choice((2, 2, 2, 1)) << 6 | (rng.random() < 0.2) << 5 | rng.randrange(32)
        return struct.pack("!BBH", first, kind, length) + body

    def _head(self, first: int, second: int) -> bytes:
        rng = self.rng
        sequence = rng.choice((*_SEQUENCES, rng.getrandbits(16)))
        clock = rng.choice((*_CLOCKS, rng.getrandbits(32)))
        source = rng.choice((0, 1, 0xFFFFFFFF, rng.getrandbits(32)))
        return struct.pack("!BBHII", first, second, sequence, clock, source)
