"""Clips found again in what was heard, whatever the telephone did to them."""

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sipagent.phone.listen import HEARD, find_clip

pytestmark = pytest.mark.unit

RATE = 8000
Samples = NDArray[np.float32]


def speech(seed: int, seconds: float = 2.5) -> Samples:
    """Return something like speech: voiced syllables of wandering pitch and colour, and gaps."""
    noise = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    while sum(map(len, parts)) < seconds * RATE:
        length = int(noise.integers(900, 2400))
        time = np.arange(length) / RATE
        pitch = noise.uniform(95, 140) + noise.uniform(-60, 60) * time
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        colour = noise.uniform(0.05, 1, 20) * np.exp(-np.arange(20) / 8)
        voiced = sum(part * np.sin((n + 1) * phase) for n, part in enumerate(colour))
        parts += [np.hanning(length) * voiced, np.zeros(int(noise.integers(100, 800)))]
    wave = np.concatenate(parts)[: round(seconds * RATE)]
    return np.asarray(0.4 * wave / np.max(np.abs(wave)), np.float32)


def telephone(samples: Samples, seed: int = 0) -> Samples:
    """Return a sound after a noisy line and G.711 A-law."""
    noise = np.random.default_rng(seed).normal(0, 0.004, len(samples))
    file = io.BytesIO()
    soundfile.write(file, samples + noise, RATE, format="WAV", subtype="ALAW")
    file.seek(0)
    return np.asarray(soundfile.read(file, dtype="float32")[0], np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


CLIP = speech(1)


def test_the_very_clip_is_found_at_its_place() -> None:
    offset, score = find_clip(np.concatenate([silence(1.5), CLIP, silence(1)]), CLIP)
    assert offset == 1.5
    assert score == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("loudness", [0.1, 0.5, 1.5])
def test_a_law_noise_and_another_loudness_leave_it_recognisable(loudness: float) -> None:
    line = np.concatenate([speech(2), silence(0.4), loudness * CLIP, silence(0.3), speech(3)])
    offset, score = find_clip(telephone(line), CLIP)
    assert offset == pytest.approx(2.9, abs=0.001)
    assert score > 0.8


@pytest.mark.parametrize("slip", [-320, -160, 160, 320])
def test_a_slip_of_the_jitter_buffer_leaves_it_recognisable(slip: int) -> None:
    line = np.concatenate([silence(1), CLIP, silence(1)])
    cut = RATE + len(CLIP) // 2
    gap = silence(max(slip, 0) / RATE)
    line = telephone(np.concatenate([line[:cut], gap, line[cut + max(-slip, 0) :]]))
    offset, score = find_clip(line, CLIP)
    assert offset == pytest.approx(1, abs=0.065)
    assert score > 0.8


def test_a_slip_in_each_half_second_leaves_it_recognisable() -> None:
    """As on a machine that is busy with other things for the whole of a call."""
    frame, half = silence(0.02), RATE // 2
    torn: list[Samples] = []
    for number, piece in enumerate(np.array_split(CLIP, len(CLIP) // half)):
        early, late = np.array_split(piece, 2)
        torn += [early, frame, late] if number % 2 else [early, late[len(frame) :]]
    line = telephone(np.concatenate([silence(1), *torn, silence(1)]))
    assert find_clip(line, CLIP)[1] > HEARD


@pytest.mark.parametrize("seed", range(2, 10))
def test_other_speech_is_not_taken_for_it(seed: int) -> None:
    line = np.concatenate([silence(1), speech(seed, 4), silence(1)])
    assert find_clip(telephone(line), CLIP)[1] < HEARD


def test_half_of_a_clip_is_not_the_clip() -> None:
    line = np.concatenate([silence(1), CLIP[: len(CLIP) // 2], silence(4)])
    assert find_clip(telephone(line), CLIP)[1] < 0.8


def test_the_order_of_clips_is_the_order_of_their_places() -> None:
    clips = [speech(seed, 1.5) for seed in (11, 12, 13)]
    pauses = [silence(0.3)] * 3
    line = telephone(
        np.concatenate([part for pair in zip(clips, pauses, strict=True) for part in pair])
    )
    found = [find_clip(line, clip) for clip in clips]
    assert [round(offset, 2) for offset, _ in found] == [0.0, 1.8, 3.6]
    assert all(score > 0.9 for _, score in found)


def test_a_quiet_line_holds_no_clip() -> None:
    assert find_clip(telephone(silence(6)), CLIP)[1] < 0.2


@pytest.mark.parametrize(
    ("heard", "clip"), [(CLIP[:100], CLIP), (CLIP, CLIP[:0]), (CLIP, silence(1))]
)
def test_what_cannot_be_looked_for(heard: Samples, clip: Samples) -> None:
    with pytest.raises(ValueError, match="the clip is"):
        find_clip(heard, clip)
