"""In-band keys: what ITU-T Q.24 asks of a receiver, and what must never be taken for a key."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.sip.inband import ToneReceiver
from tests.examples import examples
from tests.phone_tones import KEYS, coded, decoded, key_tones, samples, sine, with_noise

pytestmark = pytest.mark.unit

Signal = npt.NDArray[np.float64]

#: Seconds: where in the receiver's windows a signal begins should not matter.
LEADS = (0.1, 0.1012, 0.1031)
MS = 0.001


def heard(signal: Signal, lead: float = 0.1, block: int = 160) -> str:
    """Return the keys in a signal with silence around it, fed in blocks of so many samples."""
    audio = samples(np.concatenate([silence(lead), signal, silence(0.1)]))
    receiver = ToneReceiver()
    return "".join(receiver.feed(audio[at : at + block]) for at in range(0, len(audio), block))


def silence(seconds: float) -> Signal:
    return np.zeros(round(seconds * 8000))


def all_heard(make: Callable[[str], Signal]) -> str:
    """Return what is heard of all 16 keys, each made and received by itself."""
    return "".join(heard(make(key), lead) for key in KEYS for lead in LEADS)


EACH = "".join(key * len(LEADS) for key in KEYS)


@pytest.mark.parametrize("level", [0, -6, -10, -20, -25])
def test_levels(level: float) -> None:
    """Q.24 (AT&T): 0 to -25 dBm0 each; two tones of 0 dBm0 are clipped by any 16 bits."""
    assert all_heard(lambda key: key_tones(key, 40 * MS, level, level)) == EACH


@pytest.mark.parametrize("level", [-29.1, -35, -55])
def test_what_is_too_faint(level: float) -> None:
    assert all_heard(lambda key: key_tones(key, 200 * MS, level, level)) == ""


@pytest.mark.parametrize(("low", "high"), [(-10, -6), (-25, -21), (-6, -14), (-17, -25), (0, -8)])
def test_twist(low: float, high: float) -> None:
    """The high tone may be 4 dB stronger or 8 dB weaker than the low one."""
    assert all_heard(lambda key: key_tones(key, 40 * MS, low, high)) == EACH


@pytest.mark.parametrize(("low", "high"), [(-18, -10), (-6, -18), (-10, -100), (-100, -10)])
def test_too_much_twist(low: float, high: float) -> None:
    assert all_heard(lambda key: key_tones(key, 200 * MS, low, high)) == ""


@pytest.mark.parametrize("low", [-0.015, 0, 0.015])
@pytest.mark.parametrize("high", [-0.015, 0, 0.015])
def test_frequencies(low: float, high: float) -> None:
    assert all_heard(lambda key: key_tones(key, 40 * MS, off=(low, high))) == EACH


@pytest.mark.parametrize(
    "off",
    [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.035, 0.035), (-0.035, 0.035)],
)
def test_wrong_frequencies(off: tuple[float, float]) -> None:
    """One that is off by 3.5 % or more makes it no key."""
    assert all_heard(lambda key: key_tones(key, 200 * MS, off=off)) == ""


@pytest.mark.parametrize("ratio", [24, 18, 15])
def test_noise(ratio: float) -> None:
    """At the shortest duration, the worst twist and the greatest deviation, again and again."""

    def noisy(key: str) -> Signal:
        tones = key_tones(key, 40 * MS, -8, -16, off=(0.015, -0.015))
        return with_noise(np.concatenate([tones, silence(0.1)]), -7.4 - ratio)

    for _ in range(4):
        assert all_heard(noisy) == EACH


@pytest.mark.parametrize(("length", "expected"), [(23, ""), (26, ""), (40, EACH), (70, EACH)])
def test_duration(length: float, expected: str) -> None:
    """23 ms are no key, 40 ms are one, however long it lasts."""
    assert all_heard(lambda key: key_tones(key, length * MS)) == expected


def test_a_key_held_for_seconds_is_one_key() -> None:
    assert heard(key_tones("5", 5.0)) == "5"
    assert heard(with_noise(key_tones("5", 5.0, -20, -20), -32)) == "5"


@pytest.mark.parametrize(("gap", "times"), [(2, 1), (5, 1), (10, 1), (20, 1), (40, 2), (60, 2)])
def test_pauses(gap: float, times: int) -> None:
    """10 ms without the tones are no new key, 40 ms are; 20 ms may be a lost packet."""
    expected = "".join(key * times * len(LEADS) for key in KEYS)

    def twice(key: str) -> Signal:
        return np.concatenate([key_tones(key, 50 * MS), silence(gap * MS), key_tones(key, 50 * MS)])

    assert all_heard(twice) == expected


def test_a_pause_full_of_noise() -> None:
    def twice(key: str) -> Signal:
        tones = key_tones(key, 40 * MS)
        return with_noise(np.concatenate([tones, silence(40 * MS), tones]), -22)

    assert all_heard(twice) == "".join(key * 2 * len(LEADS) for key in KEYS)


def test_an_echo_is_no_second_key() -> None:
    """Q.24: echoes, here 10 dB weaker and 20 ms late; the pause after them is one."""

    def echoing(key: str) -> Signal:
        pressed = np.concatenate([key_tones(key, 45 * MS), silence(48 * MS)])
        keys = np.concatenate([pressed, pressed])
        return keys + 10**-0.5 * np.concatenate([silence(20 * MS), keys])[: len(keys)]

    assert all_heard(echoing) == "".join(key * 2 * len(LEADS) for key in KEYS)


@pytest.mark.parametrize("drop", [3, 6])
def test_a_key_that_grows_fainter_is_one_key(drop: float) -> None:
    """Even with a break at that moment."""

    def falling(key: str) -> Signal:
        fainter = key_tones(key, 200 * MS, -10 - drop, -10 - drop)
        return np.concatenate([key_tones(key, 100 * MS), silence(12 * MS), fainter])

    assert all_heard(falling) == EACH


def test_ten_keys_a_second_and_more() -> None:
    """Q.24 (AT&T): 93 ms from one key to the next."""
    keys = KEYS + KEYS[::-1] + "1111*##*00"
    parts = [np.concatenate([key_tones(key, 50 * MS), silence(43 * MS)]) for key in keys]
    assert heard(np.concatenate(parts)) == keys


@pytest.mark.parametrize("law", ["A", "U"])
@pytest.mark.parametrize("level", [0, -10, -25])
def test_through_a_codec(law: str, level: float) -> None:
    """G.711 adds its own noise, most of it to what is faint."""

    def through(key: str) -> Signal:
        return decoded(coded(key_tones(key, 40 * MS, level, level), law), law)

    assert all_heard(through) == EACH


@examples(60)
@given(
    keys=st.text(st.sampled_from(KEYS), min_size=1, max_size=4),
    length=st.integers(40, 120),
    gap=st.integers(40, 120),
    low=st.integers(-21, -3),
    twist=st.integers(-8, 4),
    off=st.tuples(st.floats(-0.015, 0.015), st.floats(-0.015, 0.015)),
    lead=st.integers(0, 800),
    cuts=st.lists(st.integers(1, 700), min_size=1, max_size=20),
)
def test_any_key_anywhere_in_blocks_of_any_size(
    keys: str,
    length: int,
    gap: int,
    low: int,
    twist: int,
    off: tuple[float, float],
    lead: int,
    cuts: list[int],
) -> None:
    high = max(low + twist, -25)
    parts = [
        np.concatenate([key_tones(k, length * MS, low, high, off), silence(gap * MS)]) for k in keys
    ]
    audio = samples(with_noise(np.concatenate([silence(lead / 8000), *parts]), low - 18))
    receiver, at, typed = ToneReceiver(), 0, ""
    for size in itertools.cycle(cuts):
        typed += receiver.feed(audio[at : at + size])
        at += size
        if at >= len(audio):
            break
    assert typed == keys
    assert ToneReceiver().feed(audio) == keys


def call_progress() -> Iterator[Signal]:
    """Dial tone and ringing (425 Hz, Europe), American ones, fax and modem tones, a beep."""
    for frequencies in (
        (425,), (350, 440), (440, 480), (480, 620), (1100,), (2100,), (2225,), (880,), (1000,),
        (950, 1400, 1800), (1336,), (941,), (697, 770), (1336, 1477), (2600,), (2400, 2600),
    ):  # fmt: skip
        yield sum((sine(f, 1.0, -10) for f in frequencies), silence(1.0))


def music() -> Iterator[Signal]:
    """Chords of four notes with overtones, in all keys, and a siren with overtones."""
    for tonic in range(36):
        notes = [220 * 2 ** ((tonic + step) / 12) for step in (0, 4, 7, 12)]
        parts = [sine(n * k, 0.4, -14 - 6 * k) for n in notes for k in range(1, 4) if n * k < 3900]
        yield sum(parts, silence(0.4))
    times = np.arange(8000 * 4) / 8000
    phase = 2 * np.pi * (200 * times + 120 * times**2)
    yield sum((5000 * np.sin(overtone * phase) for overtone in (1, 2, 3)), silence(4.0))


def other_pairs() -> Iterator[Signal]:
    """Pairs of tones a semitone beside those of the keys, as instruments play them."""
    for key in KEYS:
        for low, high in ((0.059, 0.0), (-0.056, 0.0), (0.0, 0.059), (0.0, -0.056)):
            yield key_tones(key, 0.3, off=(low, high))


def keys_with_overtones() -> Iterator[Signal]:
    """A voice that hits both tones has their second harmonics as well."""
    for key in KEYS:
        plain = key_tones(key, 0.3)
        yield plain + 0.5 * key_tones(key, 0.3, off=(1.0, 1.0))


def noise() -> Iterator[Signal]:
    for level in (-40, -20, -3):
        yield with_noise(silence(20.0), level)


@pytest.mark.parametrize("sounds", [call_progress, music, other_pairs, keys_with_overtones, noise])
def test_other_sounds(sounds: Callable[[], Iterator[Signal]]) -> None:
    """Each goes on after the last without a pause: clicks are no keys either."""
    assert [heard(sound, block=800) for sound in sounds() if heard(sound, block=800)] == []
    assert heard(np.concatenate(list(sounds())), block=800) == ""


def test_a_key_over_an_announcement_that_echoes() -> None:
    """The line's own prompt comes back 20 dB weaker than the key."""
    announcement = sum((sine(f, 0.4, -34) for f in (180, 360, 540, 2200)), silence(0.4))
    key = np.concatenate([silence(0.1), key_tones("7", 60 * MS), silence(0.24)])
    assert heard(key + announcement) == "7"
