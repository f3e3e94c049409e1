"""Samples made fit for the line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.speech import audio, wav
from sipagent.speech.wav import RATE

pytestmark = pytest.mark.unit


def tone(hertz: float, rate: int, seconds: float = 1.0, peak: float = 0.5) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype("f4")


@pytest.mark.parametrize("rate", [16000, 22050])
@pytest.mark.parametrize("peak", [0.01, 0.3, 1.0])
def test_speech_comes_to_one_level(rate: int, peak: float) -> None:
    signal = audio.telephone(tone(1000, rate, peak=peak), rate)
    assert len(signal) == pytest.approx(RATE, abs=2)
    assert audio.level(signal) == pytest.approx(audio.LEVEL, abs=0.5)


def test_the_band_of_the_line() -> None:
    rate = 16000
    mixed = tone(60, rate) + tone(1000, rate) + tone(3950, rate) + tone(6000, rate)
    signal = audio.telephone(mixed, rate)
    spectrum = np.abs(np.fft.rfft(signal))
    heard = spectrum[1000]
    assert spectrum[60] < heard / 100
    assert spectrum[3950] < heard / 100
    assert spectrum[2000] < heard / 100  # nothing of 6 kHz is folded back


def test_a_loud_peak_is_bent_not_cut() -> None:
    quiet = tone(1000, 16000, peak=0.02)
    quiet[8000:8010] = 1.0
    signal = audio.telephone(quiet, 16000)
    assert np.abs(signal).max() <= audio.CEILING
    assert signal[0] == 0
    assert abs(signal[-1]) < 0.01


@given(st.integers(0, 50), st.floats(0, 1))
def test_short_and_silent_signals_pass(length: int, value: float) -> None:
    signal = audio.telephone(np.full(length, value, np.float32), 16000)
    assert np.isfinite(signal).all()
    assert np.abs(signal).max(initial=0) <= audio.CEILING


def test_a_file_tells_its_length() -> None:
    content = wav.pack(audio.pcm(audio.silence(0.5)))
    assert wav.seconds(content) == 0.5
    assert wav.seconds(content[:-2]) is None
    assert wav.seconds(wav.pack(b"")) is None


def test_what_is_heard_has_gone_over_the_line() -> None:
    signal = audio.telephone(tone(1000, wav.RATE), wav.RATE)
    heard = audio.coded(signal)
    assert len(heard) == len(signal)
    noise = 10 * np.log10(np.mean((heard - signal) ** 2) / np.mean(signal**2))
    # A-law is some 38 dB below speech, and what was coded once stays as it is.
    assert -45 < noise < -30
    assert np.array_equal(audio.coded(heard), heard)
