"""The tones of a telephone line, as clips: what a caller hears where there are no words."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from sipagent.errors import SetupError
from sipagent.speech import clips, music, recordings, wav
from sipagent.speech.clip import Clip

_LEVEL = 0.12
#: The ends of a tone are faded over so many seconds: they would click.
_FADE = 0.005

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone that can be said like a prompt."""

    key: str
    audio: Clip
    text: str = "(tone)"

    async def clip(self) -> Clip:
        """Return the audio."""
        return self.audio

    def meanwhile(self) -> None:
        """Return nothing: nobody waits for a tone."""


class Tones:
    """The tones, kept in a directory.

    ``record`` tells that the caller may speak. ``ringback`` is the Polish one (ITU-T E.180
    supplement 2): 425 Hz, one second of sound and four of silence. ``music`` is for who waits,
    ``joins`` and ``leaves`` tell a room of who comes and goes, and ``attended``, a short one each
    ten seconds, is for who is listened to.

    Raises:
        SetupError: the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.record = _tone(directory, "record", [(880.0, 0.35), (0.0, 0.15)])
        self.ringback = _tone(directory, "ringback", [(425.0, 1.0), (0.0, 4.0)])
        self.joins = _tone(directory, "joins", [(660.0, 0.12), (880.0, 0.18)])
        self.leaves = _tone(directory, "leaves", [(880.0, 0.12), (660.0, 0.18)])
        self.music = _kept(directory, "music", music.piece())
        self.attended = _tone(directory, "attended", [(1400.0, 0.2), (0.0, 9.8)])

    def use(self, own: Path | None) -> None:
        """Let those who wait hear a recording of one's own from now on; None: that of the house.

        One that cannot be heard is told of in the log, and changes nothing.
        """
        if own is None:
            self.music = _kept(self._directory, "music", music.piece())
            return
        try:
            self.music = _kept(self._directory, "music", recordings.read(own))
        except ValueError as error:
            log.warning("this music cannot be heard", file=str(own), reason=str(error))


def _tone(directory: Path, name: str, parts: list[tuple[float, float]]) -> Tone:
    return _kept(directory, name, np.concatenate([_sound(*part) for part in parts]))


def _kept(directory: Path, name: str, samples: NDArray[np.floating[Any]]) -> Tone:
    path = directory / f"{name}.wav"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        # Who hears the one before hears that to its end.
        clips.put(path, wav.pack((samples * 32767).astype("<i2").tobytes()))
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror}; see paths.cache") from None
    return Tone(f"tone.{name}", Clip(path, len(samples) / wav.RATE))


def _sound(hertz: float, seconds: float) -> NDArray[np.float64]:
    times = np.arange(int(seconds * wav.RATE)) / wav.RATE
    fade = np.minimum(1.0, np.minimum(times, seconds - times) / _FADE)
    return _LEVEL * fade * np.sin(2 * np.pi * hertz * times)
