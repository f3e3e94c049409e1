"""A carrier made by hand that the line calls out over: it is where a trunk's registrar is."""

import re
import struct
import time
from typing import Self

import numpy as np

from tests.calls.daemon import Daemon, until
from tests.calls.peer import ALAW, KEYS, Message
from tests.calls.softphone import Softphone
from tests.patience import PATIENCE
from tests.phone_tones import decoded
from tests.ports import port_of_ours

EVENT = 101
#: What is louder than that is no silence.
_LOUD = 500


class Carrier(Softphone):
    """Takes one call at a time, from a place that a trunk names.

    Args:
        port: where the line listens.
        place: where the carrier is, as ``free_place`` has found it.
        hertz: the tone that it sends while it talks.
    """

    def __init__(self, port: int, place: tuple[str, int], hertz: float = 900.0) -> None:
        super().__init__(port, "carrier", hertz, host=place[0], own_port=place[1])
        self._pressed = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *words: object) -> None:
        self._socket.close()
        self._rtp.close()

    def offer(self) -> str:
        """Return its session description, in which keys are telephone-events."""
        port = self._rtp.getsockname()[1]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {self.codecs} {EVENT}\r\n"
            f"a=rtpmap:{EVENT} telephone-event/8000\r\n{self.about_codecs}a=sendrecv\r\n"
        )

    def refuses(self, status: str) -> Message:
        """Wait for an INVITE, and refuse it without ringing; return it."""
        self.invite = self.comes()
        self.decline(status)
        return self.invite

    def comes(self, within: float = PATIENCE) -> Message:
        """Return the INVITE of the next call; nothing is answered."""
        return self._message(lambda one: one.opens, within)

    def quiet(self, seconds: float) -> None:
        """See that nothing comes for so long."""
        self._socket.settimeout(seconds)
        try:
            came = self._socket.recv(65536)
        except TimeoutError:
            return
        raise AssertionError(came.decode())

    def strike(self, key: str) -> None:
        """Press a key for 100 ms as a telephone-event (RFC 4733)."""
        assert self._peer
        number = re.search(r"a=rtpmap:(\d+) telephone-event", self.invite.body)
        assert number
        for step, end in ((1, 0), (2, 0), (3, 0), (4, 0x80), (4, 0x80), (4, 0x80)):
            mark = 0x80 if step == 1 else 0
            head = struct.pack("!BBHII", 0x80, mark | int(number[1]), self._pressed, 5000, 7)
            event = struct.pack("!BBH", KEYS.index(key), end | 10, step * 160)
            self._rtp.sendto(head + event, self._peer)
            self._pressed += 1
            time.sleep(0.02)

    def hears(self, within: float = PATIENCE) -> None:
        """Return as soon as there is something to hear."""
        deadline = time.monotonic() + within
        while True:
            self._rtp.settimeout(max(deadline - time.monotonic(), 0.001))
            packet = self._rtp.recv(2048)
            if packet[1] & 0x7F == ALAW and np.abs(decoded(packet[12:], "A")).max() > _LOUD:
                return

    def keys(self, count: int, within: float = PATIENCE) -> list[tuple[str, float]]:
        """Return so many keys that come as telephone-events, each with when it began."""
        deadline = time.monotonic() + within
        found: dict[int, tuple[str, float]] = {}
        while len(found) < count:
            self._rtp.settimeout(max(deadline - time.monotonic(), 0.001))
            packet = self._rtp.recv(2048)
            if packet[1] & 0x7F == EVENT:
                stamp = int.from_bytes(packet[4:8], "big")
                found.setdefault(stamp, (KEYS[packet[12]], time.monotonic()))
        return list(found.values())


def free_place(host: str) -> tuple[str, int]:
    """Return an address on loopback with a port that nobody has."""
    return host, port_of_ours(host)


def trunk(name: str, place: tuple[str, int], *more: str) -> str:
    """Return the settings of a trunk to a carrier at a place."""
    host, port = place
    head = [
        "[[trunk]]",
        f'name = "{name}"',
        f'registrar = "sip:{host}:{port}"',
        "register = false",
        'user = "48221000200"',
        "ping = 0",
    ]
    return "\n".join([*head, *more, ""])


def joined(line: Daemon, call_id: str) -> None:
    """Return once who has called talks to who has taken the call."""

    def kinds() -> list[str]:
        return [event.kind for event in line.timeline(line.call_of(call_id).id)]

    until(kinds, lambda found: "joined" in found)


def number_in(message: Message, field: str) -> str:
    """Return the user of the URI in a header field; empty: there is no such field."""
    found = re.search(r"sips?:([^@>]*)@", message.header(field))
    return found[1] if found else ""
