"""Amounts as people write them, and the tax on them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.money import LARGEST_AMOUNT, amount, gross, plain_amount, vat_on

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "grosze"),
    [
        ("1 234,56", 123456),
        ("1234.56", 123456),
        ("1.234,56", 123456),
        ("-12.345.678,9 zł", -1234567890),
        ("-12,00", -1200),
        ("\u221212,00", -1200),
        ("+5", 500),
        ("0", 0),
        ("-0,00", 0),
        ("7,5", 750),
        ("12 345 678,90 zł", 1234567890),
        ("1\u00a0234,50 PLN", 123450),
        (" 0,01 ", 1),
        ("100000000000,00", 10**13),
    ],
)
def test_amounts(text: str, grosze: int) -> None:
    assert amount(text) == grosze


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "1,2,3", "1,234", "1.234", "1.23,45", "1,234.56", "12 34,56", "1 2345"),
        *("1234 567,00", "1e5", "NaN", "inf", "12,", ",50", "--5", "5-", "0x10", "１２", "12 €"),
        *("1_000", "999999999999999", "1000000000000000000000", "12\n,00"),
    ],
)
def test_doubtful_amounts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|more than any account"):
        amount(text)


@given(st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT))
def test_amounts_survive_the_way_out_and_in(grosze: int) -> None:
    assert amount(plain_amount(grosze)) == grosze
    assert amount(plain_amount(grosze).replace(".", ",")) == grosze
    spaced = f"{grosze // 100 if grosze >= 0 else -(-grosze // 100):,}".replace(",", " ")
    if grosze % 100 == 0:
        assert amount(spaced) == grosze


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(amount(text), int)


@pytest.mark.parametrize(
    ("net", "percent", "tax"), [(0, 23, 0), (1, 23, 0), (2, 25, 1), (100, 23, 23), (199, 8, 16)]
)
def test_half_a_grosz_of_tax_is_rounded_up(net: int, percent: int, tax: int) -> None:
    assert vat_on(net, percent) == tax
    assert gross(net, percent) == net + tax
