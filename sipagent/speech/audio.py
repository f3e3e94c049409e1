"""Samples made fit for a telephone line: 8 kHz, its band, an even level, no clicks.

Signals are one-dimensional float arrays, full scale ±1.
"""

import io

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from sipagent.speech.wav import RATE

Signal = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.floating]

#: Level of speech in dBFS, RMS over the parts where somebody speaks.
LEVEL = -20.0
#: No sample goes beyond this part of full scale.
CEILING = 0.9
#: Seconds over which a sentence fades in and out.
FADE = 0.02

# Below this part of the ceiling the limiter leaves samples alone.
_KNEE = 0.6
# Hz: what lies below carries no speech that a handset plays, what lies above is cut by the line.
_LOW = (120.0, 260.0)
_HIGH = (3450.0, 3800.0)


def telephone(samples: npt.NDArray[np.floating], rate: int) -> Signal:
    """Return one sentence of a voice as the line should carry it.

    Args:
        samples: mono, full scale ±1.
        rate: their sample rate in Hz.
    """
    return levelled(narrow(samples, rate))


def narrow(samples: npt.NDArray[np.floating], rate: int) -> Signal:
    """Return a sound at the rate and in the band of the line."""
    if not len(samples):
        return np.zeros(0, np.float32)
    return _band(soxr.resample(np.asarray(samples, np.float32), rate, RATE, quality="VHQ"))


def levelled(signal: Signal) -> Signal:
    """Return speech at the line's level, with no sample beyond the ceiling, faded in and out."""
    return _fade(_limit(_level(signal)))


def trimmed(signal: Signal, margin: float) -> Signal:
    """Return speech without what lies more than ``margin`` seconds before and after it."""
    speech = np.flatnonzero(_spoken(signal))
    if not len(speech):
        return signal
    length, room = round(FADE * RATE), round(margin * RATE)
    first, last = int(speech[0]) * length, (int(speech[-1]) + 1) * length
    return signal[max(0, first - room) : last + room]


def silence(seconds: float) -> Signal:
    """Return silence."""
    return np.zeros(round(seconds * RATE), np.float32)


def level(signal: Signal) -> float:
    """Return the RMS level in dBFS of the parts where somebody speaks; -inf for silence."""
    speech = _frames(signal)[_spoken(signal)]
    return float(10 * np.log10(np.mean(speech**2))) if len(speech) else float("-inf")


def coded(signal: Signal) -> Signal:
    """Return what is left of a sound at the other end of a call: A-law (ITU-T G.711)."""
    line = io.BytesIO()
    how = {"format": "RAW", "subtype": "ALAW"}
    soundfile.write(line, signal, RATE, **how)
    line.seek(0)
    heard, _ = soundfile.read(line, dtype="float32", samplerate=RATE, channels=1, **how)
    return np.asarray(heard)


def pcm(signal: Signal) -> bytes:
    """Return little-endian 16-bit samples."""
    return np.clip(np.round(signal * 32767), -32768, 32767).astype("<i2").tobytes()


def _spoken(signal: Signal) -> npt.NDArray[np.bool_]:
    """Tell of each 20 ms whether somebody speaks: 30 dB below the loudest ones is a pause."""
    powers = np.mean(_frames(signal) ** 2, axis=1)
    return np.asarray(powers > float(powers.max(initial=0.0)) * 1e-3)


def _frames(signal: Signal) -> Signal:
    length = round(FADE * RATE)
    count = -(-len(signal) // length)
    padded = np.zeros(max(count, 1) * length, np.float32)
    padded[: len(signal)] = signal
    return padded.reshape(-1, length)


def _band(signal: Signal) -> Signal:
    spectrum = np.fft.rfft(signal)
    frequencies = np.fft.rfftfreq(len(signal), 1 / RATE)
    spectrum *= _rise(frequencies, *_LOW) * (1 - _rise(frequencies, *_HIGH))
    return np.fft.irfft(spectrum, len(signal)).astype(np.float32)


def _rise(frequencies: Spectrum, begin: float, end: float) -> Spectrum:
    along = np.clip((frequencies - begin) / (end - begin), 0, 1)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * along))


def _level(signal: Signal) -> Signal:
    now = level(signal)
    if not np.isfinite(now) or now < -70:
        return signal
    return np.asarray(signal * 10 ** ((LEVEL - now) / 20), np.float32)


def _limit(signal: Signal) -> Signal:
    knee = CEILING * _KNEE
    over = np.abs(signal) > knee
    room = CEILING - knee
    bent = knee + room * np.tanh((np.abs(signal) - knee) / room)
    return np.where(over, np.sign(signal) * bent, signal).astype(np.float32)


def _fade(signal: Signal) -> Signal:
    length = min(round(FADE * RATE), len(signal) // 2)
    ramp = np.linspace(0, 1, length, endpoint=False, dtype=np.float32)
    faded = signal.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded
