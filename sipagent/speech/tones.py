"""The tones of a telephone line, as clips: what a caller hears where there are no words."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sipagent.errors import SetupError
from sipagent.speech import music, wav
from sipagent.speech.clip import Clip

_LEVEL = 0.12
#: The ends of a tone are faded over so many seconds: they would click.
_FADE = 0.005


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
    supplement 2): 425 Hz, one second of sound and four of silence. ``music`` is for who waits.

    Args:
        directory: where they are kept.
        own: a WAV file of 8 kHz, mono and 16 bits, in place of the music of the house.

    Raises:
        SetupError: the directory cannot be written, or the file is no such music.
    """

    def __init__(self, directory: Path, own: Path | None = None) -> None:
        self.record = _tone(directory, "record", [(880.0, 0.35), (0.0, 0.15)])
        self.ringback = _tone(directory, "ringback", [(425.0, 1.0), (0.0, 4.0)])
        self.music = _kept(directory, "music", music.piece()) if own is None else _own(own)


def _tone(directory: Path, name: str, parts: list[tuple[float, float]]) -> Tone:
    return _kept(directory, name, np.concatenate([_sound(*part) for part in parts]))


def _own(path: Path) -> Tone:
    try:
        seconds = wav.seconds(path.read_bytes())
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}; see exchange.music") from None
    if seconds is None:
        raise SetupError(
            f"{path}: is no WAV file of 8 kHz, mono and 16 bits; "
            f"make one with: sox {path} -r 8000 -c 1 -b 16 music.wav"
        )
    return Tone("tone.music", Clip(path, seconds))


def _kept(directory: Path, name: str, samples: NDArray[np.float64]) -> Tone:
    path = directory / f"{name}.wav"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav.pack((samples * 32767).astype("<i2").tobytes()))
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror}; see paths.cache") from None
    return Tone(f"tone.{name}", Clip(path, len(samples) / wav.RATE))


def _sound(hertz: float, seconds: float) -> NDArray[np.float64]:
    times = np.arange(int(seconds * wav.RATE)) / wav.RATE
    fade = np.minimum(1.0, np.minimum(times, seconds - times) / _FADE)
    return _LEVEL * fade * np.sin(2 * np.pi * hertz * times)
