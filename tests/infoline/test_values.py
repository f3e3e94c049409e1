"""Amounts, dates and the like, as people write them."""

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.infoline import values

pytestmark = pytest.mark.unit


@given(st.dates())
def test_dates_are_read_in_both_ways(day: datetime.date) -> None:
    assert values.day(day.isoformat()) == day.isoformat()
    assert values.day(f"{day.day}.{day.month:02}.{day.year:04}") == day.isoformat()


@pytest.mark.parametrize(
    "text", ["", "2026", "31/08/2026", "08-31-2026", "31.08.26", "20260831", "2026-W01-1"]
)
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        values.day(text)


@pytest.mark.parametrize("text", ["2026-02-30", "31.04.2026", "0000-01-01", "00.01.2026"])
def test_days_that_never_were_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="calendar"):
        values.day(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("tak", True), ("NIE", False), ("Yes", True), ("no", False), ("1", True), (" 0 ", False)],
)
def test_flags(text: str, value: bool) -> None:
    assert values.flag(text) is value


@pytest.mark.parametrize("text", ["", "t", "2", "może", "on"])
def test_other_flags_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="yes nor no"):
        values.flag(text)


@pytest.mark.parametrize(
    "text", ["a@example.org", "jan.kowalski+dom@mail.example.com.pl", "x_y@a-b.example", "o'k@a.pl"]
)
def test_addresses(text: str) -> None:
    assert values.email(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "@", "a@b", "a b@example.org", "a@example..org", ".a@example.org", "a.@b.pl"),
        *("a..b@b.pl", "a@b.pl\nBcc: c@d.pl", "ł@b.pl", "a@żółw.pl", "a@@b.pl", "a" * 65 + "@b.pl"),
        "a@" + "b." * 130 + "pl",
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        values.email(text)


@pytest.mark.parametrize(
    "text", ["", "12a456", "123", "1234567890123", "１２３４５６", "²²²²", "-1234"]
)
def test_other_logins_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="login"):
        values.login(text)


def test_names_are_one_line_of_visible_text() -> None:
    assert values.name("  Anna\u00a0 Maria\n Żółć ") == "Anna Maria Żółć"
    for wrong in ("", " \t", "a\x07", "a\u200bb", "x" * 201, "a\ud800"):
        with pytest.raises(ValueError, match=r"empty|invisible|longer"):
            values.name(wrong)


def test_codes_hold_no_delimiter() -> None:
    assert values.code(" OS 1/12 ") == "OS 1/12"
    for wrong in ("a,b", "a;b", "a|b", ""):
        with pytest.raises(ValueError, match=r"comma|empty"):
            values.code(wrong)


@pytest.mark.parametrize(
    "reader",
    [
        values.day,
        values.flag,
        values.email,
        values.login,
        values.name,
        values.code,
        values.prompt_key,
        values.optional_text,
    ],
)
@given(text=st.text(max_size=40))
def test_no_text_breaks_a_reader(reader: object, text: str) -> None:
    with contextlib.suppress(ValueError):
        reader(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "61 1090 1014 0000 0712 1981 2874",
        "PL61109010140000071219812874",
        "pl 61-1090-1014-0000-0712-1981-2874",
    ],
)
def test_bank_accounts(text: str) -> None:
    assert values.bank_account(text) == "61109010140000071219812874"


@given(st.integers(0, 25), st.integers(1, 9))
def test_no_wrong_digit_of_a_bank_account_is_missed(at: int, off: int) -> None:
    digits = list("61109010140000071219812874")
    digits[at] = str((int(digits[at]) + off) % 10)
    with pytest.raises(ValueError, match="its check digits do not fit"):
        values.bank_account("".join(digits))


@pytest.mark.parametrize("text", ["", "61 1090", "DE89 3704 0044 0532 0130 00", "٦" * 26])
def test_what_is_no_polish_bank_account(text: str) -> None:
    with pytest.raises(ValueError, match="is not a Polish bank account, which has 26 digits"):
        values.bank_account(text)


def test_tax_numbers() -> None:
    assert values.tax_number("525-224-84-81") == "5252248481"
    assert values.tax_number("PL 5252248481") == "5252248481"
    with pytest.raises(ValueError, match="its check digit does not fit"):
        values.tax_number("5252248482")
    with pytest.raises(ValueError, match="is not a NIP, which has 10 digits"):
        values.tax_number("525")


def test_days_of_a_month() -> None:
    assert values.month_day(" 07 ") == "7"
    for text in ("0", "32", "", "x", "-1"):
        with pytest.raises(ValueError, match="is no day of a month, 1 to 31"):
            values.month_day(text)
