"""Both ends of a call whose every RTP packet is made by hand.

`Answerer` runs this file in a process of its own: a bare pjsua2 endpoint that answers calls and
prints what keys it hears. `Caller` is the other end, plain sockets and text: an INVITE (RFC 3261)
that offers A-law and telephone-event, and `Line`, which makes RTP packets (RFC 3550) of audio and
of keys (RFC 4733).
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

#: As ``tests.patience``, which is not found where this file runs as a program of its own.
PATIENCE = 180.0

ALAW = 8
EVENT = 101
KEYS = "0123456789*#ABCD"  # the codes 0 to 15, RFC 4733 section 3.2
FRAME = 160  # samples of 20 ms
PACE = 0.0003  # seconds between packets: fast, yet within the socket's buffer
UPDATE, END = 1, 2  # flags of pjmedia_stream_dtmf_event


# ------------------------------------------------------------------------------- RTP packets


@dataclass(frozen=True)
class Packet:
    """An RTP packet; `press` counts the key presses of a line, None is audio."""

    seq: int
    timestamp: int
    ssrc: int
    payload_type: int
    payload: bytes
    press: int | None = None
    marker: bool = False

    def __bytes__(self) -> bytes:
        return (
            struct.pack(
                "!BBHII",
                0x80,
                self.marker << 7 | self.payload_type,
                self.seq & 0xFFFF,
                self.timestamp & 0xFFFFFFFF,
                self.ssrc,
            )
            + self.payload
        )


@dataclass
class Line:
    """A sender of RTP, with habits. Times are in samples, 8 a millisecond.

    amid: send audio between the packets of a key as well, as some gateways do.
    moving: give each packet of a key its own timestamp, which RFC 4733 forbids.
    steady: with `moving`, every packet says the same duration.
    frozen: never advance the timestamp.
    restart: begin the sequence numbers of each key anew.
    """

    seq: int = 4711
    clock: int = 1_000_000
    ssrc: int = 0x1234ABCD
    amid: bool = False
    moving: bool = False
    steady: bool = False
    frozen: bool = False
    restart: bool = False
    packets: list[Packet] = field(default_factory=list)
    presses: int = 0

    def _send(
        self,
        payload_type: int,
        payload: bytes,
        *,
        timestamp: int,
        press: int | None = None,
        marker: bool = False,
    ) -> None:
        packet = Packet(self.seq, timestamp, self.ssrc, payload_type, payload, press, marker)
        self.packets.append(packet)
        self.seq += 1

    def _tick(self, samples: int) -> None:
        if not self.frozen:
            self.clock += samples

    def audio(self, frames: int) -> Self:
        """Silence in A-law, `frames` packets of 20 ms."""
        for _ in range(frames):
            self._send(ALAW, b"\xd5" * FRAME, timestamp=self.clock)
            self._tick(FRAME)
        return self

    def pause(self, samples: int) -> Self:
        """Send nothing."""
        self._tick(samples)
        return self

    def event(self, key: str | int, duration: int, *, end: bool, timestamp: int) -> None:
        """One packet of a key; a number is an event code as it is."""
        code = KEYS.index(key) if isinstance(key, str) else key
        self._send(
            EVENT,
            struct.pack("!BBH", code, end << 7 | 10, duration & 0xFFFF),
            timestamp=timestamp,
            press=self.presses,
        )

    def press(self, keys: str | Iterable[int], *, updates: int = 8, ends: int = 3) -> Self:
        """Press keys one after the other, 60 ms apart."""
        for key in keys:
            if self.restart:
                self.seq = 1
            start, length = self.clock, updates * FRAME
            for n in range(updates + ends):
                ended = n >= updates
                duration = length if self.steady else min(n + 1, updates) * FRAME
                moved = n * FRAME if self.moving else 0
                self.event(key, duration, end=ended, timestamp=start + moved)
                if self.amid:
                    self._send(ALAW, b"\xd5" * FRAME, timestamp=self.clock)
                if not ended:
                    self._tick(FRAME)
            self.presses += 1
            self.pause(3 * FRAME)
        return self


def of_press(packets: Iterable[Packet], press: int) -> list[Packet]:
    """The event packets of one key press, in order."""
    return [packet for packet in packets if packet.press == press]


def renumber(packets: Iterable[Packet], seq: int = 100) -> list[Packet]:
    """Give consecutive sequence numbers: the packets were sent like this, none was lost."""
    return [replace(packet, seq=seq + n) for n, packet in enumerate(packets)]


# --------------------------------------------------------------------------- the calling end


class Caller:
    """A call from plain sockets to the endpoint at 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self.target = ("127.0.0.1", port)
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind(("127.0.0.1", 0))
        self.rtp, self.rtcp = _port_pair()
        self.sip.settimeout(PATIENCE)
        self.sip_port = self.sip.getsockname()[1]
        self.rtp_port = self.rtp.getsockname()[1]
        self.call_id = f"{self.sip_port}.{time.monotonic_ns()}@127.0.0.1"
        self.to = f"<sip:answer@127.0.0.1:{port}>"
        self.peer: tuple[str, int] = ("127.0.0.1", 0)

    def __enter__(self) -> Self:
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {ALAW} {EVENT}\r\n"
            f"a=rtpmap:{ALAW} PCMA/8000\r\na=rtpmap:{EVENT} telephone-event/8000\r\n"
            f"a=fmtp:{EVENT} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        self._request("INVITE", 1, sdp)
        answer = self._final("INVITE")
        self.to = _header(answer, "To")
        self._request("ACK", 1)
        media = re.search(r"^m=audio (\d+) RTP/AVP ([\d ]+)", answer, re.MULTILINE)
        if media is None or str(EVENT) not in media[2].split():
            raise AssertionError(f"no telephone-event in the answer:\n{answer}")
        self.peer = ("127.0.0.1", int(media[1]))
        return self

    def __exit__(self, *_: object) -> None:
        self._request("BYE", 2)
        self._final("BYE")
        for sock in (self.sip, self.rtp, self.rtcp):
            sock.close()

    def send(self, packets: Iterable[Packet | bytes]) -> None:
        """Send packets in the order given."""
        for packet in packets:
            self.rtp.sendto(bytes(packet), self.peer)
            time.sleep(PACE)

    def _request(self, method: str, cseq: int, body: str = "") -> None:
        lines = [
            f"{method} sip:answer@127.0.0.1:{self.target[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.sip_port};branch=z9hG4bK{time.monotonic_ns()}",
            "Max-Forwards: 70",
            f"From: <sip:caller@127.0.0.1:{self.sip_port}>;tag=caller",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:caller@127.0.0.1:{self.sip_port}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self.target)

    def _final(self, method: str) -> str:
        """The final answer to a request; 200 or AssertionError."""
        while True:
            message = self.sip.recv(65536).decode("latin-1")  # a stray packet of RTP is none
            if not message.startswith("SIP/2.0 ") or method not in _header(message, "CSeq"):
                continue
            status = int(message.split()[1])
            if status >= 200:
                if status != 200:
                    raise AssertionError(message)
                return message


def _port_pair() -> tuple[socket.socket, socket.socket]:
    """Sockets for RTP on an even port and RTCP on the next (RFC 3550 section 11).

    The second one is never read: it is there so that the peer's reports do not reach a stranger.
    """
    while True:
        pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        pair[0].bind(("127.0.0.1", 0))
        port = pair[0].getsockname()[1]
        if port % 2 == 0:
            with contextlib.suppress(OSError):
                pair[1].bind(("127.0.0.1", port + 1))
                return pair[0], pair[1]
        for sock in pair:
            sock.close()


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.+?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


# ------------------------------------------------------------------------- the answering end


@dataclass(frozen=True)
class Heard:
    """A report of pjsua2's onDtmfEvent; times in milliseconds."""

    key: str
    timestamp: int
    duration: int
    flags: int


class Answerer:
    """A pjsua2 endpoint in a process of its own; `python` may be one with another pjsua2."""

    def __init__(self, python: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.port: int = self._next(timeout=PATIENCE)["port"]

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for line in self._process.stdout:
            if line.startswith("{"):
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _next(self, timeout: float) -> dict[str, Any]:
        line = self._lines.get(timeout=timeout)
        if line is None:
            raise AssertionError("the answering endpoint has died")
        return line

    def await_media(self) -> None:
        """Wait until the audio of the call is running; reports of earlier calls are dropped."""
        while "media" not in self._next(timeout=PATIENCE):
            pass

    def collect(self, keys: int, last: str, timeout: float = 10) -> list[Heard]:
        """All reports up to the `keys`-th new `last` key; what came so far on a time-out."""
        heard: list[Heard] = []
        deadline = time.monotonic() + timeout
        while keys > 0:
            try:
                line = self._next(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if "key" in line:
                heard.append(Heard(**line))
                keys -= line["key"] == last and not line["flags"] & UPDATE
        return heard

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise


def _answer() -> None:
    """Answer calls until standard input ends; one JSON object a line on standard output."""
    import pjsua2 as pj  # noqa: PLC0415  only this process needs it

    # A finished call is kept: pjsua2's destructor hangs up whichever call has its slot by then.
    calls: list[Any] = []

    def tell(**values: object) -> None:
        print(json.dumps(values), flush=True)

    class Call(pj.Call):  # type: ignore[misc]
        def onCallMediaState(self, prm: Any) -> None:
            tell(media=True)

        def onDtmfEvent(self, prm: Any) -> None:
            tell(key=prm.digit, timestamp=prm.timestamp, duration=prm.duration, flags=prm.flags)

    class Account(pj.Account):  # type: ignore[misc]
        def onIncomingCall(self, prm: Any) -> None:
            call = Call(self, prm.callId)
            calls.append(call)
            answer = pj.CallOpParam()
            answer.statusCode = 200
            call.answer(answer)

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 4
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    config.medConfig.hasIoqueue = True
    config.medConfig.threadCnt = 1
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    transport = pj.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    transport_id = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    account_config = pj.AccountConfig()
    account_config.idUri = "sip:answer@127.0.0.1"
    account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = Account()
    account.create(account_config)
    info = endpoint.transportGetInfo(transport_id)
    tell(port=int(info.localName.rsplit(":", 1)[1]))

    while not select.select([sys.stdin], [], [], 0)[0]:
        endpoint.libHandleEvents(5)
    calls.clear()
    account.shutdown()
    endpoint.libDestroy()


if __name__ == "__main__":
    _answer()
