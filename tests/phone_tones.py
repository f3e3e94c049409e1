"""The sounds of a telephone as a network brings them: tones of given levels, noise, G.711.

Signals are float arrays in units of 16-bit samples, 8 kHz. Levels are dBm0: a sine that just
fills the range is 3.14 (A-law, ITU-T G.711).
"""

import io

import numpy as np
import numpy.typing as npt
import soundfile

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


def samples(signal: Signal) -> npt.NDArray[np.int16]:
    """Return 16-bit samples; what is too loud is clipped."""
    return np.clip(np.round(signal), -32768, 32767).astype(np.int16)


def coded(signal: Signal, law: str = "A") -> bytes:
    """Return G.711, ``A`` or ``U`` law, one byte a sample."""
    file = io.BytesIO()
    soundfile.write(file, samples(signal), 8000, format="RAW", subtype=f"{law}LAW")
    return file.getvalue()


def decoded(code: bytes, law: str) -> Signal:
    """Return what G.711 leaves of a signal."""
    file = io.BytesIO(code)
    read, _ = soundfile.read(
        file, dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=f"{law}LAW"
    )
    return np.asarray(read, np.float64)
