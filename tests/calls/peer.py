"""A SIP phone made by hand: every message and every packet is the test's own.

For what a well-behaved phone never does, or not at the moment that a test needs: RFC 3261
(calls), RFC 3264 (offers), RFC 3550 (RTP), RFC 4733 (keys).
"""

import itertools
import re
import secrets
import socket
import struct
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Self

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, until
from tests.patience import PATIENCE

ALAW, EVENT = 8, 101
#: RFC 4733, section 3.2: events 0 to 16; R is a hook flash.
KEYS = "0123456789*#ABCDR"
#: A-law bytes this far from silence are heard; a frame needs a few of them.
_SILENCE, _LOUD = 0xD5, 20
#: The kernel notes when a packet came (not in the socket module).
_SO_TIMESTAMPNS = 35


@dataclass(frozen=True)
class Message:
    """A request or a response."""

    text: str

    @property
    def status(self) -> int:
        """Return the status code; 0 of a request."""
        return int(self.text.split()[1]) if self.text.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Return what is asked, or what this is the answer to."""
        return self.header("CSeq").split()[1]

    @property
    def opens(self) -> bool:
        """Return whether it is an INVITE for a new call (RFC 3261, section 12.2), none within one.

        The line repeats a request within a call that has ended meanwhile until somebody answers,
        and whoever is at that place by then gets it.
        """
        return not self.status and self.method == "INVITE" and ";tag=" not in self.header("To")

    @property
    def body(self) -> str:
        """Return the session description."""
        return self.text.partition("\r\n\r\n")[2]

    def header(self, name: str) -> str:
        """Return the value of a header field; empty where there is none."""
        found = re.search(rf"^{name}: *(.*?)\r$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    def headers(self, name: str) -> list[str]:
        """Return each whole line of a header field."""
        return re.findall(rf"^{name}:.*(?=\r$)", self.text, re.MULTILINE | re.IGNORECASE)


class Peer:
    """One call over two UDP sockets.

    Args:
        port: where the line listens.
        number: the user part of From.
        extra: header fields of each INVITE.
        called: the user part of the request URI and of To.
        host: the address on loopback that its SIP comes from.
    """

    def __init__(
        self,
        port: int,
        number: str = ANNA,
        *extra: str,
        called: str = "infolinia",
        host: str = "127.0.0.1",
    ) -> None:
        self._line = ("127.0.0.1", port)
        self._rtp, self._rtcp = _pair()
        self._sip = _socket(host=host)
        self._from = f"From: <sip:{number}@127.0.0.1>;tag={secrets.token_hex(4)}"
        self._to = f"To: <sip:{called}@127.0.0.1:{port}>"
        self._called = called
        self._extra = extra
        self._branch = ""
        self._cseq = 1
        self._versions = itertools.count(1)
        self._media: tuple[str, int] | None = None
        self._event_type = EVENT
        self._sequence, self._clock, self._source = 1, 0, secrets.randbits(32)
        self._seen: list[Message] = []
        #: What it takes for its own address, behind a NAT not the one that others see.
        self.believed: tuple[str, int] = self._sip.getsockname()
        #: Where it wants to be asked; None: there.
        self.contact: tuple[str, int] | None = None
        self.call_id = f"{secrets.token_hex(8)}@127.0.0.1"
        #: Payload type of the audio that it sends.
        self.codec = ALAW
        #: Whether the line has said BYE.
        self.hung_up = False
        #: What the line asks this phone to call instead (REFER), and the answer it gets.
        self.referred: Message | None = None
        self.refer_answer = "603 Decline"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._media and not self.hung_up:
            self.send("BYE")
        for used in (self._sip, self._rtp, self._rtcp):
            used.close()

    # SIP

    def call(self, body: str | None = None) -> Message:
        """INVITE, the answer, ACK; return the answer."""
        self.send("INVITE", self.offer() if body is None else body)
        return self.answered()

    def answered(self) -> Message:
        """Wait for the final answer to INVITE, and acknowledge it."""
        answer = self.response("INVITE")
        before, self._to = self._to, f"To: {answer.header('To')}"
        if answer.status != 200:
            self.send("ACK", same=True)
            self._to = before
            return answer
        self.take(answer)
        self.send("ACK", self.offer() if "m=" not in self._offered else "")
        return answer

    def hang_up(self) -> Message:
        """BYE, and its answer."""
        self._media = None
        self.send("BYE")
        return self.response("BYE")

    def send(
        self, method: str, body: str = "", *, same: bool = False, extra: tuple[str, ...] = ()
    ) -> None:
        """Send a request; ``same``: in the transaction of the INVITE, as CANCEL is."""
        if method not in {"ACK", "CANCEL"}:
            self._cseq += 1
        if not same:
            self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        if method == "INVITE":
            self._offered = body
        via, contact = (_place(*one) for one in (self.believed, self.contact or self.believed))
        head = [
            f"{method} sip:{self._called}@127.0.0.1:{self._line[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {via};branch={self._branch};rport",
            "Max-Forwards: 70",
            self._from,
            self._to,
            f"Call-ID: {self.call_id}",
            f"CSeq: {self._cseq} {method}",
            f"Contact: <sip:test@{contact}>",
            *(self._extra if method == "INVITE" else ()),
            *(extra or (["Content-Type: application/sdp"] if body else [])),
            f"Content-Length: {len(body)}",
        ]
        self._sip.sendto(("\r\n".join(head) + "\r\n\r\n" + body).encode(), self._line)

    def response(self, method: str) -> Message:
        """Return the final answer to a request, whatever else comes meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for message in self._seen:
                if message.status >= 200 and message.method == method:
                    self._seen.remove(message)
                    return message
            self._receive(deadline)

    def await_bye(self, within: float = PATIENCE) -> None:
        """Return when the line has hung up."""
        deadline = time.monotonic() + within
        while not self.hung_up:
            self._receive(deadline)

    def offer(self, direction: str = "sendrecv", codecs: str = f"{ALAW} {EVENT}") -> str:
        """Return a session description of this phone."""
        version = next(self._versions)
        keys = f"a=rtpmap:{EVENT} telephone-event/8000\r\na=fmtp:{EVENT} 0-15\r\n"
        return (
            f"v=0\r\no=- 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP {codecs}\r\n"
            f"{keys if str(EVENT) in codecs.split() else ''}a={direction}\r\n"
        )

    def take(self, answer: Message) -> None:
        """Send keys from now on to where the answer says, and as it says."""
        port = re.search(r"^m=audio (\d+)", answer.body, re.MULTILINE)
        event = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", answer.body, re.MULTILINE)
        assert port, answer.text
        assert event or "telephone-event" not in self._offered, answer.text
        self._media = ("127.0.0.1", int(port[1]))
        self._event_type = int(event[1]) if event else 0

    def move(self) -> None:
        """Receive audio on another port from now on; the line learns it by the next offer."""
        self._rtp.close()
        self._rtcp.close()
        self._rtp, self._rtcp = _pair()

    def _next_message(self, deadline: float) -> tuple[Message, tuple[str, int]]:
        """Return the next SIP message, and where it came from.

        A line that has not noticed yet that somebody else has gone still sends RTCP to the port,
        which is ours now: it is told apart by its first bits (RFC 7983, section 7).
        """
        data = b"\x80"
        while data[0] & 0xC0 == 0x80:
            self._sip.settimeout(max(deadline - time.monotonic(), 0.001))
            data, source = self._sip.recvfrom(65536)
        return Message(data.decode()), source

    def _receive(self, deadline: float) -> None:
        message, _ = self._next_message(deadline)
        if message.status:
            self._seen.append(message)
        elif message.method == "BYE":
            self.hung_up = True
            self._reply(message)
        elif message.method == "REFER":
            self.referred = message
            if self.refer_answer:
                self._reply(message, self.refer_answer)

    def await_refer(self, within: float = PATIENCE) -> None:
        """Return when the line has asked this phone to call somebody else (RFC 3515)."""
        deadline = time.monotonic() + within
        while self.referred is None:
            self._receive(deadline)

    def notify(self, status: str, state: str = "terminated;reason=noresource") -> None:
        """Tell the line how the call that it asked for goes."""
        self.send(
            "NOTIFY",
            f"SIP/2.0 {status}\r\n",
            extra=(
                "Event: refer",
                f"Subscription-State: {state}",
                "Content-Type: message/sipfrag;version=2.0",
            ),
        )
        self.response("NOTIFY")

    def dialog(self) -> dict[str, str]:
        """Return what the dialog is known by: the Call-ID, and the tags of its ends."""
        tags = {"FROM": self._from, "TO": self._to}
        found = {name: line.rpartition(";tag=")[2] for name, line in tags.items()}
        return {"ID": self.call_id, **found}

    def replaces(self) -> str:
        """Return the header of whoever would take this call over (RFC 3891, section 6.1)."""
        dialog = self.dialog()
        return f"Replaces: {dialog['ID']};to-tag={dialog['TO']};from-tag={dialog['FROM']}"

    def _reply(self, request: Message, status: str = "200 OK") -> None:
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        lines = [line for name in names for line in request.headers(name)]
        host, port = self._sip.getsockname()
        lines += [f"Contact: <sip:test@{host}:{port}>", "Content-Length: 0"]
        text = "\r\n".join([f"SIP/2.0 {status}", *lines]) + "\r\n\r\n"
        self._sip.sendto(text.encode(), self._line)

    # RTP

    def press(self, keys: str) -> float:
        """Press keys, each for 100 ms; return when the last one began (``time.time``)."""
        began = 0.0
        for key in keys:
            began = time.time()
            for step in (1, 2, 3, 4, 5, 5, 5):
                self._event(key, step, end=step == 5)
                time.sleep(0.02)
            self._clock += 160 * 10
        return began

    def hold(self, key: str) -> None:
        """Begin to press a key, and leave it at that."""
        self._event(key, 1, end=False)

    def strike(self, key: str) -> None:
        """Press a key whose packets all come at once."""
        for step in (1, 5, 5, 5):
            self._event(key, step, end=step == 5)

    def inform(self, key: str) -> None:
        """Press a key by INFO (RFC 6086), in the form that most phones use."""
        kind = "Content-Type: application/dtmf-relay"
        self.send("INFO", f"Signal={key}\r\nDuration=160\r\n", extra=(kind,))

    def speak(self, seconds: float) -> None:
        """Make syllables of noise, five frames of it and two of silence, in real time."""
        syllable = secrets.token_bytes(160 * 5) + bytes([_SILENCE]) * 160 * 2
        self.play(syllable * int(seconds * 50 / 7))

    def play(
        self,
        audio: bytes,
        beside: Callable[[int], None] = lambda frame: None,
        lost: Collection[int] = (),
    ) -> None:
        """Send G.711 in real time; ``beside`` is called before each frame, some get lost."""
        assert self._media
        began = time.monotonic()
        for frame in range(len(audio) // 160):
            beside(frame)
            head = struct.pack(
                "!BBHII", 0x80, self.codec, self._sequence, self._clock, self._source
            )
            if frame not in lost:
                self._rtp.sendto(head + audio[160 * frame : 160 * (frame + 1)], self._media)
            self._sequence += 1
            self._clock += 160
            time.sleep(max(0.0, began + (frame + 1) / 50 - time.monotonic()))

    def listen(self, seconds: float, *, anew: bool = True) -> list[tuple[float, bool]]:
        """Return the packets of audio that come: when, and whether there is something to hear.

        The times are the kernel's, comparable with ``time.time``, however late we look. Packets
        that came before are forgotten where ``anew``.
        """
        if anew:
            self._forget()
        came = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._rtp.settimeout(left)
            try:
                packet, notes, _, _ = self._rtp.recvmsg(2048, 64)
            except TimeoutError:
                break
            came.append((arrival(notes), _heard(packet[12:])))
        return came

    def hears(self, within: float = PATIENCE) -> None:
        """Return as soon as there is something to hear."""
        deadline = time.monotonic() + within
        while not any(heard for _, heard in self.listen(0.06)):
            assert time.monotonic() < deadline, "nothing is heard"

    def _event(self, key: str, step: int, *, end: bool) -> None:
        assert self._media
        flags = 0x8A if end else 0x0A
        event = struct.pack("!BBH", KEYS.index(key), flags, step * 160)
        marker = 0x80 if step == 1 else 0
        head = struct.pack(
            "!BBHII", 0x80, marker | self._event_type, self._sequence, self._clock, self._source
        )
        self._rtp.sendto(head + event, self._media)
        self._sequence += 1

    def _forget(self) -> None:
        self._rtp.setblocking(False)
        try:
            while True:
                self._rtp.recv(2048)
        except BlockingIOError:
            pass


def settled(line: Daemon) -> int:
    """Return the open descriptors of an idle line, once a call has opened what stays open."""
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.hang_up()
    line.ended_call(peer.call_id)
    levels = [line.descriptors()]

    def still() -> bool:
        levels.append(line.descriptors())
        return len(levels) > 10 and len(set(levels[-10:])) == 1

    until(still, bool)
    return levels[-1]


def _place(host: str, port: int) -> str:
    """Return an address and port as they stand in a header."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _pair() -> tuple[socket.socket, socket.socket]:
    """Return sockets for RTP and for RTCP, whose port is the next (RFC 3550, section 11)."""
    while True:
        rtp = _socket()
        try:
            return rtp, _socket(rtp.getsockname()[1] + 1)
        except (OSError, OverflowError):
            rtp.close()


def _socket(port: int = 0, host: str = "127.0.0.1") -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, port))
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    return made


def arrival(notes: list[tuple[int, int, bytes]]) -> float:
    """Return when the kernel took a packet, in seconds since 1970."""
    seconds, nanoseconds = struct.unpack("@ll", notes[0][2])
    return float(seconds + nanoseconds / 1e9)


def _heard(payload: bytes) -> bool:
    return sum(abs((byte ^ _SILENCE) & 0x7F) > 12 for byte in payload) > _LOUD
