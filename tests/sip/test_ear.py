"""Speech and silence, told apart by levels alone."""

import pytest

from sipagent.sip.ear import Ear

pytestmark = pytest.mark.unit


def fed(*levels: tuple[float, int]) -> Ear:
    ear = Ear()
    for at, level in levels:
        ear.feed(level, at)
    return ear


def test_before_anything_is_heard_there_is_no_silence_to_wait_for() -> None:
    ear = fed((0.0, 0), (5.0, 0))
    assert not ear.heard
    assert ear.silent_for(9.0) == 0


def test_noise_of_a_line_is_no_speech() -> None:
    assert not fed((0.0, 7)).heard


def test_speech_begins_at_once_and_ends_after_a_gap() -> None:
    assert fed((1.0, 60)).speaking
    assert fed((1.0, 60), (1.4, 0)).speaking, "a gap between words"
    assert not fed((1.0, 60), (1.5, 0)).speaking


def test_silence_counts_from_the_last_sound() -> None:
    ear = fed((1.0, 60), (2.0, 0), (3.0, 60), (3.1, 0))
    assert ear.silent_for(4.0) == 1.0


def test_forgetting_waits_for_new_speech() -> None:
    ear = fed((1.0, 60), (2.0, 0))
    ear.forget()
    assert (ear.heard, ear.silent_for(5.0)) == (False, 0)
    ear.feed(60, 6.0)
    assert ear.silent_for(7.0) == 1.0


def test_the_noise_of_a_line_is_learnt() -> None:
    ear = Ear()
    for tenth in range(100):
        ear.feed(11, tenth / 10)
    assert ear.silent_for(10.0) > 4.0, "constant noise is no speech after a while"
    ear.feed(30, 10.1)
    assert ear.speaking


def test_speech_without_pauses_stays_speech() -> None:
    ear = Ear()
    for tenth in range(300):
        ear.feed(3 if tenth % 12 == 0 else 35, tenth / 10)
    assert ear.silent_for(30.0) < 0.5
