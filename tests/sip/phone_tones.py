"""The sounds of a telephone as a network brings them: tones of given levels, noise, G.711.

Signals are float arrays in units of 16-bit samples, 8 kHz. Levels are dBm0: a sine that just
fills the range is 3.14 (A-law, ITU-T G.711).
"""

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]

#: All keys, row by row, and the tones of rows and columns in Hz (ITU-T Q.23).
KEYS = "123A456B789C*0#D"
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_DICE = np.random.default_rng(24)


def sine(hertz: float, seconds: float, level: float) -> Signal:
    """Return a tone that begins at any phase."""
    times = np.arange(round(seconds * 8000)) / 8000
    phase = 2 * np.pi * (hertz * times + _DICE.random())
    return np.asarray(32768 * 10 ** ((level - 3.14) / 20) * np.sin(phase))


def key_tones(
    key: str,
    seconds: float,
    low: float = -10,
    high: float = -10,
    off: tuple[float, float] = (0.0, 0.0),
) -> Signal:
    """Return a key: levels of its two tones, and by which part their frequencies are off."""
    row, column = divmod(KEYS.index(key), 4)
    return sine(ROWS[row] * (1 + off[0]), seconds, low) + sine(
        COLUMNS[column] * (1 + off[1]), seconds, high
    )


def with_noise(signal: Signal, level: float) -> Signal:
    """Return a signal with white noise of that level."""
    return signal + _DICE.normal(0, 32768 / 2**0.5 * 10 ** ((level - 3.14) / 20), len(signal))


def as_coded(signal: Signal, law: str) -> Signal:
    """Return what is left after G.711; its curves, 255 steps of equal size in the curved scale."""
    full = np.clip(signal / 32768, -1, 1)
    size = np.abs(full)
    if law == "mu":
        curved = np.log1p(255 * size) / np.log(256)
    else:
        a = 87.6
        curved = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / (
            1 + np.log(a)
        )
    curved = (np.floor(curved * 128) + 0.5) / 128
    if law == "mu":
        size = np.expm1(curved * np.log(256)) / 255
    else:
        scaled = curved * (1 + np.log(a))
        size = np.where(scaled < 1, scaled, np.exp(scaled - 1)) / a
    return np.asarray(np.sign(full) * size * 32768)
