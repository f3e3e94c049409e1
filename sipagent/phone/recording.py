"""The recording of a call in stereo: left what the caller sent, right what was heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from sipagent.errors import DataError
from sipagent.telephony.digits import COLUMNS, PAD, ROWS

RATE = 8000
Samples = NDArray[np.float32]

#: The sound of a key, so that a listener hears what was pressed: seconds, and each tone's height.
_TONE_SECONDS = 0.2
_TONE_LEVEL = 0.15


@dataclass(frozen=True, slots=True)
class Sound:
    """Something that the caller sent, ``at`` seconds after the recording began."""

    at: float
    samples: Samples


def tone(key: str) -> Samples:
    """Return the sound of a key."""
    row = next(number for number, keys in enumerate(PAD) if key in keys)
    column = PAD[row].index(key)
    time = np.arange(round(_TONE_SECONDS * RATE)) / RATE
    waves = sum(np.sin(2 * np.pi * hertz * time) for hertz in (ROWS[row], COLUMNS[column]))
    return np.asarray(_TONE_LEVEL * waves, dtype=np.float32)


def read(path: Path) -> Samples:
    """Return a sound file as mono samples at 8 kHz, between -1 and 1.

    Raises:
        DataError: it is missing, or no sound file.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise DataError(f"{path}: cannot be read as sound: {error}") from None
    mono: Samples = samples.mean(axis=1, dtype=np.float32)
    return mono if rate == RATE else np.asarray(soxr.resample(mono, rate, RATE), np.float32)


def write(path: Path, samples: Samples) -> None:
    """Write mono samples at 8 kHz, 16 bits."""
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def compose(path: Path, sent: Sequence[Sound], heard: Samples) -> None:
    """Write the stereo recording: left what was sent, right what was heard; 8 kHz, 16 bits."""
    ends = [round(sound.at * RATE) + len(sound.samples) for sound in sent]
    both = np.zeros((max([len(heard), *ends]), 2), dtype=np.float32)
    both[: len(heard), 1] = heard
    for sound, end in zip(sent, ends, strict=True):
        both[end - len(sound.samples) : end, 0] += sound.samples
    soundfile.write(path, np.clip(both, -1, 1), RATE, subtype="PCM_16")
