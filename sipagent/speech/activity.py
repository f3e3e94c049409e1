"""How much of a recording is speech."""

from pathlib import Path

import numpy as np
import soundfile

#: Length of a frame in seconds.
_FRAME = 0.02
#: Loudness in dB of full scale below which a frame is silence, whatever surrounds it, and by how
#: much speech stands out of the noise of its line (the quietest tenth of the frames).
_SILENT = -48.0
_ABOVE_NOISE = 9.0
#: A hum fills every frame alike: without quieter moments there is no speech.
_FLOOR = 1e-6


def spoken_seconds(path: Path) -> float:
    """Return the seconds of speech in a WAV file; 0.0 for one that cannot be read."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError):
        return 0.0
    size = int(rate * _FRAME)
    frames = samples[: len(samples) // size * size, 0].reshape(-1, size)
    if not len(frames):
        return 0.0
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + _FLOOR**2)
    noise = float(np.percentile(levels, 10))
    threshold = max(_SILENT, min(noise + _ABOVE_NOISE, _SILENT + 2 * _ABOVE_NOISE))
    return float(np.count_nonzero(levels >= threshold) * _FRAME)
