"""Transfers: their titles, days and codes, read back as a banking app reads them."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sipagent.infoline.writing.payment import (
    Payment,
    next_due,
    payment_title,
    transfer_code,
    transfer_picture,
    transfer_text,
)
from sipagent.infoline.writing.statement import render
from tests.infoline.writing.statement_samples import part, statement, words

pytestmark = pytest.mark.unit

ACCOUNT = "61109010140000071219812874"
TEXT = f"5252248481|PL|{ACCOUNT}|036000|Wspólnota Mieszkanio|Opłaty 12.2026 M14|||"


def payment(**changes: Any) -> Payment:
    usual: dict[str, Any] = {
        "account": ACCOUNT,
        "payee": "Wspólnota Mieszkaniowa Źródlana 12",
        "title": "Opłaty 12.2026 M14",
        "grosze": 36_000,
        "due": date(2026, 12, 10),
        "tax_number": "5252248481",
    }
    return Payment(**usual | changes)


def read(picture: Image.Image) -> str:
    """Return what a banking app reads in a picture."""
    [code] = zxingcpp.read_barcodes(picture)
    return str(code.text)


def test_the_code_says_it_in_the_banks_order() -> None:
    assert transfer_text(payment()) == TEXT
    assert read(Image.open(BytesIO(transfer_picture(payment())))) == TEXT


def test_the_code_on_paper_is_read() -> None:
    document = pypdfium2.PdfDocument(render(statement(payment=payment())))
    pictures = [page.render(scale=150 / 72).to_pil() for page in document]
    document.close()
    assert [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)] == [TEXT]


@pytest.mark.parametrize("rows", range(20, 34))
def test_the_code_is_whole_wherever_the_page_ends(rows: int) -> None:
    payee = "Wspólnota Mieszkaniowa " * 8
    data = statement(payment=payment(payee=payee), premises=(part(rows),))
    document = pypdfium2.PdfDocument(render(data))
    pictures = [page.render(scale=150 / 72).to_pil() for page in document]
    document.close()
    assert len([code for one in pictures for code in zxingcpp.read_barcodes(one)]) == 1


def test_the_paper_says_it_too() -> None:
    text = words(render(statement(payment=payment())))
    for expected in (
        "Dane do przelewu",
        "Odbiorca Wspólnota Mieszkaniowa Źródlana 12",
        "Numer rachunku 61 1090 1014 0000 0712 1981 2874",
        "Tytuł przelewu Opłaty 12.2026 M14",
        "Kwota 360,00 zł",
        "Termin płatności 10.12.2026",
    ):
        assert expected in text
    assert "Dane do przelewu" not in words(render(statement()))


@pytest.mark.parametrize("grosze", [0, -1, 1_000_000])
def test_without_an_amount_that_fits_there_is_no_code(grosze: int) -> None:
    assert transfer_text(payment(grosze=grosze)) == ""
    assert transfer_code(payment(grosze=grosze)) == []
    assert transfer_picture(payment(grosze=grosze)) == b""
    text = words(render(statement(payment=payment(grosze=grosze))))
    assert "Numer rachunku" in text
    assert ("Kwota 10 000,00 zł" in text) == (grosze > 0)


@given(st.text(), st.text(), st.integers(1, 999_999))
def test_no_text_shifts_the_fields(payee: str, title: str, grosze: int) -> None:
    fields = transfer_text(payment(payee=payee, title=title, grosze=grosze)).split("|")
    assert len(fields) == 9
    assert fields[:4] == ["5252248481", "PL", ACCOUNT, f"{grosze:06}"]
    assert len(fields[4]) <= 20
    assert len(fields[5]) <= 32
    assert fields[6:] == ["", "", ""]


def test_a_title_has_what_fits() -> None:
    due = date(2026, 12, 10)
    assert payment_title("Opłaty", due, ["M4", "G2"]) == "Opłaty 12.2026 M4, G2"
    assert payment_title("Opłaty", None, []) == "Opłaty"
    assert payment_title("Opłaty", due, ["M" * 12, "G" * 12]) == f"Opłaty 12.2026 {'M' * 12}"


@pytest.mark.parametrize(
    ("day", "today", "due"),
    [
        (10, "2026-11-09", "2026-11-10"),
        (10, "2026-11-10", "2026-11-10"),
        (10, "2026-11-11", "2026-12-10"),
        (10, "2026-12-11", "2027-01-10"),
        (31, "2026-11-11", "2026-11-30"),
        (31, "2027-02-01", "2027-02-28"),
        (31, "2028-02-29", "2028-02-29"),
        (1, "2026-12-31", "2027-01-01"),
    ],
)
def test_the_next_day_to_pay(day: int, today: str, due: str) -> None:
    assert next_due(day, date.fromisoformat(today)) == date.fromisoformat(due)


@given(st.integers(1, 31), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_day_to_pay_comes_within_a_month(day: int, today: date) -> None:
    due = next_due(day, today)
    assert today <= due < today + timedelta(days=32)
    assert due.day == day or (due + timedelta(days=1)).day == 1
