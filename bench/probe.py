"""One call by hand, packet by packet, with the kernel's own arrival times."""

import random
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_SO_TIMESTAMPNS = 35
_EVENTS = {key: code for code, key in enumerate("0123456789*#")}
_ALAW_SILENCE = 0xD5
#: A frame of A-law is audible when this many of its 160 samples are far from silence.
_LOUD_SAMPLES = 20


@dataclass
class Probe:
    """What one call measured, in milliseconds."""

    setup: float = 0.0
    first_audio: float = 0.0
    answer: float = 0.0
    gaps: list[float] = field(default_factory=list)


class ProbeCall:
    """A SIP call over two UDP sockets."""

    def __init__(self, port: int, number: str) -> None:
        self._line = ("127.0.0.1", port)
        self._sip, self._rtp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._sip, self._rtp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(5)
        self._rtp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._number = number
        self._tag = f"{random.getrandbits(48):x}"
        self._sequence, self._clock = 1, 8000
        self._to = ""
        self._media = ("127.0.0.1", 0)
        self.result = Probe()

    def open(self) -> None:
        """INVITE, 200, ACK, and the first audio."""
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 8 101\r\n"
            "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        )
        began = time.time()
        self._send("INVITE", 1, body)
        answer = self._await("INVITE")
        self.result.setup = (time.time() - began) * 1000
        head, _, sdp = answer.partition("\r\n\r\n")
        self._to = next(x for x in head.splitlines() if x.lower().startswith("to:"))
        port = next(x for x in sdp.splitlines() if x.startswith("m=audio")).split()[1]
        self._media = ("127.0.0.1", int(port))
        confirmed = time.time()
        self._send("ACK", 1)
        while (packet := self._receive())[0] < confirmed:
            pass
        self.result.first_audio = (packet[0] - confirmed) * 1000

    def listen(self, seconds: float) -> None:
        """Measure the time from packet to packet."""
        last = self._receive()[0]
        until = time.time() + seconds
        for arrived, _ in self._packets(until):
            self.result.gaps.append((arrived - last) * 1000)
            last = arrived

    def type(self, keys: str) -> None:
        """Press keys, and measure from the last packet of the last one to the words after it."""
        for key in keys:
            self._press(key)
            self._skip(0.12)
        pressed = self._pressed
        for arrived, payload in self._packets(time.time() + 5):
            if arrived > pressed and loud(payload):
                self.result.answer = (arrived - pressed) * 1000
                return

    def close(self) -> None:
        """BYE."""
        self._send("BYE", 2)
        self._await("BYE")
        self._sip.close()
        self._rtp.close()

    def _press(self, key: str) -> None:
        for step in range(1, 8):
            ended = step > 5
            duration = min(step, 5) * 160
            event = struct.pack("!BBH", _EVENTS[key], 0x8A if ended else 0x0A, duration)
            header = struct.pack("!BBHII", 0x80, 101, self._sequence, self._clock, 77)
            self._rtp.sendto(header + event, self._media)
            self._sequence += 1
            if step == 6:
                self._pressed = time.time()  # the first end is where the key is over
            self._skip(0.02 if not ended else 0)
        self._clock += 2400

    def _skip(self, seconds: float) -> None:
        for _ in self._packets(time.time() + seconds):
            pass

    def _packets(self, until: float) -> Iterator[tuple[float, bytes]]:
        while (left := until - time.time()) > 0:
            self._rtp.settimeout(left)
            try:
                yield self._receive()
            except TimeoutError:
                return
            finally:
                self._rtp.settimeout(5)

    def _receive(self) -> tuple[float, bytes]:
        data, extra, _, _ = self._rtp.recvmsg(2048, 64)
        seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
        return seconds + nanoseconds / 1e9, data[12:]

    def _send(self, method: str, sequence: int, body: str = "") -> None:
        host, port = self._sip.getsockname()
        lines = [
            f"{method} sip:infolinia@127.0.0.1:{self._line[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{random.getrandbits(48):x}",
            f"From: <sip:{self._number}@{host}>;tag={self._tag}",
            self._to or f"To: <sip:infolinia@127.0.0.1:{self._line[1]}>",
            f"Call-ID: {self._tag}@probe",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{self._number}@{host}:{port}>",
            f"P-Asserted-Identity: <sip:{self._number}@{host}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._line)

    def _await(self, method: str) -> str:
        while True:
            answer = self._sip.recv(4096).decode()
            if answer.startswith("SIP/2.0 200") and method in answer:
                return answer
            if answer.startswith("SIP/2.0 ") and answer[8] in "3456":
                raise RuntimeError(answer.splitlines()[0])


def loud(payload: bytes) -> bool:
    """Return whether a frame of A-law holds speech."""
    return sum((byte ^ _ALAW_SILENCE) & 0x7F > 0x20 for byte in payload) > _LOUD_SAMPLES
