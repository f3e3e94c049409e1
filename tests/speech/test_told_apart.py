"""Keys and amounts sound different from each other: the cheap check, without a listener.

The same word in two contexts must be nearer to itself than to any other word, by the distance of
their spectra after time-warping (DTW). ``bench/voices_told_apart.py`` asks Whisper instead.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from sipagent.speech.script import script
from sipagent.speech.synthesis import Synthesis
from sipagent.speech.wav import RATE
from sipagent.speech.words import Money, key, spoken

pytestmark = pytest.mark.unit

MODEL = Path(__file__).parents[2] / "voices" / "pl_PL-natan-low.onnx"
#: Amounts that differ in one word or in its ending, in złote.
FAMILIES = [
    (3, 13, 30, 300, 33),
    (6, 16, 60, 600, 66),
    (9, 19, 90, 900, 99),
    (5, 6, 9, 10, 12, 19),
]


@pytest.fixture(scope="module")
def voice() -> Synthesis:
    onnxruntime.set_seed(4)  # the voice draws noise
    return Synthesis({"pl": MODEL})


@pytest.fixture(scope="module")
def patterns(voice: Synthesis) -> dict[str, list[np.ndarray]]:
    """The names of the keys, each alone, a few times."""
    words = [key(tone, "pl") for tone in "0123456789*#"]
    return {word: [said(voice, f"{word}.") for _ in range(3)] for word in words}


@lru_cache
def bands() -> np.ndarray:
    """Return 24 triangular bands, even on the mel scale from 200 to 3500 Hz."""
    low, high = (1127 * np.log(1 + hertz / 700) for hertz in (200, 3500))
    mel = np.linspace(low, high, 26)
    edges = 700 * (np.exp(mel / 1127) - 1)
    frequencies = np.fft.rfftfreq(256, 1 / RATE)
    rows = [np.interp(frequencies, edges[i : i + 3], [0, 1, 0]) for i in range(24)]
    return np.array(rows)


def cepstra(signal: np.ndarray) -> np.ndarray:
    """Return 12 mel cepstra for each 10 ms, and how they change."""
    frames = np.lib.stride_tricks.sliding_window_view(signal, 256)[::80] * np.hanning(256)
    spectra = np.log(np.abs(np.fft.rfft(frames)) ** 2 @ bands().T + 1e-4)
    turns = np.cos(np.pi * np.outer(np.arange(1, 13), np.arange(24) + 0.5) / 24)
    found = spectra @ turns.T
    return np.hstack([found, 2 * np.gradient(found, axis=0)])


def said(voice: Synthesis, text: str) -> np.ndarray:
    """Return the cepstra of a text, without the silence around it."""
    signal = voice.render(script(text, "pl"), "normal")
    loud = np.flatnonzero(np.abs(signal) > 0.02)
    return cepstra(signal[loud[0] : loud[-1]])


def distance(pattern: np.ndarray, speech: np.ndarray) -> float:
    """Return how far a pattern is from the part of ``speech`` that is most like it."""
    costs = np.linalg.norm(pattern[:, None] - speech[None], axis=2)
    total = costs[0]
    for row in costs[1:]:
        one, two = np.full_like(total, np.inf), np.full_like(total, np.inf)
        one[1:], two[2:] = total[:-1], total[:-2]
        total = np.minimum(np.minimum(total, one), two) + row
    return float(total.min()) / len(pattern)


@pytest.mark.parametrize("tone", "0123456789*#")
@pytest.mark.parametrize("sentence", ["Naciśnij {}.", "Aby poznać saldo, naciśnij {}."])
def test_a_key_is_like_no_other(
    voice: Synthesis, patterns: dict[str, list[np.ndarray]], tone: str, sentence: str
) -> None:
    word = key(tone, "pl")
    speech = said(voice, sentence.format(word))
    distances = {
        other: min(distance(pattern, speech) for pattern in renderings)
        for other, renderings in patterns.items()
    }
    own = distances.pop(word)
    assert own < min(distances.values()) - 1, distances


@pytest.mark.parametrize("family", FAMILIES)
def test_an_amount_is_like_no_other(voice: Synthesis, family: tuple[int, ...]) -> None:
    amounts = [spoken(Money(zlotys * 100), "pl") for zlotys in family]
    patterns = [said(voice, f"Niedopłata: {amount}.") for amount in amounts]
    for number, amount in enumerate(amounts):
        speech = said(voice, f"Nadpłata: {amount}.")
        nearest = np.argmin([distance(pattern, speech) for pattern in patterns])
        assert nearest == number, f"{amount} is nearer to {amounts[nearest]}"
