"""How loud a recording is from moment to moment, for whoever draws it."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sipagent.exchange.recording.files import RATE

#: Points that a drawing has at the most, and their shortest distance in seconds.
POINTS, SHORTEST = 1800, 0.1

_STEP = round(SHORTEST * RATE)


def peaks(sound: Iterable[bytes]) -> bytes:
    """Return the peaks of both channels at equal distances, left and right by turns.

    Each is a byte, 255 at full scale. Nothing for no sound.

    Args:
        sound: second by second.
    """
    found = [_of_second(second) for second in sound]
    if not found:
        return b""
    every = np.concatenate(found)
    times = -(-len(every) // POINTS)
    missing = -len(every) % times
    grouped = np.pad(every, ((0, missing), (0, 0))).reshape(-1, times, 2)
    return np.ascontiguousarray(grouped.max(axis=1)).tobytes()


def _of_second(second: bytes) -> npt.NDArray[np.uint8]:
    samples = np.frombuffer(second, "<i2").reshape(-1, 2).astype(np.int32)
    padded = np.pad(np.abs(samples), ((0, -len(samples) % _STEP), (0, 0)))
    loudest = padded.reshape(-1, _STEP, 2).max(axis=1)
    return np.asarray(np.minimum(loudest >> 7, 255), np.uint8)
