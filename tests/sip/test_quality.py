"""The quality of a call is summed up over its streams."""

from dataclasses import replace

import pytest

from sipagent.sip.quality import Stream, sum_up

pytestmark = pytest.mark.unit

GOOD = Stream(
    codec="PCMA",
    rx_packets=1000,
    rx_lost=0,
    rx_jitter=1.0,
    rx_jitter_max=3.0,
    tx_packets=1000,
    tx_lost=None,
    tx_jitter=None,
    round_trip=None,
    local="192.0.2.1:4000",
    remote="192.0.2.9:5000",
    announced="192.0.2.9:5000",
)


def test_a_call_without_audio_has_no_quality() -> None:
    assert sum_up([], None) is None


def test_one_stream() -> None:
    quality = sum_up([GOOD], False)
    assert quality is not None
    assert (quality.rx_packets, quality.rx_lost, quality.tx_packets) == (1000, 0, 1000)
    assert (quality.rx_jitter_ms, quality.rx_jitter_max_ms) == (1.0, 3.0)
    assert (quality.tx_lost, quality.rtt_ms, quality.rx_silent) == (None, None, False)
    assert quality.mos == pytest.approx(4.40, abs=0.01)


def test_streams_add_up_and_the_last_one_says_where() -> None:
    late = replace(
        GOOD,
        rx_packets=3000,
        rx_lost=40,
        rx_jitter=5.0,
        rx_jitter_max=20.0,
        tx_lost=7,
        round_trip=30.0,
        remote="192.0.2.9:6000",
    )
    quality = sum_up([GOOD, late], None)
    assert quality is not None
    assert (quality.rx_packets, quality.rx_lost, quality.tx_lost) == (4000, 40, 7)
    assert (quality.rx_jitter_ms, quality.rx_jitter_max_ms, quality.rtt_ms) == (4.0, 20.0, 30.0)
    assert (quality.remote_rtp, quality.remote_sdp) == ("192.0.2.9:6000", "192.0.2.9:5000")


def test_the_worse_direction_counts() -> None:
    well, badly = (
        sum_up([replace(GOOD, tx_lost=0)], None),
        sum_up([replace(GOOD, tx_lost=100)], None),
    )
    assert well is not None
    assert badly is not None
    assert well.mos == pytest.approx(4.40, abs=0.01)
    assert badly.mos == pytest.approx(3.46, abs=0.1)


def test_a_stream_of_a_moment_is_not_rated() -> None:
    quality = sum_up([replace(GOOD, rx_packets=20, tx_packets=20, tx_lost=10)], None)
    assert quality is not None
    assert quality.mos is None


def test_no_packets_are_not_silence() -> None:
    quality = sum_up([replace(GOOD, rx_packets=0, rx_jitter=None, rx_jitter_max=None)], True)
    assert quality is not None
    assert (quality.rx_silent, quality.mos, quality.rx_jitter_ms) == (None, None, None)
