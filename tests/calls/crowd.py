"""Callers who stay: each sends audio and keys and takes the time of every packet it hears."""

import contextlib
import itertools
import random
import struct
import threading
import time
from dataclasses import dataclass, field

from tests.calls.caller import ANNA
from tests.calls.peer import ALAW, KEYS, Message, Peer, arrival

_TICK = 0.02
_SILENCE = bytes([0xD5]) * 160
#: Ticks that a key lasts, that its end is repeated, and between two keys of a caller.
_HELD, _ENDS, _REST = 5, 3, 60


class Held(Peer):
    """One live call; everything but its two ends happens in the thread of the crowd."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(port, ANNA)
        self.number = number
        self.pressed = ""
        self.arrivals: list[tuple[float, int]] = []
        #: What came that the line had no reason to say to a live call.
        self.dropped = ""
        self._step = 0
        self._wait = random.Random(number).randrange(_REST)

    @property
    def media(self) -> tuple[str, int]:
        """Where the line takes audio of this call."""
        assert self._media
        return self._media

    def hang_up(self) -> Message:
        """BYE, numbered beyond what an attacker made of this dialog."""
        self._cseq = 1_000_000_000
        return super().hang_up()

    def throw(self, data: bytes, *, rtcp: bool) -> None:
        """Send a packet from this call's own address."""
        host, port = self.media
        (self._rtcp if rtcp else self._rtp).sendto(data, (host, port + rtcp))

    def beat(self, *, keys: bool) -> None:
        """Send what is due in these 20 ms."""
        if self._wait or (self._step == 0 and not keys):
            self._wait = max(0, self._wait - 1)
            head = struct.pack(
                "!BBHII", 0x80, ALAW, self._sequence & 0xFFFF, self._clock, self._source
            )
            self._rtp.sendto(head + _SILENCE, self.media)
            self._sequence += 1
        else:
            self._key_step()
        if self._step == 0:
            self._clock += 160

    def _key_step(self) -> None:
        if self._step == 0:
            self.pressed += KEYS[(self.number + len(self.pressed)) % 12]
        self._step += 1
        self._sequence &= 0xFFFF
        self._event(self.pressed[-1], min(self._step, _HELD), end=self._step >= _HELD)
        if self._step == _HELD + _ENDS - 1:
            self._clock += 160 * self._step
            self._step, self._wait = 0, _REST

    def drain(self) -> None:
        """Take what has come."""
        self._rtp.setblocking(False)
        self._sip.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, notes, _, _ = self._rtp.recvmsg(2048, 64)
                if len(packet) >= 12:
                    self.arrivals.append((arrival(notes), int.from_bytes(packet[2:4], "big")))
        with contextlib.suppress(BlockingIOError):
            while True:
                self._heed(self._sip.recv(65536).decode("latin-1"))
        with contextlib.suppress(BlockingIOError):
            self._rtcp.setblocking(False)
            while True:
                self._rtcp.recv(2048)

    def _heed(self, text: str) -> None:
        message = Message(text)
        if not message.status and message.header("Call-ID") == self.call_id:
            if message.method == "BYE":
                self.hung_up = True
                self.dropped = message.header("Reason") or "BYE"
            if message.method != "ACK":
                self._reply(message)


@dataclass(frozen=True)
class Heard:
    """What all calls heard in a time: distances of packets in milliseconds, and losses."""

    packets: int
    lost: int
    p50: float
    p999: float
    longest: float

    @classmethod
    def between(cls, calls: list[Held], start: float, end: float) -> "Heard":
        """Judge the packets that came between two times (``time.time``)."""
        gaps: list[float] = []
        lost = 0
        for call in calls:
            inside = [one for one in call.arrivals if start <= one[0] < end]
            edges = inside or [(start, -1)]
            for (at, number), (then, following) in itertools.pairwise(edges):
                gaps.append((then - at) * 1000)
                lost += max(0, ((following - number) & 0xFFFF) - 1) if number >= 0 else 0
            gaps.append((end - edges[-1][0]) * 1000)  # a call that fell silent
        gaps.sort()
        return cls(
            packets=len(gaps),
            lost=lost,
            p50=round(gaps[len(gaps) // 2], 1),
            p999=round(gaps[int(len(gaps) * 0.999)], 1),
            longest=round(gaps[-1], 1),
        )


@dataclass
class Crowd:
    """So many live calls, kept going by a thread."""

    port: int
    count: int
    calls: list[Held] = field(default_factory=list)
    #: Whether the callers press keys.
    typing: bool = True
    #: The greatest delay of a tick, in milliseconds: how much the machine had to do.
    late: float = 0.0

    def __enter__(self) -> "Crowd":
        for number in range(self.count):
            call = Held(self.port, number)
            self.calls.append(call)
            assert call.call().status == 200
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for call in self.calls:
            call.__exit__()

    def rest(self) -> None:
        """Let every caller finish the key under the finger, and press no other."""
        self.typing = False
        time.sleep(_TICK * (_HELD + _ENDS + 10))

    def hang_up(self) -> list[int]:
        """End all calls; return the answers to BYE."""
        self._over.set()
        self._thread.join()
        return [0 if call.hung_up else call.hang_up().status for call in self.calls]

    def dropped(self) -> list[str]:
        """Return why calls were ended by the line."""
        return [call.dropped for call in self.calls if call.hung_up]

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            for call in self.calls:
                if not call.hung_up:
                    call.beat(keys=self.typing)
                    call.drain()
            due += _TICK
            now = time.monotonic()
            self.late = max(self.late, (now - due) * 1000)
            time.sleep(max(0.0, due - now))
