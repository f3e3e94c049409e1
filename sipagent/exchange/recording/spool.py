"""Sound on its way from the recorder to its file: it waits in memory, and never on a disk."""

import ctypes
import errno
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from sipagent.exchange.recording.files import MOMENT, SECOND, Writer

#: Seconds of sound that wait for a disk that takes none; then the oldest ones are given up.
PATIENCE = 60
#: Of a WAV file, as PJMEDIA writes it.
_HEADER = 44
#: Of fallocate(2): give a part of a file back, whose length stays.
_PUNCH = 0x01 | 0x02
_C = ctypes.CDLL(None, use_errno=True)
_C.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Spooled:
    """How a recording has come to its file, in seconds: its length, and how much of it is lost."""

    seconds: float
    missing: float


class Spool:
    """A file in memory (memfd_create(2)) that a recorder writes, and what is to become of it.

    It holds no more than what is not written yet: the clock thread of PJMEDIA writes there, and
    never waits for a disk. To be used by one thread at a time.

    Args:
        name: of the recording, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._memory = os.memfd_create(name, os.MFD_CLOEXEC)
        self._next = 0
        self._missing = 0
        self._failing = False
        #: Takes the sound; None: there is no file yet.
        self.writer: Writer | None = None

    @property
    def path(self) -> Path:
        """Where the recorder is to write."""
        return Path(f"/proc/{os.getpid()}/fd/{self._memory}")

    def drain(self) -> None:
        """Write each whole second that is there; what the disk does not take waits."""
        self._drain(self._length() // SECOND)
        while (self._length() // SECOND) - self._next > PATIENCE:
            self._missing += SECOND
            self._leave()

    def close(self) -> Spooled:
        """Write the rest, and complete the file; the recorder is closed."""
        length = self._length()
        self._drain(-(-length // SECOND))
        lost = self._missing + length - min(length, self._next * SECOND)
        try:
            if self.writer is not None:
                self.writer.close(length)
        except OSError as error:
            self._complain(error)
        finally:
            os.close(self._memory)
        return Spooled(length / SECOND, lost / SECOND)

    def _length(self) -> int:
        """Return the bytes of sound so far."""
        return max(0, os.fstat(self._memory).st_size - _HEADER) // MOMENT * MOMENT

    def _drain(self, until: int) -> None:
        """Write the seconds before a number, as far as the disk takes them."""
        if self.writer is None:
            return
        length = self._length()
        try:
            while self._next < until:
                at = self._next * SECOND
                sound = os.pread(self._memory, min(SECOND, length - at), _HEADER + at)
                self.writer.write(self._next, sound)
                self._leave()
        except OSError as error:
            self._complain(error)
        else:
            self._failing = False

    def _leave(self) -> None:
        """Go on to the next second, and give the memory of this one back."""
        _C.fallocate(self._memory, _PUNCH, _HEADER + self._next * SECOND, SECOND)
        self._next += 1

    def _complain(self, error: OSError) -> None:
        """Say once that the disk takes nothing."""
        if not self._failing:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            what = "the disk is full" if full else error.strerror
            log.error("a recording cannot be written", recording=self._name, reason=what)
        self._failing = True
