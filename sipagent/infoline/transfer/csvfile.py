"""CSV files of an import: one table, its rows by line."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from sipagent.infoline.transfer.decoding import decode
from sipagent.infoline.transfer.mapping import ColumnMap
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.table import Progress, Row, TableFile

_DELIMITERS = ",;\t"
#: What Excel reads, and writes, in front of the header.
_HINT = re.compile(r"(?i:sep)=(?P<delimiter>[^\r\n\"])\r?\n")
_REPORT_EVERY = 2000


class CsvFile(TableFile):
    """One file; a row's place is its line."""

    def __init__(self, path: Path, columns: ColumnMap, encoding: str | None = None) -> None:
        super().__init__(path, columns)
        self._encoding = encoding

    def tables(self, mistakes: Mistakes, progress: Progress) -> Iterator[Iterator[Row]]:
        """Yield the rows of the file, by line."""
        # The text is not kept: a large line's files together would fill the memory.
        yield self._rows(decode(self.path, self._encoding), mistakes, progress)

    def _rows(self, text: str, mistakes: Mistakes, progress: Progress) -> Iterator[Row]:
        stream = io.StringIO(text, newline="")
        hint = _HINT.match(text)
        above = 0 if hint is None else 1
        if hint is not None:
            stream.seek(hint.end())
        delimiter = hint["delimiter"] if hint else _delimiter(text)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        line = 1 + above
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line, cells
                if line % _REPORT_EVERY == 0:
                    progress(stream.tell(), len(text))
                line = reader.line_num + 1 + above
        except csv.Error as error:
            mistakes.add(self.sentence(line, None, f"is no CSV: {error}; check the quotes"))
        progress(len(text), len(text))


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
