"""A bill on paper, in Polish."""

from collections.abc import Iterator
from datetime import datetime

from sipagent.billing.bill import Bill
from sipagent.messages.paper import HEAD, QUIET, SMALL, TITLE, Imprint, Paper
from sipagent.messages.table import Row, Table, widths
from sipagent.messages.wording import day_text, money_text

_MONTHS = (
    *("styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień"),
    *("wrzesień", "październik", "listopad", "grudzień"),
)
_TITLE = "Rozliczenie połączeń z infolinią"
_DRAFT = "Projekt rozliczenia: nie zostało jeszcze wystawione i może się zmienić."
_NO_INVOICE = "To rozliczenie nie jest fakturą. Wykaz połączeń jest w osobnym pliku."


def render(bill: Bill, issuer: str, made: datetime) -> bytes:
    """Return the bill as a PDF, tagged for screen readers.

    Args:
        bill: issued, or a draft, which says so.
        issuer: who runs the line; may be empty.
        made: the local time.

    Raises:
        SetupError: a font is missing or damaged.
    """
    paper = Paper(_imprint(bill, issuer, made))
    paper.add_page()
    if issuer:
        _paragraph(paper, issuer)
        paper.skip(6)
    with paper.tagged("H1"):
        paper.paragraph(_TITLE, size=TITLE, bold=True)
    paper.skip(2)
    for text in _facts(bill):
        _paragraph(paper, text)
    *sums, total = _sums(bill)
    _table(paper, "Podsumowanie", Row("Pozycja", "", "Kwota"), sums, total)
    _table(paper, "Połączenia", Row("Dzień", "Liczba i minuty", "Kwota"), list(_days(bill)))
    if bill.corrections:
        corrections = list(_corrections(bill))
        _table(paper, "Korekty", Row("Powód", "Z dnia", "Kwota"), corrections)
    paper.skip(8)
    _note(paper, f"{_tariff(bill)} {_NO_INVOICE}")
    return bytes(paper.output())


def _imprint(bill: Bill, issuer: str, made: datetime) -> Imprint:
    return Imprint(
        title=f"{_TITLE} – {bill.number}",
        author=issuer or "sipagent",
        language="pl",
        made=made,
        left=bill.number,
        page="strona {page} z {pages}",
        right=f"sporządzono {day_text(made, 'pl')}",
        identity=repr((bill, issuer, made)),
    )


def _facts(bill: Bill) -> Iterator[str]:
    yield f"Zarządca: {bill.name}"
    yield f"Okres: {_MONTHS[bill.month.number - 1]} {bill.month.year}"
    yield f"Numer: {bill.number}"
    if bill.issued is None:
        yield _DRAFT
    else:
        yield f"Wystawiono: {day_text(bill.issued.astimezone(bill.zone), 'pl')}"


def _sums(bill: Bill) -> Iterator[Row]:
    yield Row("Połączenia właścicieli", "", money_text(bill.used, "pl"))
    if bill.reduction:
        yield Row("Obniżka do limitu miesięcznego", "", money_text(bill.reduction, "pl"))
    if bill.corrections:
        yield Row("Korekty", "", money_text(bill.corrected, "pl"))
    yield Row("Razem netto", "", money_text(bill.net, "pl"))
    yield Row(f"VAT {bill.tariff.vat}%", "", money_text(bill.vat, "pl"))
    yield Row("Razem brutto", "", money_text(bill.gross, "pl"))


def _days(bill: Bill) -> Iterator[Row]:
    for one in bill.days:
        count = f"{one.calls} / {one.minutes} min"
        yield Row(day_text(one.day, "pl"), count, money_text(one.grosze, "pl"))


def _corrections(bill: Bill) -> Iterator[Row]:
    for one in bill.corrections:
        day = day_text(one.at.astimezone(bill.zone), "pl")
        yield Row(one.reason, day, money_text(one.grosze, "pl"))


def _tariff(bill: Bill) -> str:
    tariff = bill.tariff
    prices = [
        f"{money_text(tariff.per_call, 'pl')} za połączenie" if tariff.per_call else "",
        f"{money_text(tariff.per_minute, 'pl')} za każdą rozpoczętą minutę",
        f"najwyżej {money_text(tariff.cap, 'pl')} miesięcznie" if tariff.cap is not None else "",
    ]
    return f"Stawki netto: {', '.join(filter(None, prices))}."


def _table(paper: Paper, title: str, heading: Row, rows: list[Row], *totals: Row) -> None:
    table = Table(
        paper,
        heading,
        rows,
        widths(paper, heading, [*rows, *totals]),
        none="Brak połączeń do rozliczenia",
        totals=totals,
    )
    paper.skip(8)
    paper.keep(14 + table.opening())
    with paper.tagged("H2"):
        paper.paragraph(title, size=HEAD, bold=True)
    paper.skip(2)
    table.write()


def _paragraph(paper: Paper, text: str) -> None:
    with paper.tagged("P"):
        paper.paragraph(text)


def _note(paper: Paper, text: str) -> None:
    with paper.tagged("P"):
        paper.paragraph(text, size=SMALL, color=QUIET)
