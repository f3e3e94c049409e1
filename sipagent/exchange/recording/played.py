"""A recording as one WAV file that is nowhere: any part of it, made while somebody listens."""

from collections.abc import Iterator
from pathlib import Path

from sipagent.exchange.recording.files import SECOND, header, length_of, sound_of


class Played:
    """A recording as bytes of a WAV file.

    Args:
        path: of its file.
        key: of its file; None: that is not sealed.

    Raises:
        SetupError: it cannot be read.
    """

    def __init__(self, path: Path, key: bytes | None) -> None:
        self._path = path
        self._key = key
        sound = length_of(path, sealed=key is not None)
        self._head = header(sound)
        #: Bytes of all of it.
        self.size = len(self._head) + sound

    def sound(self) -> Iterator[bytes]:
        """Yield the sound alone, second by second; see ``files.sound_of``."""
        return sound_of(self._path, self._key)

    def part(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from one to another, both included.

        Raises:
            SetupError, DataError: as ``files.sound_of``.
        """
        if first < len(self._head):
            yield self._head[first : last + 1]
        left = last + 1 - max(first, len(self._head))
        second, skipped = divmod(max(0, first - len(self._head)), SECOND)
        for sound in sound_of(self._path, self._key, second) if left > 0 else ():
            found = sound[skipped : skipped + left]
            yield found
            left, skipped = left - len(found), 0
            if left <= 0:
                return
