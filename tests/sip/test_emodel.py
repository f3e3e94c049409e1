"""The estimated opinion score follows ITU-T G.107 and G.113."""

import pytest

from sipagent.sip.emodel import mos

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("loss", "delay", "expected"),
    [
        (0.0, 0.0, 4.41),  # R = 93.2, the best of the narrowband scale
        (0.0, 20.0, 4.40),
        (0.0, 150.0, 4.33),  # R = 89.6
        (0.0, 400.0, 3.05),  # R = 59.1: nearly all users are dissatisfied
        (0.01, 20.0, 4.32),
        (0.05, 20.0, 3.92),
        (0.20, 20.0, 2.61),
    ],
)
def test_g711(loss: float, delay: float, expected: float) -> None:
    assert mos("PCMA", loss, delay) == pytest.approx(expected, abs=0.02)


def test_the_scale_ends_at_one() -> None:
    assert mos("PCMU", 1.0, 2000.0) == 1.0


def test_worse_networks_sound_worse() -> None:
    for codec in ("PCMA", "G722", "opus", "GSM", "iLBC"):
        scores = [
            mos(codec, loss / 100, delay) for loss, delay in ((0, 0), (1, 50), (5, 200), (50, 900))
        ]
        assert scores == sorted(scores, reverse=True)
        assert len(set(scores)) == 4
        assert 1 <= scores[-1] < scores[0] <= 4.5


def test_the_codec_counts() -> None:
    assert mos("GSM", 0.0, 20.0) < mos("opus", 0.0, 20.0)
    assert mos("pcma", 0.02, 20.0) == mos("PCMA", 0.02, 20.0)
