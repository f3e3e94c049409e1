"""Dialogs of the attacker's own, into which he may send whatever he likes."""

import contextlib
import re
import secrets
import socket
import threading
import time

from tests.calls.caller import ANNA
from tests.calls.peer import Message, Peer

#: Seconds that a call is a victim before another one takes its place.
_LIFE = 2.0
_TICK = 0.02
#: Almost the highest CSeq that there may be (RFC 3261, section 8.1.1.5).
_LAST = 2**31 - 10


class Victim(Peer):
    """A call that puts up with everything."""

    def heed(self) -> None:
        """Answer what the line has asked for, without waiting."""
        self._sip.setblocking(False)
        while packet := heard(self._sip):
            message = Message(packet.decode("latin-1"))
            if not message.status and message.method != "ACK":
                self.hung_up = self.hung_up or message.method == "BYE"
                self._reply(message)

    def farewell(self) -> bytes:
        """Return a BYE with a number beyond all that went into the dialog."""
        return request("BYE", [self._from, self._to, f"Call-ID: {self.call_id}"], _LAST)

    def part(self) -> None:
        """Send it, and be gone."""
        self._sip.sendto(self.farewell(), self._line)
        self.hung_up = True
        self.__exit__()


class Victims:
    """Calls that are made again and again: whatever ends one, the next one takes its number."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._calls: list[Victim | None] = [None] * count
        self._ends = [0.0] * count
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        #: The dialogs in the words of ``hostile_sip``.
        self.names: dict[str, str] = {}
        #: The end of each call that there was.
        self.farewells: list[bytes] = []

    def start(self) -> None:
        """Begin, and return once all are there."""
        for number in range(len(self._calls)):
            self._renew(number)
        self._thread.start()

    def stop(self) -> None:
        """Hang all up."""
        self._over.set()
        self._thread.join()
        for call in self._calls:
            if call is not None:
                call.part()

    def _run(self) -> None:
        while not self._over.wait(_TICK):
            for number, call in enumerate(self._calls):
                if call is not None:
                    call.heed()
                if call is None or call.hung_up or time.monotonic() > self._ends[number]:
                    self._renew(number)

    def _renew(self, number: int) -> None:
        if (call := self._calls[number]) is not None:
            call.part()
            self._calls[number] = None
        call = Victim(self._port, ANNA)
        with contextlib.suppress(AssertionError, OSError):
            if call.call().status == 200:
                self._calls[number] = call
                self._ends[number] = time.monotonic() + _LIFE
                named = {f"VICTIM-{name}{number}": text for name, text in call.dialog().items()}
                self.names = {**self.names, **named}
                self.farewells.append(call.farewell())
                return
        call.__exit__()


def goodbye(answer: bytes) -> list[bytes]:
    """Return what a caller says to a 200 for its INVITE: ACK, and BYE at once."""
    text = answer.decode("latin-1")
    number = re.search(r"^CSeq: *(\d+) INVITE\r$", text, re.MULTILINE)
    if not text.startswith("SIP/2.0 200 ") or not number:
        return []
    named = re.findall(r"^(?:From|To|Call-ID):.*(?=\r$)", text, re.MULTILINE)
    return [request("ACK", named, int(number[1])), request("BYE", named, int(number[1]) + 1)]


def request(method: str, named: list[str], number: int) -> bytes:
    """Return a request within a dialog, which is answered to where it comes from (RFC 3581)."""
    lines = [
        f"{method} sip:infolinia@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        *named,
        f"CSeq: {number} {method}",
        "Content-Length: 0\r\n\r\n",
    ]
    return "\r\n".join(lines).encode("latin-1")


def consent(request: bytes) -> bytes:
    """Return 200 to a request of the line; nothing where it is none."""
    text = request.decode("latin-1")
    if text.startswith(("SIP/2.0 ", "ACK ")) or " SIP/2.0\r\n" not in text:
        return b""
    named = re.findall(r"^(?:Via|From|To|Call-ID|CSeq):.*(?=\r$)", text, re.MULTILINE)
    return "\r\n".join(["SIP/2.0 200 OK", *named, "Content-Length: 0\r\n\r\n"]).encode("latin-1")


def heard(used: socket.socket) -> bytes:
    """Return the next datagram; nothing where there is none yet."""
    try:
        return used.recv(65536)
    except BlockingIOError:
        return b""
