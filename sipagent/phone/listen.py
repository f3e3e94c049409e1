"""Was this clip heard, and when: normalised cross-correlation of a recording with a clip.

A jitter buffer drops or repeats a frame now and then, and what follows is heard a few milliseconds
early or late. A clip as a whole then fits no place, but its pieces do, each near its own.
"""

import numpy as np
from numpy.typing import NDArray

from sipagent.phone.recording import RATE

Samples = NDArray[np.float32]
_Scores = NDArray[np.float64]

#: What is at least as like a clip is that clip, also where slips tear each piece of it.
HEARD = 0.5
#: A clip that fits so well as a whole needs no look at its pieces.
_GOOD = 0.9
_PIECE = RATE // 2
#: Samples that a piece may be heard early or late: 60 ms, three frames.
_SLACK = RATE * 60 // 1000


def find_clip(heard: Samples, clip: Samples) -> tuple[float, float]:
    """Return where a clip is heard best, and how well.

    Args:
        heard: mono samples at 8 kHz.
        clip: the same, not longer than ``heard``.

    Returns:
        Seconds from the start of ``heard``, and the likeness there, 0 to 1: 1.0 is the very same
        sound at any loudness; G.711 and a slip of the jitter buffer leave above 0.8, a slip in
        each half second above ``HEARD``; other speech of the same voice stays below. A clip that
        shares whole sentences with what was heard comes near 0.8: of such clips the best one is
        the one that was heard.

    Raises:
        ValueError: the clip is longer than what was heard, or silent.
    """
    if len(clip) > len(heard) or not len(clip):
        raise ValueError("the clip is empty or longer than what was heard")
    if not np.any(clip):
        raise ValueError("the clip is silent")
    scores = _likeness(heard, clip)
    best = int(np.argmax(scores))
    score = float(scores[best])
    if score < _GOOD and len(clip) >= 2 * _PIECE:
        best, score = max((best, score), _piecewise(heard, clip), key=lambda found: found[1])
    return best / RATE, min(max(score, 0.0), 1.0)


def _likeness(heard: Samples, clip: Samples) -> _Scores:
    """Return the correlation with the clip at each place where it could start."""
    size = 1 << (len(heard) + len(clip) - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(clip, size))
    places = len(heard) - len(clip) + 1
    products = np.fft.irfft(spectrum, size)[:places]
    squares = np.concatenate(([0.0], np.cumsum(heard.astype(np.float64) ** 2)))
    energy = squares[len(clip) :] - squares[:places]
    own = float(np.sum(clip.astype(np.float64) ** 2))
    floor = own * 1e-3  # where nearly nothing is heard, any likeness is chance
    return np.asarray(products / np.sqrt(np.maximum(energy, floor) * own), np.float64)


def _piecewise(heard: Samples, clip: Samples) -> tuple[int, float]:
    """Return the start and the likeness of the clip whose pieces may each slip a little."""
    places = len(heard) - len(clip) + 1
    total = np.zeros(places)
    weights = 0.0
    strongest: tuple[float, int, _Scores] | None = None
    count = len(clip) // _PIECE
    for number in range(count):
        start = number * _PIECE
        piece = clip[start : len(clip) if number == count - 1 else start + _PIECE]
        weight = float(np.sqrt(np.sum(piece.astype(np.float64) ** 2)))
        if weight == 0:
            continue
        scores = _likeness(heard, piece)
        total += weight * _highest_near(scores, _SLACK)[start : start + places]
        weights += weight
        if strongest is None or weight > strongest[0]:
            strongest = weight, start, scores
    assert strongest is not None  # the clip is not silent
    best = int(np.argmax(total))
    _, start, scores = strongest
    first = max(0, best + start - _SLACK)
    exact = first + int(np.argmax(scores[first : best + start + _SLACK + 1])) - start
    return max(0, exact), float(total[best]) / weights


def _highest_near(values: _Scores, reach: int) -> _Scores:
    """Return for each place the highest value up to ``reach`` places before and after it."""
    highest = np.pad(values, reach, constant_values=-1.0)
    width, covered = 2 * reach + 1, 1
    while covered < width:
        step = min(covered, width - covered)
        highest = np.maximum(highest[:-step], highest[step:])
        covered += step
    return highest
