"""What somebody has said who they are: kept in memory, and gone with the meeting."""

import os
from pathlib import Path

from sipagent.speech.clip import Clip

#: The longest name that somebody says, the silence that ends it, and that before it: seconds.
LONGEST, SILENCE, SHY = 5.0, 1.2, 4.0


class SpokenName:
    """A recording that stands on no disk (memfd_create(2)), so that no crash leaves it behind.

    It can be said like a prompt.
    """

    key = "rooms.name"
    text = "(name)"

    def __init__(self) -> None:
        self._memory = os.memfd_create("name", os.MFD_CLOEXEC)

    @property
    def path(self) -> Path:
        """Where it is recorded, and played from."""
        return Path(f"/proc/{os.getpid()}/fd/{self._memory}")

    async def clip(self) -> Clip:
        """Return it."""
        return Clip(self.path, LONGEST)

    def meanwhile(self) -> None:
        """Return nothing: it is there."""

    def close(self) -> None:
        """Forget it."""
        os.close(self._memory)
