"""Excel workbooks, in and out: each sheet is a table, its rows by sheet and line."""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from sipagent.errors import DataError
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.private import create
from sipagent.infoline.transfer.sheets import Sheet
from sipagent.infoline.transfer.table import Progress, Row, TableFile

#: A number format of zeros alone shows leading ones: a login may have them.
_ZEROS = re.compile("0+")
#: What the library raises for an archive of something else, and for a damaged one.
_DAMAGE = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError),
    *(EOFError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError),
)
#: Bytes of a workbook that is unpacked, and of its texts, which are held in memory.
_MOST_BYTES, _MOST_TEXTS = 1_000_000_000, 100_000_000
#: Excel counts in binary fractions; what is nearer than this to a number of places is meant.
_PLACES = 6


class XlsxFile(TableFile):
    """One workbook; a row's place is sheet and line, such as ``Konta!12``."""

    def tables(self, mistakes: Mistakes, progress: Progress) -> Iterator[Iterator[Row]]:
        """Yield the rows of each sheet that has some."""
        with self._explained():
            self._require_small()
            book = load_workbook(self.path, read_only=True, data_only=True)
        with closing(book):
            for number, sheet in enumerate(book.worksheets):
                progress(number, len(book.worksheets))
                rows = self._rows(sheet)
                if first := next(rows, None):
                    yield chain([first], rows)
            progress(len(book.worksheets), len(book.worksheets))

    def _rows(self, sheet: Any) -> Iterator[Row]:
        with self._explained():
            for line, cells in enumerate(sheet.iter_rows(), 1):
                texts = [_text(cell) for cell in cells]
                if any(text.strip() for text in texts):
                    yield f"{sheet.title}!{line}", texts

    def _require_small(self) -> None:
        """Check that it is no archive that is many times larger than it looks.

        Raises:
            DataError: it is one.
        """
        with zipfile.ZipFile(self.path) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
        texts = sum(size for name, size in sizes.items() if name.endswith("sharedStrings.xml"))
        if texts > _MOST_TEXTS or sum(sizes.values()) > _MOST_BYTES:
            raise DataError(
                f"{self.path}: is larger than a workbook of people and flats can be; "
                "save its sheets as CSV"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read: {error.strerror}") from None
        except _DAMAGE:
            raise DataError(f"{self.path}: is no Excel workbook; save it anew as .xlsx") from None


def _text(cell: Any) -> str:
    """Return a cell as one would type it; a number without what binary fractions add to it."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return "tak" if value else "nie"
        case int(value):
            return _padded(str(value), cell.number_format)
        case float(value):
            rounded = Decimal(repr(round(value, _PLACES)))
            whole = rounded == rounded.to_integral_value()
            return _padded(f"{rounded:.0f}", cell.number_format) if whole else f"{rounded:f}"
        case datetime() | date() as value:
            return f"{value:%Y-%m-%d}"
        case value:
            return str(value)


def _padded(figures: str, number_format: str) -> str:
    return figures.zfill(len(number_format)) if _ZEROS.fullmatch(number_format) else figures


def write_workbook(path: Path, sheets: Iterable[tuple[Sheet, Iterable[list[Any]]]]) -> None:
    """Write a workbook with a sheet for each table: amounts as numbers, all else as text.

    Raises:
        OSError: it cannot be written.
    """
    book = Workbook(write_only=True)
    for sheet, rows in sheets:
        table = book.create_sheet(sheet.name)
        table.freeze_panes = "A2"
        table.append(sheet.columns)
        for row in rows:
            pairs = zip(sheet.columns, row, strict=True)
            table.append([_cell(table, value, name in sheet.amounts) for name, value in pairs])
    create(path).close()
    book.save(path)


def _cell(table: Any, value: str, amount: bool) -> Any:
    cell = WriteOnlyCell(table, Decimal(value) if amount else str(value))
    # Text, whatever it looks like: "=1+1" is no formula, and a login keeps its zeros.
    cell.data_type = "n" if amount else "s"
    cell.number_format = "0.00" if amount else "@"
    return cell
