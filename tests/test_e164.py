"""Telephone numbers, as people and networks write them."""

import contextlib
import re

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.e164 import _parse, dear, shown_e164, to_e164

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("600100101", "+48600100101"),
        ("600 100 101", "+48600100101"),
        ("600-100-101", "+48600100101"),
        ("+48 600 100 101", "+48600100101"),
        ("0048600100101", "+48600100101"),
        ("(22) 219 36 60", "+48222193660"),
        ("+49 1512 3456789", "+4915123456789"),
        ("0044 20 7946 0123", "+442079460123"),
        ("tel. 600100101", "+48600100101"),
        ("tel.: +48 600-100-101", "+48600100101"),
        ("Komórka (600) 100 101", "+48600100101"),
    ],
)
def test_phones(text: str, number: str) -> None:
    assert to_e164(text) == number


def test_a_local_number_belongs_to_the_country_of_the_line() -> None:
    assert to_e164("020 7946 0123", "GB") == "+442079460123"
    assert to_e164("+48600100101", "GB") == "+48600100101"
    with pytest.raises(ValueError, match="exists"):
        to_e164("600100101", "GB")


@pytest.mark.parametrize("text", ["", "abc", "112", "600 100", "+48 000000000", "600100101 ext. 5"])
def test_other_phones_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"phone number|exists|extension"):
        to_e164(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "+48 600 XXX XXX",
            "600 xxx xxx",
            "6001OO1O1",
            "600 100 syn",
            "691 abc def",
            "1-800-FLOWERS",
        ),
        *("600100101 żona", "600100l01", "O600100101", "+48 600 100 101 wew. 5", "600100101;ext=5"),
        *("600100101 tel. 600100102", "+XX 600 100 101", "tel600100101"),
    ],
)
def test_letters_never_become_digits(text: str) -> None:
    with pytest.raises(ValueError, match="has letters in its number"):
        to_e164(text)


LETTERS = st.lists(st.tuples(st.integers(0, 8), st.sampled_from("OlXxABsynłΩ")), min_size=1)


@given(LETTERS, st.sampled_from(["", "+48", "0048 ", "tel. "]), st.sampled_from(["", " ", "-"]))
@example([(0, "O")], "", "")
@example([(place, "X") for place in range(3, 9)], "+48", " ")
def test_no_letter_stands_for_a_digit(
    letters: list[tuple[int, str]], prefix: str, gap: str
) -> None:
    digits = list("600100101")
    for place, letter in letters:
        digits[place] = letter
    with pytest.raises(ValueError, match=r"has letters|is not a phone number|that exists"):
        to_e164(prefix + gap.join(re.findall("...", "".join(digits))))


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(ValueError):
        to_e164(text)
    shown = shown_e164(text, "PL")
    assert shown is None or re.fullmatch(r"\+[1-9][0-9]{4,14}", shown)


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("600100101", "+48600100101"),
        ("48600100101", "+48600100101"),
        ("0048600100101", "+48600100101"),
        ("+48600100101", "+48600100101"),
        ("+4930123456", "+4930123456"),
        ("22-193-66-00", "+48221936600"),
        ("+48 600 100 101", "+48600100101"),
        ("600100101;ext=1", None),
        ("tel. 600100101", None),
        ("112", None),
        ("", None),
        ("6" * 500, None),
    ],
)
def test_what_networks_show(shown: str, number: str | None) -> None:
    assert shown_e164(shown, "PL") == number


@pytest.mark.parametrize(
    ("number", "is_dear"),
    [
        ("+48221000200", False),
        ("+48701234567", True),
        ("+48801123456", True),
        ("+48999", True),
        ("+881612345678", True),  # satellites
        ("+882161234567", True),
        ("+870773111632", True),
        ("+447012345678", True),  # a personal number
        ("+80012345678", False),  # freephone
    ],
)
def test_what_is_dear_to_call(number: str, is_dear: bool) -> None:
    assert dear(number) is is_dear


POLISH = st.builds(
    lambda prefix, digits, gap: prefix + gap.join(re.findall("...", digits)),
    st.sampled_from(["", "+48", "+48 ", "0048", "0048-", "48", "0"]),
    st.from_regex(r"[0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-"]),
)


def by_the_library(text: str, country: str) -> str:
    return phonenumbers.format_number(_parse(text, country), phonenumbers.PhoneNumberFormat.E164)


@example("212345678", "PL")
@example("191919191", "PL")
@example("+48 800 123 456", "DE")
@given(POLISH, st.sampled_from(["PL", "PL", "DE", "GB"]))
def test_the_fast_way_says_what_the_library_says(text: str, country: str) -> None:
    def answer(reader: object) -> str:
        try:
            return str(reader(text, country))  # type: ignore[operator]
        except ValueError as error:
            return str(error)

    assert answer(to_e164) == answer(by_the_library)


def test_every_beginning_of_a_polish_number_is_judged_as_by_the_library() -> None:
    for beginning in range(1000, 10000):
        text = f"{beginning}56789"
        number = phonenumbers.parse(text, "PL")
        try:
            assert to_e164(text) == f"+48{text}"
            accepted = True
        except ValueError:
            accepted = False
        assert accepted == phonenumbers.is_valid_number(number)
