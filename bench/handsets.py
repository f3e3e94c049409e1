"""Phones by the hundred: who calls, who rings, and when that came, by the kernel's clock."""

import selectors
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.machine import go_first
from tests.calls.account import Phone
from tests.calls.peer import Message, arrival
from tests.calls.softphone import Softphone

#: The kernel notes when a packet came (not in the socket module).
_SO_TIMESTAMPNS = 35
#: Seconds in which everything that belongs to a call has to come.
_PATIENCE = 20.0

Numbers = NDArray[np.float64]


class Handset(Softphone):
    """A phone whose messages are taken by a ``Desk``."""

    def __init__(self, port: int, user: str, *, algorithm: str = "SHA-256") -> None:
        super().__init__(port, user, algorithm=algorithm)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    @property
    def signalling(self) -> socket.socket:
        """The socket of its SIP."""
        return self._socket

    @property
    def audio(self) -> tuple[int, int]:
        """The descriptor of the socket of its RTP, and the port to which it sends."""
        assert self._peer
        return self._rtp.fileno(), self._peer[1]

    def came(self) -> tuple[float, Message]:
        """Return the next message, and when it came (``time.time``)."""
        data, notes, _, _ = self._socket.recvmsg(65536, 64)
        return arrival(notes), Message(data.decode())

    def confirm(self, answer: Message) -> None:
        """Take the answer to its INVITE."""
        self._confirm(answer)

    def close(self) -> None:
        """Be gone, without a word."""
        Phone.__exit__(self)
        self._rtp.close()


class Desk:
    """All phones in one place: whatever comes to one of them is handed on as it comes."""

    def __init__(self, phones: Sequence[Handset]) -> None:
        self._sockets = selectors.DefaultSelector()
        for phone in phones:
            self._sockets.register(phone.signalling, selectors.EVENT_READ, phone)

    def serve(self, seconds: float, take: Callable[[Handset, float, Message], None]) -> None:
        """Hand on what comes within so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._sockets.select(left):
                take(key.data, *key.data.came())

    def until(
        self,
        done: Callable[[], bool],
        take: Callable[[Handset, float, Message], None],
        seconds: float = _PATIENCE,
    ) -> bool:
        """Hand on what comes until something is so; return whether it was in time."""
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            self.serve(0.02, take)
        return done()


@dataclass(frozen=True)
class Heard:
    """What phones in pairs heard of each other.

    Args:
        gaps: milliseconds from one packet to the next, of all phones.
        delays: milliseconds from a sample into the exchange until it has come out of it.
        sent: packets that were sent.
        heard: packets that have come.
        lost: numbers of packets that have not.
        marks: samples of which ``delays`` are.
        cpu: seconds of processor time that the exchange took for it.
        seconds: so long they talked.
    """

    gaps: Numbers
    delays: Numbers
    sent: int
    heard: int
    lost: int
    marks: int
    cpu: float
    seconds: float


def connected(pairs: Sequence[tuple[Handset, Handset]]) -> None:
    """Let the first of each pair call the second, who takes the call."""
    for caller, callee in pairs:
        caller.call(callee.user.partition("-")[0])
        callee.rings()
        callee.answer_call()
        caller.status(200)


def parted(pairs: Sequence[tuple[Handset, Handset]]) -> None:
    """End all their calls."""
    for caller, callee in pairs:
        caller.leave()
        callee.hung_up()


def talk(
    program: Path,
    pairs: Sequence[tuple[Handset, Handset]],
    seconds: int,
    used: Callable[[], float],
    *,
    first: bool,
) -> Heard:
    """Let pairs that are connected talk.

    Args:
        program: bench/talkers.c, compiled.
        pairs: the phones.
        seconds: for so long.
        used: returns the processor time that the exchange has taken so far.
        first: whether the phones go before other programs.
    """
    places = [phone.audio for pair in pairs for phone in pair]
    talking = subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[handle for handle, _ in places],
    )
    assert talking.stdin
    assert talking.stdout
    if first:
        go_first(talking.pid)
    lines = [str(seconds), *(f"{handle} {port}" for handle, port in places)]
    talking.stdin.write("\n".join(lines).encode())
    talking.stdin.close()
    time.sleep(1)
    before, began = used(), time.monotonic()
    time.sleep(seconds - 0.5)
    cpu, lasted = used() - before, time.monotonic() - began
    gaps, _, sent, heard, lost, marks = map(int, talking.stdout.readline().split())
    values = np.frombuffer(talking.stdout.read())
    talking.wait()
    return Heard(values[:gaps], values[gaps:], sent, heard, lost, marks, cpu, lasted)
