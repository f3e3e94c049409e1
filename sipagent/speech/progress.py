"""Whether a process gets on, told by its work and not by the clock on the wall.

A busy machine makes a process slow, not idle: as long as it uses the processor, or waits for its
turn or for the disk, it is at work, however long that takes (Linux: ``/proc``, proc(5)).
"""

import os
from pathlib import Path

#: Seconds between two looks, and how many of them in a row may find nothing done.
LOOK = 0.5
_IDLE = 10

_TICK = 1 / os.sysconf("SC_CLK_TCK")
#: States of a thread that would work if it could: it waits for a processor, or for the disk.
_READY = {"R", "D"}


class Stalled(Exception):
    """The process hangs, or runs in circles; the text says which."""


class Progress:
    """The work of a process on one task, from now on.

    Args:
        pid: of the process.
        seconds: of processor time, after which it is taken for running in circles.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self._seconds = seconds
        self._begin = self._used = self._read()[0]
        self._idle = 0

    def look(self) -> None:
        """Look at it again; to be called every ``LOOK`` seconds.

        Raises:
            Stalled: it did nothing for too long, or worked more than its ``seconds``.
        """
        used, ready = self._read()
        self._idle = 0 if ready or used > self._used else self._idle + 1
        self._used = used
        if used - self._begin > self._seconds:
            raise Stalled(f"worked longer than {self._seconds:g} s")
        if self._idle >= _IDLE:
            raise Stalled(f"did nothing for {_IDLE * LOOK:g} s")

    def _read(self) -> tuple[float, bool]:
        """Return its seconds of processor time, and whether a thread of it would work."""
        used, ready = 0, False
        for thread in self._threads.glob("*/stat"):
            try:
                # What precedes the last bracket is the name, which may hold anything.
                fields = thread.read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            ready = ready or fields[0] in _READY
            used += int(fields[11]) + int(fields[12])
        return used * _TICK, ready
