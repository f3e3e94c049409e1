"""Was this clip heard, and when: normalised cross-correlation of a recording with a clip."""

import numpy as np
from numpy.typing import NDArray

from sipagent.phone.recording import RATE

Samples = NDArray[np.float32]


def find_clip(heard: Samples, clip: Samples) -> tuple[float, float]:
    """Return where a clip is heard best, and how well.

    Args:
        heard: mono samples at 8 kHz.
        clip: the same, not longer than ``heard``.

    Returns:
        Seconds from the start of ``heard``, and the correlation there: 1.0 is the very same
        sound at any loudness, G.711 gives above 0.95, other speech stays below 0.5.

    Raises:
        ValueError: the clip is longer than what was heard, or silent.
    """
    if len(clip) > len(heard) or not len(clip):
        raise ValueError("the clip is empty or longer than what was heard")
    size = 1 << (len(heard) + len(clip) - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(clip, size))
    places = len(heard) - len(clip) + 1
    products = np.fft.irfft(spectrum, size)[:places]
    squares = np.concatenate(([0.0], np.cumsum(heard.astype(np.float64) ** 2)))
    energy = squares[len(clip) :] - squares[:places]
    own = float(np.sum(clip.astype(np.float64) ** 2))
    if own <= 0:
        raise ValueError("the clip is silent")
    floor = own * 1e-3  # where nearly nothing is heard, any likeness is chance
    scores = products / np.sqrt(np.maximum(energy, floor) * own)
    best = int(np.argmax(scores))
    return best / RATE, float(scores[best])
