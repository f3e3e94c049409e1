"""Digit collection: what completes it, and what is returned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.telephony.digits import KEYS, DigitCollector

pytestmark = pytest.mark.unit

keys = st.text(alphabet=sorted(KEYS), max_size=20)
plain = st.text(alphabet="0123456789", max_size=20)


def collect(collector: DigitCollector, pressed: str) -> tuple[str, str]:
    """Return the result, by time-out where no key completes it, and the keys not taken."""
    for position, key in enumerate(pressed, 1):
        result = collector.feed(key)
        if result is not None:
            return result, pressed[position:]
    return collector.expire(), ""


@pytest.mark.parametrize(
    ("collector", "pressed", "result", "left"),
    [
        ((1, "", ""), "5", "5", ""),
        ((1, "", ""), "57", "5", "7"),
        ((1, "", ""), "*", "*", ""),
        ((1, "", ""), "", "", ""),
        ((12, "#", "*"), "10234#", "10234", ""),
        ((12, "#", "*"), "10234#1", "10234", "1"),
        ((12, "#", "*"), "#", "", ""),
        ((12, "#", "*"), "102*10234#", "*", "10234#"),
        ((12, "#", "*"), "*", "*", ""),
        ((12, "#", "*"), "102", "102", ""),
        ((4, "#", ""), "1234#", "1234", "#"),
        ((4, "", "09"), "0", "0", ""),
        ((4, "#", ""), "12A#", "12A", ""),
    ],
)
def test_what_completes_a_collection(
    collector: tuple[int, str, str], pressed: str, result: str, left: str
) -> None:
    assert collect(DigitCollector(*collector), pressed) == (result, left)


def test_empty_until_the_first_digit() -> None:
    collector = DigitCollector(3)
    assert collector.empty
    collector.feed("1")
    assert not collector.empty


@given(pressed=plain, digits=st.integers(1, 20))
def test_plain_digits_come_back_in_order_up_to_the_limit(pressed: str, digits: int) -> None:
    assert collect(DigitCollector(digits), pressed) == (pressed[:digits], pressed[digits:])


@given(pressed=keys, digits=st.integers(1, 20))
def test_no_key_is_lost_or_doubled(pressed: str, digits: int) -> None:
    result, left = collect(DigitCollector(digits, "#", "*"), pressed)
    taken = pressed[: len(pressed) - len(left)]
    if taken.endswith("*"):
        assert result == "*"
    else:
        assert result == taken.removesuffix("#")
        assert len(result) <= digits
    assert not set(taken[:-1]) & {"#", "*"}


@given(typed=plain, rest=keys)
def test_a_command_is_returned_alone(typed: str, rest: str) -> None:
    assert collect(DigitCollector(99, "#", "*"), f"{typed}*{rest}") == ("*", rest)


@given(first=plain, second=plain)
def test_type_ahead_is_left_for_the_next_collection(first: str, second: str) -> None:
    pressed = f"{first}#{second}#"
    one, left = collect(DigitCollector(99, "#"), pressed)
    two, left = collect(DigitCollector(99, "#"), left)
    assert (one, two, left) == (first, second, "")


@pytest.mark.parametrize("key", ["", "12", "x", "a", "+", " ", "٣"])
def test_only_keys_of_a_telephone(key: str) -> None:
    with pytest.raises(ValueError, match="is not a key of a telephone"):
        DigitCollector(3).feed(key)


def test_a_complete_collection_takes_no_more() -> None:
    collector = DigitCollector(1)
    assert collector.feed("1") == "1"
    with pytest.raises(ValueError, match="complete"):
        collector.feed("2")
    with pytest.raises(ValueError, match="complete"):
        collector.expire()


@pytest.mark.parametrize(
    ("digits", "end", "commands", "sentence"),
    [
        (0, "", "", "at least 1 digit"),
        (1, "#", "#*", "cannot both end and command"),
        (1, "x", "", "not on a telephone"),
    ],
)
def test_a_collection_that_makes_no_sense(
    digits: int, end: str, commands: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        DigitCollector(digits, end, commands)
