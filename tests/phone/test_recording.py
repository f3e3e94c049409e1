"""The stereo recording and the sounds of the keys."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.errors import DataError
from sipagent.phone import recording
from sipagent.phone.recording import RATE, Sound
from sipagent.telephony.digits import KEYS

pytestmark = pytest.mark.unit

#: ITU-T Q.23, row by row.
PAIRS = dict(
    zip(
        "123A456B789C*0#D",
        [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477, 1633)],
        strict=True,
    )
)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_key_sounds_at_its_two_frequencies(key: str) -> None:
    samples = recording.tone(key)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), RATE))
    first = int(np.argmax(spectrum))
    spectrum[first - 30 : first + 31] = 0
    second = int(np.argmax(spectrum))
    assert sorted((first, second)) == pytest.approx(PAIRS[key], abs=2)
    assert np.max(np.abs(samples)) < 0.5


def test_left_is_sent_and_right_is_heard_each_at_its_time(tmp_path: Path) -> None:
    heard = np.full(RATE, 0.25, np.float32)
    sound = Sound(0.5, np.full(800, 0.5, np.float32))
    recording.compose(tmp_path / "call.wav", [sound], heard)
    info = soundfile.info(tmp_path / "call.wav")
    both, rate = soundfile.read(tmp_path / "call.wav", dtype="float32")
    assert (rate, info.channels, info.subtype) == (8000, 2, "PCM_16")
    np.testing.assert_allclose(both[:, 1], heard, atol=1e-4)
    assert list(np.flatnonzero(both[:, 0])[[0, -1]]) == [4000, 4799]


def test_what_is_sent_at_the_end_makes_the_recording_longer(tmp_path: Path) -> None:
    sounds = [Sound(0.9, np.full(1600, 0.9, np.float32)), Sound(1.0, np.full(80, 0.9, np.float32))]
    recording.compose(tmp_path / "call.wav", sounds, np.zeros(RATE, np.float32))
    both, _ = soundfile.read(tmp_path / "call.wav")
    assert len(both) == round(0.9 * RATE) + 1600
    assert both.max() <= 1, "what overlaps is clipped, and does not wrap"


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
def test_any_rate_and_stereo_become_8_khz_mono(tmp_path: Path, rate: int) -> None:
    time = np.arange(rate) / rate
    wave = 0.5 * np.sin(2 * np.pi * 440 * time)
    soundfile.write(tmp_path / "a.wav", np.stack([wave, wave], axis=1), rate)
    samples = recording.read(tmp_path / "a.wav")
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(RATE, abs=2)
    crossings = sum(a < 0 <= b for a, b in pairwise(samples))
    assert crossings == pytest.approx(440, abs=2)


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(DataError, match=r"a\.wav: cannot be read as sound"):
        recording.read(tmp_path / "a.wav")
    with pytest.raises(DataError, match=r"b\.wav"):
        recording.read(tmp_path / "b.wav")
