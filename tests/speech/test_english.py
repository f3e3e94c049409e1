"""English in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from sipagent.speech import words
from sipagent.speech.words import Digits, Money, Name, english

pytestmark = pytest.mark.unit


@given(st.integers(0, 10**12))
def test_cardinals_agree_with_num2words(number: int) -> None:
    expected = num2words(number, lang="en_GB").replace(",", "").replace("-", " ")
    assert english.cardinal(number) == expected


@given(st.integers(0, 9999))
def test_ordinals_agree_with_num2words(number: int) -> None:
    expected = num2words(number, lang="en_GB", to="ordinal").replace(",", "").replace("-", " ")
    assert english.ordinal(number) == expected


@pytest.mark.parametrize(
    ("grosze", "text"),
    [
        (0, "zero zlotys"),
        (1, "one grosz"),
        (100, "one zloty"),
        (250, "two zlotys and fifty groszes"),
        (112_02, "one hundred and twelve zlotys and two groszes"),
    ],
)
def test_money(grosze: int, text: str) -> None:
    assert words.spoken(Money(grosze), "en") == text


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 1), "the first of November twenty twenty six"),
        (date(2000, 2, 29), "the twenty ninth of February two thousand"),
        (date(2005, 3, 12), "the twelfth of March two thousand and five"),
        (date(1905, 5, 3), "the third of May nineteen oh five"),
        (date(1900, 5, 3), "the third of May nineteen hundred"),
    ],
)
def test_dates(day: date, text: str) -> None:
    assert words.spoken(day, "en") == text


def test_every_day_of_a_leap_year_is_told_apart() -> None:
    days = [date(2028, 1, 1) + timedelta(number) for number in range(366)]
    assert len({words.spoken(day, "en") for day in days}) == 366


def test_digits_and_keys() -> None:
    assert words.spoken(Digits("501234"), "en") == "five zero one, two three four"
    assert [words.key(tone, "en") for tone in "1*#"] == ["one", "star", "hash"]


def test_counted_nouns() -> None:
    assert words.counted(1, "", ("account", "accounts"), "en") == "one account"
    assert words.counted(0, "", ("account", "accounts"), "en") == "zero accounts"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ul. Lipowa 12/4", "street Lipova twelve slash four"),
        ("WM Szczęśliwa", "housing community Shchenshliva"),
        ("Dom sp. z o.o.", "Dom limited liability company"),
        ("biuro@dom.pl", "biuro at dom dot pl"),
        ("12,50 zł", "twelve zlotys and fifty groszes"),
        ("Correction -12,50 zł", "Correction minus twelve zlotys and fifty groszes"),
        ("−2 zł", "minus two zlotys"),
        ("1.234,50 zł", "one thousand two hundred and thirty four zlotys and fifty groszes"),
        ("ul. Lipowa 45A–45C", "street Lipova forty five ay to forty five see"),
        ("Green Park 3", "Green Park three"),
    ],
)
def test_free_text(text: str, said: str) -> None:
    assert words.spoken(Name(text), "en") == said


@given(st.text(max_size=60))
def test_any_text_becomes_ascii(text: str) -> None:
    said = words.spoken(Name(text), "en")
    assert said.isascii()
    assert not set(said) & set("[]{}<>0123456789")


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(ValueError, match="no words for language 'de'; there are en, pl"):
        words.spoken(1, "de")


@pytest.mark.parametrize("value", [True, None, 1.5, b"x"])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be read aloud"):
        words.spoken(value, "en")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Open at 8:00.", "Open at eight o clock."),
        ("until 7:30", "until seven thirty"),
        ("at 16:05", "at sixteen oh five"),
        ("at 16:00", "at sixteen hundred"),
        ("0:00", "zero o clock"),
    ],
)
def test_times_of_the_day(text: str, read: str) -> None:
    assert words.plain(text, "en") == read
