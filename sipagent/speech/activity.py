"""How much of a recording is speech."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from sipagent.speech.audio import Signal

#: Length of a frame in seconds.
_FRAME = 0.02
#: Loudness in dB of full scale below which a frame is silence, whatever surrounds it, and by how
#: much speech stands out of the noise of its line (the quietest tenth of the frames).
_SILENT = -48.0
_ABOVE_NOISE = 9.0
#: A hum fills every frame alike: without quieter moments there is no speech.
_FLOOR = 1e-6

#: Tones of exchanges (busy, ringing, dial tone; ITU-T E.180) are one frequency or two, in Hz.
_TONES = (300.0, 640.0)
#: What is looked at around a frame, in frames; how far from its peak a tone reaches, in Hz; which
#: part of the energy it has at least; and for how many frames its frequency stays.
_AROUND = 3
_WIDTH = 25.0
_PART = 0.97
_STEADY = 8
#: Frames that are looked at together: so much memory is needed, however long a recording is.
_BATCH = 3000

Frames = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Speech:
    """What is spoken in a recording: for how many seconds, and until which moment."""

    seconds: float = 0.0
    until: float = 0.0


def speech_in(path: Path) -> Speech:
    """Return what is spoken in a WAV file; nothing is in one that cannot be read.

    Who has hung up may leave the tones of an exchange behind: they are no speech.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError):
        return Speech()
    size = int(rate * _FRAME)
    frames = samples[: len(samples) // size * size, 0].reshape(-1, size)
    if not len(frames):
        return Speech()
    tones = _tones(frames, rate)
    if tones.all():
        return Speech()
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + _FLOOR**2)
    noise = float(np.percentile(levels[~tones], 10))
    threshold = max(_SILENT, min(noise + _ABOVE_NOISE, _SILENT + 2 * _ABOVE_NOISE))
    speech = np.flatnonzero((levels >= threshold) & ~tones)
    if not len(speech):
        return Speech()
    return Speech(len(speech) * _FRAME, (int(speech[-1]) + 1) * _FRAME)


def _tones(frames: Signal, rate: int) -> Frames:
    """Tell of each frame whether a tone of an exchange is heard in it."""
    batches = range(0, len(frames), _BATCH)
    peaks = np.concatenate([_peaks(frames[max(0, at - _AROUND) :], at, rate) for at in batches])
    found = np.zeros(len(frames), bool)
    bounds = np.flatnonzero(np.abs(np.diff(peaks)) > _WIDTH / 2) + 1
    for run in np.split(np.arange(len(peaks)), bounds):
        if peaks[run[0]] and len(run) >= _STEADY:
            # Where it begins and ends, what is looked at is half of something else.
            found[max(0, run[0] - _AROUND) : run[-1] + _AROUND + 1] = True
    return found


def _peaks(frames: Signal, at: int, rate: int) -> Signal:
    """Return the frequency of the tone around each frame of a batch, 0 where there is none.

    Args:
        frames: from ``_AROUND`` frames before the batch on, as far as there are any.
        at: which frame of the recording the batch begins with.
        rate: in Hz.
    """
    before = min(at, _AROUND)
    part = frames[: before + _BATCH + _AROUND]
    padding = ((_AROUND - before, _AROUND), (0, 0))
    padded = np.pad(part, padding)
    count = min(_BATCH, len(frames) - before)
    width = 2 * _AROUND + 1
    views = np.stack([padded[n : n + count] for n in range(width)], axis=1)
    windows = views.reshape(count, -1) * np.hanning(width * frames.shape[1])
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    hertz = np.fft.rfftfreq(windows.shape[1], 1 / rate)
    band = (hertz >= _TONES[0]) & (hertz <= _TONES[1])
    first = hertz[np.argmax(power * band, axis=1)]
    near = np.abs(hertz - first[:, None]) <= _WIDTH
    second = hertz[np.argmax(power * band * ~near, axis=1)]
    near |= np.abs(hertz - second[:, None]) <= _WIDTH
    share = np.sum(power * near, axis=1) / (np.sum(power, axis=1) + _FLOOR**2)
    return np.where(share >= _PART, first, 0.0).astype(np.float32)
