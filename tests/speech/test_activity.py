"""Which part of a recording is speech: the tones of exchanges are none."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.speech.activity import speech_in
from tests.phone_tones import Signal, coded, decoded, sine

pytestmark = pytest.mark.unit

SPOKEN = Path(__file__).parent / "spoken.flac"
QUIET = np.zeros(4000)


def on_off(sound: Signal, pause: float, times: int) -> Signal:
    return np.concatenate([sound, np.zeros(round(pause * 8000))] * times)


POLISH_BUSY = on_off(sine(425, 0.5, -12), 0.5, 8)
RINGING = on_off(sine(425, 1.0, -12), 4.0, 2)
AMERICAN_BUSY = on_off(sine(480, 0.5, -15) + sine(620, 0.5, -15), 0.5, 8)
CONGESTION = on_off(sine(425, 0.25, -12), 0.25, 12)
DIAL_TONE = sine(350, 5.0, -15) + sine(440, 5.0, -15)
BRITISH_RINGING = on_off(sine(400, 0.4, -15) + sine(450, 0.4, -15), 0.2, 6)


def spoken() -> Signal:
    samples, rate = soundfile.read(SPOKEN, dtype="float64")
    assert rate == 8000
    return np.asarray(samples * 32768)


def written(path: Path, signal: Signal) -> Path:
    soundfile.write(path, decoded(coded(signal), "A") / 32768, 8000, subtype="PCM_16")
    return path


@pytest.mark.parametrize(
    "tones",
    [POLISH_BUSY, RINGING, AMERICAN_BUSY, CONGESTION, DIAL_TONE, BRITISH_RINGING],
    ids=["busy", "ringing", "busy-us", "congestion", "dial", "ringing-uk"],
)
def test_tones_of_exchanges_are_no_speech(tones: Signal, tmp_path: Path) -> None:
    assert speech_in(written(tmp_path / "tones.wav", np.concatenate([QUIET, tones]))).seconds == 0


def test_speech_is_all_counted(tmp_path: Path) -> None:
    alone = speech_in(written(tmp_path / "spoken.wav", spoken()))
    assert alone.seconds > 3
    behind = np.concatenate([spoken(), QUIET, POLISH_BUSY])
    with_tones = speech_in(written(tmp_path / "both.wav", behind))
    assert with_tones.seconds == pytest.approx(alone.seconds, abs=0.3)
    assert with_tones.until == pytest.approx(alone.until, abs=0.2)
    assert alone.until <= len(spoken()) / 8000


def test_a_long_recording_is_looked_at_in_parts(tmp_path: Path) -> None:
    """A tone that lasts from one part to the next is one tone."""
    long = np.concatenate([QUIET, sine(425, 130.0, -12), spoken()])
    found = speech_in(written(tmp_path / "long.wav", long))
    assert found.seconds == pytest.approx(speech_in(SPOKEN).seconds, abs=0.3)


@pytest.mark.parametrize("content", [b"", b"no sound"])
def test_what_cannot_be_read_is_silent(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    assert speech_in(path).seconds == 0
    assert speech_in(tmp_path / "gone.wav").seconds == 0
