"""A recorder without a network: it knows whom it has heard, and when."""

import asyncio
import wave
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from sipagent.telephony.leg import Leg

#: Samples a second, and what each is while somebody is heard: 16 bits, little-endian.
_RATE = 8000
_VOICE, _SILENCE = (4096).to_bytes(2, "little"), bytes(2)


@dataclass
class FakeRecorder:
    """Writes a steady level for whoever is heard, as long as they are; silence otherwise.

    Args:
        path: of the file, which is there once the recorder is closed.
    """

    path: Path
    #: Since when (by the clock of the loop) who was heard, left and right.
    heard: list[tuple[float, Collection[Leg], Collection[Leg]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hear((), ())

    def hear(self, left: Collection[Leg], right: Collection[Leg]) -> None:
        """See ``telephony.recorder.Recorder``."""
        self.heard.append((asyncio.get_running_loop().time(), left, right))

    def close(self) -> None:
        """Write the file."""
        self.hear((), ())
        with wave.open(str(self.path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(_RATE)
            for (since, *voices), (until, *_) in zip(self.heard, self.heard[1:], strict=False):
                frame = b"".join(_VOICE if one else _SILENCE for one in voices)
                file.writeframes(frame * (round(until * _RATE) - round(since * _RATE)))
