"""How fast and with what pauses a voice reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The stretch of a voice's sounds, and seconds of silence between its sentences."""

    stretch: float
    pause: float


PACES = {"normal": Pace(1.0, 0.3), "slow": Pace(1.3, 0.8)}

#: Goes into the name of each clip: count it up when the sound of the same words changes.
VERSION = 1
