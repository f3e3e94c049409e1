"""A finished piece of audio."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clip:
    """A mono 16-bit WAV file at 8 kHz, and its length in seconds."""

    path: Path
    seconds: float
