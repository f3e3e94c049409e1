"""One call by hand, packet by packet, with the kernel's own arrival times."""

import random
import socket
import struct
import time
from collections.abc import Iterator

_SO_TIMESTAMPNS = 35
_EVENTS = {key: code for code, key in enumerate("0123456789*#")}
#: Payload types of the offer: A-law, and telephone-events (RFC 4733).
_ALAW, _EVENT = 8, 101
_ALAW_SILENCE = 0xD5
#: A frame of A-law is audible when this many of its 160 samples are far from silence.
_LOUD_SAMPLES = 20
#: A key lasts five packets of 20 ms; its end is sent three times.
_FRAME = 0.02
_FRAMES, _ENDS = 5, 3
#: A pause in speech is shorter than this, the silence after a key is not.
_QUIET = 0.3

#: When a packet came, in seconds since 1970, and its payload.
Packet = tuple[float, bytes]


class ProbeCall:
    """A SIP call over two UDP sockets; times are milliseconds."""

    def __init__(self, port: int, number: str) -> None:
        self._line = ("127.0.0.1", port)
        self._sip, self._rtp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._sip, self._rtp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(5)
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._number = number
        self._tag = f"{random.getrandbits(48):x}"
        self._sequence, self._clock = random.getrandbits(15), random.getrandbits(31)
        self._source = random.getrandbits(32)
        self._to = ""
        self._media = ("127.0.0.1", 0)
        #: INVITE → 200, 200 → first packet of audio, ACK → first audible one.
        self.setup = self.first_packet = self.first_word = 0.0
        #: Everything that was pressed.
        self.pressed = ""

    def open(self, *, await_word: bool = False) -> None:
        """INVITE, 200, ACK, and the first audio."""
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP {_ALAW} {_EVENT}\r\n"
            f"a=rtpmap:{_ALAW} PCMA/8000\r\na=rtpmap:{_EVENT} telephone-event/8000\r\n"
            f"a=fmtp:{_EVENT} 0-15\r\n"
        )
        began = time.time()
        self._send("INVITE", 1, body)
        answered, answer = self._await("INVITE")
        head, _, sdp = answer.partition("\r\n\r\n")
        self._to = next(x for x in head.splitlines() if x.lower().startswith("to:"))
        port = next(x for x in sdp.splitlines() if x.startswith("m=audio")).split()[1]
        self._media = ("127.0.0.1", int(port))
        confirmed = time.time()
        self._send("ACK", 1)
        self.setup = (answered - began) * 1000
        self.first_packet = (self._receive()[0] - answered) * 1000
        if await_word:
            self.first_word = (self._word(confirmed) - confirmed) * 1000

    def listen(self, seconds: float) -> list[float]:
        """Return the times from packet to packet."""
        gaps = []
        last = self._receive()[0]
        for arrived, _ in self._packets(time.time() + seconds):
            gaps.append((arrived - last) * 1000)
            last = arrived
        return gaps

    def press(self, key: str, pause: float = 0.08) -> float:
        """Press a key as telephone-event; return when its first packet was sent."""
        began = time.time()
        for step in range(1, _FRAMES + _ENDS + 1):
            ended = step > _FRAMES
            event = struct.pack(
                "!BBH", _EVENTS[key], 0x8A if ended else 0x0A, min(step, _FRAMES) * 160
            )
            marker = 0x80 if step == 1 else 0
            header = struct.pack(
                "!BBHII", 0x80, marker | _EVENT, self._sequence, self._clock, self._source
            )
            self._rtp.sendto(header + event, self._media)
            self._sequence = (self._sequence + 1) & 0xFFFF
            if not ended:
                time.sleep(max(0.0, began + step * _FRAME - time.time()))
        self.pressed += key
        time.sleep(pause)
        self._clock = (self._clock + 160 * (_FRAMES + 1) + int(pause * 8000)) & 0xFFFFFFFF
        return began

    def interrupt(self, key: str) -> float:
        """Press a key in speech; return the time to the last audible packet, 0 for none."""
        self.drop()
        self._word(time.time())
        time.sleep(random.uniform(0, _FRAME))  # at any moment between two packets
        began = self.press(key)
        heard = [at for at, payload in self._packets(time.time() + _QUIET) if loud(payload)]
        return max(0.0, max(heard, default=began) - began) * 1000

    def ask(self, key: str) -> float:
        """Press a key in silence; return the time to the first audible packet."""
        self.drop()
        began = self.press(key)
        return (self._word(began) - began) * 1000

    def wait(self, seconds: float) -> None:
        """Let time pass, and the packets that come in it."""
        for _ in self._packets(time.time() + seconds):
            pass

    def drop(self) -> None:
        """Forget the packets that came and were not looked at."""
        self._rtp.setblocking(False)
        try:
            while True:
                self._rtp.recv(2048)
        except BlockingIOError:
            self._rtp.settimeout(5)

    def close(self) -> None:
        """BYE."""
        self._send("BYE", 2)
        self._await("BYE")
        self._sip.close()
        self._rtp.close()

    def _word(self, since: float) -> float:
        for arrived, payload in self._packets(time.time() + 5):
            if arrived > since and loud(payload):
                return arrived
        raise TimeoutError("nothing is heard")

    def _packets(self, until: float) -> Iterator[Packet]:
        """Yield the packets that arrive up to a time."""
        while (left := until - time.time()) > 0:
            self._rtp.settimeout(left)
            try:
                packet = self._receive()
            except TimeoutError:
                return
            finally:
                self._rtp.settimeout(5)
            if packet[0] > until:
                return
            yield packet

    def _receive(self) -> Packet:
        data, extra, _, _ = self._rtp.recvmsg(2048, 64)
        return _arrival(extra), data[12:]

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

    def _await(self, method: str) -> tuple[float, str]:
        while True:
            data, extra, _, _ = self._sip.recvmsg(4096, 64)
            answer = data.decode(errors="replace")  # RTCP of a neighbouring port may stray in here
            if answer.startswith("SIP/2.0 200") and f" {method}\r\n" in answer:
                return _arrival(extra), answer
            if answer.startswith("SIP/2.0 ") and answer[8] in "3456":
                raise RuntimeError(answer.splitlines()[0])


def loud(payload: bytes) -> bool:
    """Return whether a frame of A-law holds speech."""
    return sum((byte ^ _ALAW_SILENCE) & 0x7F > 0x20 for byte in payload) > _LOUD_SAMPLES


def _arrival(extra: list[tuple[int, int, bytes]]) -> float:
    seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
    return float(seconds + nanoseconds / 1e9)
