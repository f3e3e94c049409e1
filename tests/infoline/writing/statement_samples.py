"""Statements for tests, and what can be read in their pages."""

from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pypdf

from sipagent.infoline.writing.statement import AccountLine, ChargeLine, PremisesPart, Statement

LONG = (
    "Zaliczka na koszty utrzymania części wspólnych nieruchomości budynkowej oraz urządzeń "
    "służących do wspólnego użytku właścicieli wyodrębnionych lokali i garaży podziemnych"
)


def statement(**changes: Any) -> Statement:
    """Return a usual statement, with changes."""
    usual: dict[str, Any] = {
        "manager": "Zarząd „Złota Jesień” sp. z o.o.",
        "logo": None,
        "estate": "Wspólnota Mieszkaniowa Źródlana 12",
        "owner": "Grażyna Śćibór-Żółkiewska",
        "login": "100200",
        "accounts": (
            AccountLine("Opłaty eksploatacyjne", -123_456, date(2026, 8, 31)),
            AccountLine("Fundusz remontowy", 4_520, date(2026, 8, 31)),
            AccountLine("Media", 0, date(2026, 6, 30)),
        ),
        "premises": (part(8),),
        "made": datetime(2026, 11, 23, 14, 5, tzinfo=timezone(timedelta(hours=1))),
    }
    return Statement(**usual | changes)


def part(count: int, number: int = 14) -> PremisesPart:
    """Return a premises with so many charges, named Opłata 1, Opłata 2 and so on."""
    charges = tuple(
        ChargeLine(f"Opłata {n}", 1000 * n, date(2026, 1, 1) if n % 3 else None)
        for n in range(1, count + 1)
    )
    return PremisesPart(f"Lokal {number}", f"ul. Źródlana 12 m. {number}", charges)


def reader(pdf: bytes) -> pypdf.PdfReader:
    """Open a PDF as strictly as one can."""
    return pypdf.PdfReader(BytesIO(pdf), strict=True)


def catalogue(found: pypdf.PdfReader) -> Any:
    """Return the root of a document's objects, for which pypdf has no types."""
    return found.trailer["/Root"]


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in reader(pdf).pages]


def words(pdf: bytes) -> str:
    """Return all text in one line, with plain spaces."""
    return " ".join(" ".join(pages(pdf)).split())
