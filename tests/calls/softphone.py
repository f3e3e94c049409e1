"""A phone with an account that is called, calls and talks; each message is the test's own."""

import contextlib
import re
import secrets
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from urllib.parse import quote

import numpy as np

from tests.calls.account import Phone
from tests.calls.peer import ALAW, EVENT, KEYS, Message
from tests.patience import PATIENCE
from tests.phone_tones import Signal, coded, decoded, sine

#: Fields of a request that its answers repeat.
_REPEATED = ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")
_FRAME = 160


class Softphone(Phone):
    """One call at a time over UDP.

    Args:
        port: where the line listens.
        user: its account.
        hertz: the tone that it sends while it talks.
        host, own_port, algorithm: see ``Phone``.
    """

    def __init__(
        self,
        port: int,
        user: str,
        hertz: float = 400.0,
        *,
        host: str = "127.0.0.1",
        own_port: int = 0,
        algorithm: str = "SHA-256",
    ) -> None:
        super().__init__(port, user, host=host, own_port=own_port, algorithm=algorithm)
        self.contact = f"<sip:{user}@{self.place}>"
        self.dialled = user
        self.hertz = hertz
        #: Payload types that it offers and takes, the preferred one first.
        self.codecs = str(ALAW)
        #: Further lines about them.
        self.about_codecs = ""
        self._rtp = socket.socket(type=socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._tag = secrets.token_hex(4)
        self._peer: tuple[str, int] | None = None
        #: That were sent so far.
        self._frames = 0
        self._waiting: list[Message] = []
        #: From, To and Call-ID of requests within its call, and where they go.
        self._dialog = ("", "", "", "")
        self._within = 100
        self._talks = False
        #: Keys that were pressed, and the number of the next packet for one.
        self._pressed, self._sequence = 0, 5000
        self._event_type = EVENT
        #: The INVITE of the call that has come.
        self.invite = Message("")
        #: What the last call that it has made was answered with.
        self._answer = Message("")
        #: What the line has ended it with.
        self.ended = Message("")

    def __enter__(self) -> Self:
        answer = self.register()
        assert answer.status == 200, answer.text
        return self

    def __exit__(self, *words: object) -> None:
        if self._talks:  # a test has failed within a call
            with contextlib.suppress(TimeoutError):
                self.ask_within("BYE")
        self.send(self.request("REGISTER", "Contact: *", "Expires: 0", *self.proof("REGISTER")))
        super().__exit__(*words)
        self._rtp.close()

    def uri(self, method: str) -> str:
        """Return the request URI of a method."""
        place = f"127.0.0.1:{self._line[1]}"
        return f"sip:{place}" if method == "REGISTER" else f"sip:{self.dialled}@{place}"

    # Calling

    def call(self, number: str) -> None:
        """Call a number; the answers are to be waited for."""
        self.dialled, self.call_id = number, secrets.token_hex(8)
        self.name = f"<sip:{self.user}@127.0.0.1>"
        self.send(self.request("INVITE", *self.proof("INVITE"), to=number, body=self.offer()))

    def status(self, code: int, within: float = PATIENCE) -> Message:
        """Return the answer to its INVITE with a code, once it comes; a final one is confirmed."""
        answer = self._message(lambda one: one.status == code and one.method == "INVITE", within)
        ends = (answer.header("From"), answer.header("To"), answer.header("Call-ID"))
        target = re.search(r"<(.*?)>", answer.header("Contact"))
        self._dialog = (*ends, target[1] if target else "")
        if code >= 200:
            self._confirm(answer)
        return answer

    def _confirm(self, answer: Message) -> None:
        target = re.search(r"<(.*?)>", answer.header("Contact"))
        uri = target[1] if target and answer.status == 200 else self.uri("INVITE")
        # ACK of a refusal belongs to the INVITE (RFC 3261, section 17.1.1.3).
        via = answer.header("Via").split(";received")[0].split(";rport")[0]
        self._sent("ACK", uri, via, answer, int(answer.header("CSeq").split()[0]))
        if answer.status == 200:
            self._answer = answer
            self._take(answer)

    def leave(self) -> None:
        """End a call that it has made, and that was answered."""
        self.say_bye()
        self._message(lambda one: one.status == 200 and one.method == "BYE", PATIENCE)

    def say_bye(self) -> None:
        """Begin to end it; the answer is to be waited for."""
        target = re.search(r"<(.*?)>", self._answer.header("Contact"))
        assert target
        via = f"SIP/2.0/UDP {self.place};branch=z9hG4bK{secrets.token_hex(8)};rport"
        cseq = int(self._answer.header("CSeq").split()[0]) + 1
        self._sent("BYE", target[1], via, self._answer, cseq)

    # Being called

    def rings(self, within: float = PATIENCE) -> Message:
        """Wait for an INVITE, and ring; one that has come before and is sent again is none."""
        before = self.invite.header("Via")

        def new(one: Message) -> bool:
            return one.opens and one.header("Via") != before

        self.invite = self._message(new, within)
        self.respond(self.invite, "180 Ringing")
        return self.invite

    def answer_call(self) -> None:
        """Take the call that rings."""
        self._take(self.invite)
        self.respond(self.invite, "200 OK", self.offer())
        target = re.search(r"<(.*?)>", self.invite.header("Contact"))
        assert target
        here, there = f"{self.invite.header('To')};tag={self._tag}", self.invite.header("From")
        self._dialog = (here, there, self.invite.header("Call-ID"), target[1])

    def decline(self, status: str = "486 Busy Here") -> None:
        """Do not take it."""
        self.respond(self.invite, status)

    def cancelled(self, within: float = PATIENCE) -> Message:
        """Return the CANCEL of the call that rings, once it comes."""
        cancel = self._message(lambda one: not one.status and one.method == "CANCEL", within)
        self.respond(cancel, "200 OK")
        self.respond(self.invite, "487 Request Terminated")
        return cancel

    def hung_up(self, within: float = PATIENCE) -> Message:
        """Return the BYE of the line, once it comes."""
        bye = self._message(lambda one: not one.status and one.method == "BYE", within)
        self.respond(bye, "200 OK")
        self._talks = False
        return bye

    def hang_up(self) -> None:
        """End its call."""
        self._talks = False
        assert self.ask_within("BYE").status == 200

    # Within a call

    def ask_within(self, method: str, *fields: str, body: str = "") -> Message:
        """Send a request within its call, and return the final answer."""
        self._within += 1
        here, there, call_id, target = self._dialog
        kind = ["Content-Type: application/sdp"] if body else []
        head = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.place};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {here}",
            f"To: {there}",
            f"Call-ID: {call_id}",
            f"CSeq: {self._within} {method}",
            f"Contact: {self.contact}",
            *fields,
            *kind,
            f"Content-Length: {len(body)}",
        ]
        self.send(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        answer = self._message(lambda one: one.status >= 200 and one.method == method, PATIENCE)
        if method == "INVITE":
            self._within_ack(answer)
        return answer

    def _within_ack(self, answer: Message) -> None:
        via = f"SIP/2.0/UDP {self.place};branch=z9hG4bK{secrets.token_hex(8)};rport"
        self._sent("ACK", self._dialog[3], via, answer, self._within)

    def hold(self, direction: str = "sendonly") -> None:
        """Hold its call, or with ``sendrecv`` be back (RFC 3264, section 8.4)."""
        body = self.offer().replace("a=sendrecv", f"a={direction}")
        assert self.ask_within("INVITE", body=body).status == 200

    def refer(self, target: str, other: "Softphone | None" = None) -> Message:
        """Ask to put the far end through to a number, or to the far end of another call."""
        uri = f"sip:{target}@127.0.0.1:{self._line[1]}"
        if other is not None:
            uri += f"?Replaces={quote(other.replaced(), safe='')}"
        return self.ask_within("REFER", f"Refer-To: <{uri}>", f"Referred-By: {self.name}")

    def replaced(self) -> str:
        """Return what Replaces calls its call by, for the line (RFC 3891, section 3)."""
        here, there, call_id, _ = self._dialog
        theirs, ours = (end.partition("tag=")[2] for end in (there, here))
        return f"{call_id};to-tag={theirs};from-tag={ours}"

    def told(self, code: int, within: float = PATIENCE) -> Message:
        """Return the NOTIFY that tells of a code of SIP, once it comes (RFC 3515)."""

        def wanted(one: Message) -> bool:
            return not one.status and one.method == "NOTIFY" and f"SIP/2.0 {code}" in one.body

        notify = self._message(wanted, within)
        self.respond(notify, "200 OK")
        return notify

    def respond(self, request: Message, status: str, body: str = "") -> None:
        """Answer a request."""
        lines = [line for name in _REPEATED for line in request.headers(name)]
        lines = [
            f"{line};tag={self._tag}" if line.startswith("To:") and ";tag=" not in line else line
            for line in lines
        ]
        kind = ["Content-Type: application/sdp"] if body else []
        head = [f"SIP/2.0 {status}", *lines, f"Contact: {self.contact}", *kind]
        text = "\r\n".join([*head, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body
        self.send(text.encode())

    # Audio

    def press(self, keys: str) -> None:
        """Press keys (RFC 4733), each for a tenth of a second."""
        assert self._peer
        for place, key in enumerate(keys):
            for step in (*range(1, 6), 5, 5):
                stamp = 160 * 40 * (place + self._pressed + 1)
                end = step == 5
                head = struct.pack("!BBHII", 0x80, self._event_type, self._sequence, stamp, 8)
                event = struct.pack("!BBH", KEYS.index(key), end << 7 | 10, 160 * step)
                self._rtp.sendto(head + event, self._peer)
                self._sequence += 1
                time.sleep(0.02)
            time.sleep(0.05)
        self._pressed += len(keys)

    def hears_keys(self, keys: str, within: float = PATIENCE) -> None:
        """Return once these keys have come."""
        came: dict[int, str] = {}
        deadline = time.monotonic() + within
        while "".join(came.values()) != keys:
            self._rtp.settimeout(max(deadline - time.monotonic(), 0.001))
            packet = self._rtp.recv(2048)
            if packet[1] & 0x7F == EVENT:
                came[int.from_bytes(packet[4:8], "big")] = KEYS[packet[12]]

    def talk(self, seconds: float) -> Signal:
        """Send its tone in real time, and return what is heard meanwhile."""
        return self.play(sine(self.hertz, seconds, -10))

    def play(self, signal: Signal) -> Signal:
        """Send a signal in real time, and return what is heard meanwhile."""
        assert self._peer
        audio = coded(signal)
        heard = bytearray()
        began = time.monotonic()
        for frame in range(len(audio) // _FRAME):
            head = struct.pack("!BBHII", 0x80, ALAW, self._frames % 65536, self._frames * _FRAME, 7)
            self._frames += 1
            piece = audio[_FRAME * frame : _FRAME * (frame + 1)]
            self._rtp.sendto(head + piece, self._peer)
            while (left := began + (frame + 1) / 50 - time.monotonic()) > 0:
                self._rtp.settimeout(left)
                try:
                    heard += self._rtp.recv(2048)[12:]
                except TimeoutError:
                    break
        return decoded(bytes(heard), "A")

    # Messages

    def _message(self, good: object, within: float) -> Message:
        deadline = time.monotonic() + within
        while True:
            for one in self._waiting:
                if good(one):  # type: ignore[operator]
                    self._waiting.remove(one)
                    return one
            data = self.receive(max(deadline - time.monotonic(), 0.001))
            if data.strip():
                self._waiting.append(Message(data.decode()))

    def _sent(self, method: str, uri: str, via: str, answer: Message, cseq: int) -> None:
        head = [
            f"{method} {uri} SIP/2.0",
            f"Via: {via}",
            "Max-Forwards: 70",
            f"From: {answer.header('From')}",
            f"To: {answer.header('To')}",
            f"Call-ID: {answer.header('Call-ID')}",
            f"CSeq: {cseq} {method}",
            "Content-Length: 0",
        ]
        self.send(("\r\n".join(head) + "\r\n\r\n").encode())

    def offer(self) -> str:
        """Return its session description."""
        port = self._rtp.getsockname()[1]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {self.codecs} {EVENT}\r\na=rtpmap:{ALAW} PCMA/8000\r\n"
            f"a=rtpmap:{EVENT} telephone-event/8000\r\na=fmtp:{EVENT} 0-16\r\n"
            f"{self.about_codecs}a=sendrecv\r\n"
        )

    def _take(self, message: Message) -> None:
        port = re.search(r"^m=audio (\d+)", message.body, re.MULTILINE)
        assert port, message.text
        self._peer = ("127.0.0.1", int(port[1]))
        self._talks = True
        event = re.search(r"^a=rtpmap:(\d+) telephone-event", message.body, re.MULTILINE)
        self._event_type = int(event[1]) if event else EVENT


def both_talk(one: Softphone, other: Softphone) -> list[Signal]:
    """Let two phones send their tones for three seconds; return what each hears in the middle."""
    with ThreadPoolExecutor() as both:
        talking = [both.submit(phone.talk, 3) for phone in (one, other)]
    return [heard.result()[8000:-4000] for heard in talking]


def strength(signal: Signal, hertz: float) -> float:
    """Return how much of a signal is a tone of that frequency, 0 to 1."""
    window = signal * np.hanning(len(signal))
    power = np.abs(np.fft.rfft(window)) ** 2
    near = np.abs(np.fft.rfftfreq(len(signal), 1 / 8000) - hertz) < 10
    return float(power[near].sum() / power.sum())
