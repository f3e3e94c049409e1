"""A phone made by hand that bargains: other codecs, payload types, addresses, timers, PRACK.

What `Peer` cannot do because every phone of the other tests is alike: RFC 3262 (reliable
provisional answers), RFC 3311 (UPDATE), RFC 4028 (session timers), RFC 3551 (payload types).
"""

import contextlib
import re
import secrets
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.peer import ALAW, EVENT, KEYS, Message, Peer
from tests.patience import PATIENCE
from tests.phone_tones import coded, decoded, sine

MULAW, G722 = 0, 9
OPUS = 111
LAWS = {ALAW: "A", MULAW: "U"}
NAMES = {ALAW: "PCMA/8000", MULAW: "PCMU/8000", G722: "G722/8000", OPUS: "opus/48000/2"}


@dataclass(frozen=True)
class Rtp:
    """A packet of RTP that the line has sent, and when the kernel took it."""

    at: float
    type: int
    stamp: int
    source: int
    payload: bytes


class FarEnd(Peer):
    """One call, whose every offer is the test's own.

    Args:
        port: where the line listens.
        number: who calls.
        extra: header fields of each INVITE.
    """

    def __init__(self, port: int, number: str = ANNA, *extra: str) -> None:
        super().__init__(port, number, *extra)
        #: Requests of the line within the call, BYE and REFER apart; and what they are answered.
        self.requests: list[Message] = []
        self.reply = "200 OK"
        self.reply_extra: tuple[str, ...] = ()
        #: Samples a second of the clock of its keys (RFC 4733, section 2.1).
        self.event_rate = 8000

    def __enter__(self) -> Self:
        return self

    # SIP

    def sdp(
        self,
        *types: int,
        event: int = EVENT,
        rate: int = 8000,
        direction: str = "sendrecv",
        address: str = "127.0.0.1",
        lines: tuple[str, ...] = (),
        before: tuple[str, ...] = (),
        more: tuple[str, ...] = (),
    ) -> str:
        """Return a session description.

        Args:
            types: payload types of the codecs, the preferred one first.
            event: payload type of telephone-event; 0 for none.
            rate: its clock.
            direction: of the audio.
            address: where the phone says that it listens.
            lines: further ones of the audio.
            before: media that stand before the audio.
            more: further media.
        """
        codecs = {kind: NAMES[kind] for kind in types or (ALAW,)}
        if event:
            codecs[event] = f"telephone-event/{rate}"
        self.event_rate = rate
        version = next(self._versions)
        audio = [
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP {' '.join(map(str, codecs))}",
            *(f"a=rtpmap:{kind} {name}" for kind, name in codecs.items()),
            *([f"a=fmtp:{event} 0-15"] if event else []),
            f"a={direction}",
            *lines,
        ]
        place = f"IN IP{6 if ':' in address else 4} {address}"
        head = ["v=0", f"o=- 7 {version} {place}", "s=-", f"c={place}", "t=0 0"]
        return "".join(f"{line}\r\n" for line in (*head, *before, *audio, *more))

    def take(self, answer: Message) -> None:
        """Send keys from now on to where the answer says, and as it says."""
        port = re.search(r"^m=audio ([1-9]\d*)", answer.body, re.MULTILINE)
        assert port, answer.text
        event = re.search(r"^a=rtpmap:(\d+) telephone-event/(\d+)", answer.body, re.MULTILINE)
        self._media = ("127.0.0.1", int(port[1]))
        if event:
            self._event_type, self.event_rate = int(event[1]), int(event[2])

    def ask(self, method: str, body: str = "", *extra: str) -> Message:
        """Make a request within the call, and return its final answer."""
        kind = ("Content-Type: application/sdp",) if body else ()
        self.send(method, body, extra=(*kind, *extra, f"User-Agent: {type(self).__name__}"))
        return self.response(method)

    def provisional(self, within: float = PATIENCE) -> Message:
        """Return the next answer to INVITE between 101 and 199."""
        deadline = time.monotonic() + within
        while True:
            for message in self._seen:
                if 100 < message.status < 200:
                    self._seen.remove(message)
                    return message
            self._receive(deadline)

    def request(self, method: str, within: float = PATIENCE) -> Message:
        """Return a request of the line within the call; it has been answered with ``reply``."""
        deadline = time.monotonic() + within
        while True:
            for message in self.requests:
                if message.method == method:
                    self.requests.remove(message)
                    return message
            self._receive(deadline)

    def await_bye_until(self, deadline: float) -> None:
        """Answer the line's requests until that time (``time.monotonic``), or until BYE."""
        while not self.hung_up and time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                self._receive(deadline)

    def _receive(self, deadline: float) -> None:
        message, _ = self._next_message(deadline)
        if message.status:
            self._seen.append(message)
        elif message.method == "BYE":
            self.hung_up = True
            self._reply(message)
        elif message.method != "ACK":
            self.requests.append(message)
            if self.reply:
                self.respond(message)

    def respond(self, request: Message) -> None:
        """Answer a request of the line with ``reply``, which is not sent by itself if empty."""
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        lines = [line for name in names for line in request.headers(name)]
        host, port = self._sip.getsockname()
        body = self.sdp() if "m=audio" in request.body and self.reply.startswith("200") else ""
        kind = ["Content-Type: application/sdp"] if body else []
        lines += [f"Contact: <sip:test@{host}:{port}>", *self.reply_extra, *kind]
        lines.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([f"SIP/2.0 {self.reply}", *lines]) + "\r\n\r\n" + body
        self._sip.sendto(text.encode(), self._line)

    # RTP

    def packets(self, seconds: float, *, anew: bool = True) -> list[Rtp]:
        """Return the packets that come in that time; earlier ones are forgotten where ``anew``."""
        if anew:
            self._forget()
        came = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._rtp.settimeout(left)
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                break
            kind, _, stamp, source = struct.unpack("!xBHII", packet[:12])
            came.append(Rtp(time.time(), kind & 0x7F, stamp, source, packet[12:]))
        return came

    def press(self, keys: str, seconds: float = 0.1) -> float:
        """Press keys, each for that time, by the clock of the agreed telephone-event."""
        frame = self.event_rate // 50
        began = 0.0
        for key in keys:
            began = time.time()
            steps = round(seconds * 50)
            for step in (*range(1, steps + 1), steps, steps):
                self._packet(key, step * frame, first=step == 1, end=step == steps)
                time.sleep(0.02)
            self._clock += frame * (steps + 5)
        return began

    def _packet(self, key: str, duration: int, *, first: bool, end: bool) -> None:
        assert self._media
        head = struct.pack(
            "!BBHII",
            0x80,
            first << 7 | self._event_type,
            self._sequence,
            self._clock,
            self._source,
        )
        event = struct.pack("!BBH", KEYS.index(key), end << 7 | 10, duration)
        self._rtp.sendto(head + event, self._media)
        self._sequence += 1


def logged_in(line: Daemon, phone: FarEnd) -> None:
    """See that the call's keys came, each once."""
    line.says(phone.call_id, "login.accepted")
    phone.hang_up()
    record = line.ended_call(phone.call_id)
    assert (line.pressed(record.id), record.owner) == ("100001#", "100001")


def steps_of(stamps: list[int]) -> set[int]:
    """Return by how much the clock of RTP goes on from packet to packet."""
    return {after - before for before, after in pairwise(stamps)}


def sound(packets: list[Rtp]) -> NDArray[np.float32]:
    """Return what packets of A-law or µ-law make the phone hear, at 8 kHz, 1.0 the loudest."""
    parts = [decoded(packet.payload, LAWS[packet.type]) for packet in packets]
    return np.concatenate([*parts, np.zeros(0)]).astype(np.float32) / np.float32(32768)


def pitch(packets: list[Rtp]) -> float:
    """Return the frequency in Hz of what is loudest in such packets; 0 for silence."""
    samples = sound(packets)
    if not len(samples) or float(np.abs(samples).max()) < 0.01:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def keys(packets: list[Rtp]) -> str:
    """Return the keys in packets of telephone-event: one each timestamp (RFC 4733)."""
    pressed = {packet.stamp: KEYS[packet.payload[0]] for packet in packets if packet.type == EVENT}
    return "".join(pressed.values())


def hum(hertz: float, seconds: float, codec: int = ALAW) -> bytes:
    """Return a tone in A-law or µ-law."""
    return coded(sine(hertz, seconds, -10), LAWS[codec])


def talk(one: FarEnd, other: FarEnd) -> tuple[int, int]:
    """Let one hum at 500 Hz and the other one at 900; return what each hears, in hundreds."""
    with ThreadPoolExecutor(4) as both:
        both.submit(one.play, hum(500, 1.0, one.codec))
        both.submit(other.play, hum(900, 1.0, other.codec))
        heard = [both.submit(phone.packets, 0.9) for phone in (one, other)]
        return tuple(round(pitch(each.result()[-25:]) / 100) for each in heard)  # type: ignore[return-value]


class Called(FarEnd):
    """A phone that the line calls."""

    def __init__(self) -> None:
        super().__init__(0)
        self.port = int(self._sip.getsockname()[1])
        self.invite: Message | None = None
        self._tag = secrets.token_hex(4)

    def called(self, within: float = PATIENCE) -> Message:
        """Return the INVITE of the line, once it has come."""
        invite, self._line = self._next_message(time.monotonic() + within)
        self.invite = invite
        assert invite.method == "INVITE", invite.text
        self._from = f"From: {invite.header('To')};tag={self._tag}"
        self._to = f"To: {invite.header('From')}"
        self.call_id = invite.header("Call-ID")
        self.take(invite)
        return invite

    def answer(self, status: str, body: str = "", *extra: str, contact: str = "") -> None:
        """Answer that INVITE, with a Contact of the phone's own unless one is given."""
        assert self.invite
        lines = [line for name in ("Via", "Record-Route") for line in self.invite.headers(name)]
        lines += [f"From: {self.invite.header('From')}", f"To: {self.invite.header('To')}"]
        lines[-1] += f";tag={self._tag}"
        lines += [f"Call-ID: {self.call_id}", f"CSeq: {self.invite.header('CSeq')}"]
        lines += [f"Contact: <{contact or f'sip:biuro@127.0.0.1:{self.port}'}>", *extra]
        lines += ["Content-Type: application/sdp"] if body else []
        lines.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([f"SIP/2.0 {status}", *lines]) + "\r\n\r\n" + body
        self._sip.sendto(text.encode(), self._line)
