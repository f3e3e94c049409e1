"""Payments: what an owner has to transfer, and the code that a banking app reads it from."""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import segno

#: Longest fields of the code, and the largest amount in grosze.
_PAYEE, _TITLE, _LARGEST = 20, 32, 999_999
#: What parts the fields, and line feeds, cannot stand in one.
_FORBIDDEN = re.compile(r"[|\s]+")


@dataclass(frozen=True, slots=True)
class Payment:
    """A transfer in zlotys; ``account`` is its 26 digits, ``grosze`` 0 where nothing is due.

    ``tax_number`` is the payee's NIP, empty where it has none; ``due`` None where no day is set.
    """

    account: str
    payee: str
    title: str
    grosze: int
    due: date | None = None
    tax_number: str = ""

    @property
    def grouped_account(self) -> str:
        """The account as people write it: ``61 1090 1014 0000 0712 1981 2874``."""
        rest = self.account[2:]
        return " ".join((self.account[:2], *(rest[at : at + 4] for at in range(0, len(rest), 4))))


def transfer_text(payment: Payment) -> str:
    """Return what the code of a transfer says; empty where it cannot say the amount.

    It is the recommendation of the Polish Bank Association on two-dimensional codes (ZBP, 2013):
    NIP, country, account, six digits of grosze, payee, title and three reserved fields.
    """
    if not 0 < payment.grosze <= _LARGEST:
        return ""
    fields = (
        payment.tax_number,
        "PL",
        payment.account,
        f"{payment.grosze:06}",
        _field(payment.payee, _PAYEE),
        _field(payment.title, _TITLE),
        *("", "", ""),
    )
    return "|".join(fields)


def transfer_code(payment: Payment) -> Sequence[Sequence[int]]:
    """Return the QR code of a transfer in rows of 0 and 1, its quiet zone included; or no rows."""
    code = _code(payment)
    return [] if code is None else [list(row) for row in code.matrix_iter(border=4)]


def transfer_picture(payment: Payment) -> bytes:
    """Return the QR code of a transfer as a PNG file, empty where there is none."""
    code = _code(payment)
    if code is None:
        return b""
    file = BytesIO()
    code.save(file, kind="png", scale=5, border=4)
    return file.getvalue()


def payment_title(word: str, due: date | None, codes: Iterable[str]) -> str:
    """Return a title such as ``Opłaty 12.2026 M4, G2``, which the payee can book.

    The longest that fits a code: the codes of premises that do not fit are left out.
    """
    title = f"{word} {due:%m.%Y}" if due else word
    for number, code in enumerate(codes):
        longer = f"{title}{', ' if number else ' '}{code}"
        if len(longer) > _TITLE:
            break
        title = longer
    return title


def next_due(day: int, today: date) -> date:
    """Return the next such day of a month, today included; the last one of a shorter month."""
    due = _in_month(today.year, today.month, day)
    if due >= today:
        return due
    return _in_month(today.year + today.month // 12, today.month % 12 + 1, day)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _code(payment: Payment) -> segno.QRCode | None:
    text = transfer_text(payment)
    return segno.make_qr(text, error="m", encoding="utf-8", boost_error=False) if text else None


def _field(text: str, longest: int) -> str:
    return _FORBIDDEN.sub(" ", text).strip()[:longest].strip()
