"""CSV for programs and spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: How a spreadsheet knows a formula.
_FORMULA = re.compile(r"[=+@\t\r-]")
_NUMBER = re.compile(r"[+-]?[0-9.]+")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180) with a header; None is an empty cell.

    Some texts were sent by strangers: one that a spreadsheet would take for a formula gets an
    apostrophe before it.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def cell_of(text: str) -> str:
    """Return what a cell of ``csv_text`` says, without blanks around it."""
    text = text.strip()
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text
