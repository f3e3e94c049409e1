"""The music of those who wait: a quiet piece of the house's own, made here, that has no end."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sipagent.speech.wav import RATE

#: Seconds from one note to the next, and of a note until it has faded to a third.
_BEAT, _FADING = 0.5, 0.7
#: The notes of each chord in half tones above A (220 Hz); each is played up and down.
_CHORDS = ((3, 7, 10, 15), (0, 3, 7, 12), (-4, 0, 3, 8), (-2, 2, 5, 10))
_UP_AND_DOWN = (0, 1, 2, 3, 2, 1, 2, 1)
_LEVEL = 0.09
#: How loud the first overtones are.
_OVERTONES = (1.0, 0.35, 0.12)
#: A note begins within so many seconds: at once it would click.
_ATTACK = 0.01


@cache
def piece() -> NDArray[np.float64]:
    """Return it at 8 kHz, 1.0 the loudest; what rings on at its end is heard at its beginning.

    It is made once, and nobody may change it.
    """
    notes = [chord[step] for chord in _CHORDS for step in _UP_AND_DOWN]
    beat = round(_BEAT * RATE)
    whole = np.zeros(beat * len(notes))
    for at, half_tones in enumerate(notes):
        note = _note(220.0 * 2 ** (half_tones / 12))
        places = (at * beat + np.arange(len(note))) % len(whole)
        np.add.at(whole, places, note)
    whole.setflags(write=False)
    return whole


def _note(hertz: float) -> NDArray[np.float64]:
    times = np.arange(round(4 * _FADING * RATE)) / RATE
    tones = (
        level * np.sin(2 * np.pi * hertz * nth * times) for nth, level in enumerate(_OVERTONES, 1)
    )
    shape = np.minimum(1.0, times / _ATTACK) * np.exp(-times / _FADING)
    return np.asarray(_LEVEL * shape * sum(tones))
