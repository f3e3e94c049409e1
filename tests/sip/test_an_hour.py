"""The two channels of a recording after an hour with holds."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.sip.hour import MINUTES

pytestmark = pytest.mark.line

RATE = 8000
#: Of a channel from the other one, and from the clock, in seconds.
STEP = 0.02


def test_the_two_channels_are_in_step_after_an_hour_with_holds(tmp_path: Path) -> None:
    """The two channels of a recording are within 20 ms after 60 min with holds."""
    clicks = np.zeros(RATE, np.int16)
    clicks[4000:4040] = 16000
    for side in ("left", "right"):
        soundfile.write(tmp_path / f"{side}.wav", clicks, RATE)
    subprocess.run([sys.executable, "-m", "tests.sip.hour", str(tmp_path)], check=True)
    samples, rate = soundfile.read(tmp_path / "hour.wav", dtype="int16")
    (tmp_path / "hour.wav").unlink()
    assert rate == RATE
    assert len(samples) / RATE == pytest.approx(60 * MINUTES, abs=STEP)
    seconds = samples[: len(samples) // RATE * RATE].reshape(-1, RATE, 2)
    heard = seconds.max(axis=1) > 8000
    assert 0.6 < heard.mean() < 0.9, "the rest is held"
    assert (~heard[:, 0] & heard[:, 1]).sum() > 250, "one of them holds alone"
    both = heard.all(axis=1)
    assert both[-30:].all()
    begins = (seconds > 8000).argmax(axis=1)[both] / RATE
    assert np.abs(begins[:, 0] - begins[:, 1]).max() <= STEP
    assert np.abs(begins - begins[0]).max() <= STEP, "neither has moved against the clock"
