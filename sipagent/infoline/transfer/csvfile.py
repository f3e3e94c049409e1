"""CSV files of an import: recognised by their header, read row by row."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sipagent.infoline.transfer.decoding import decode
from sipagent.infoline.transfer.kinds import Column, Kind, Value
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.staging import Staging

#: Called with how many characters of a file are done, and how many there are.
Progress = Callable[[int, int], None]

_DELIMITERS = ",;\t"
#: What Excel reads, and writes, in front of the header.
_HINT = re.compile(r"(?i:sep)=(?P<delimiter>[^\r\n\"])\r?\n")
_REPORT_EVERY = 2000


class CsvFile:
    """One file; a row's place is its line."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self._encoding = encoding

    def sentence(self, place: int | str, column: str | None, text: str) -> str:
        """Return a mistake as ``file:line: column phones: text``."""
        at = f"column {column}: " if column else ""
        return f"{self.path}:{place}: {at}{text}"

    def read(
        self, kinds: Sequence[Kind], staging: Staging, mistakes: Mistakes, progress: Progress
    ) -> None:
        """Stage every row, and note every mistake.

        Raises:
            DataError: the file cannot be read or decoded, or there are too many mistakes.
        """
        # The text is not kept: a large line's files together would fill the memory.
        rows = self._rows(decode(self.path, self._encoding), mistakes, progress)
        line, names = next(rows, (1, []))
        header = _Header([name.strip().lower() for name in names], kinds)
        if header.problems or header.kind is None:
            for problem in header.problems:
                mistakes.add(self.sentence(line, None, problem))
            return
        source = staging.source(self)
        staging.whole.add(header.kind.name)
        for line, cells in rows:
            if wrong := header.misfit(cells):
                mistakes.add(self.sentence(line, None, wrong))
            elif (row := self._row(header.columns, cells, line, mistakes)) is not None:
                staging.add(header.kind.name, source, line, row)

    def _row(
        self,
        columns: Sequence[tuple[Column, int | None]],
        cells: Sequence[str],
        line: int,
        mistakes: Mistakes,
    ) -> list[Value] | None:
        row: list[Value] = []
        usable = True
        for column, at in columns:
            try:
                row.append(None if at is None else column.read(cells[at]))
            except ValueError as error:
                mistakes.add(self.sentence(line, column.name, str(error)))
                # A row whose key is readable stays, or all that refer to it would be blamed too.
                usable = usable and not column.key
                row.append(None)
        return row if usable else None

    def _rows(
        self, text: str, mistakes: Mistakes, progress: Progress
    ) -> Iterator[tuple[int, list[str]]]:
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


class _Header:
    """What the first line says: the kind of rows, and where its columns stand.

    Columns without a name may stand anywhere, as long as nothing is written in them: spreadsheets
    pad their rows, and some programs end each line with a delimiter.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[Kind]) -> None:
        self.kind: Kind | None = None
        self._names = names
        self._width = max((at for at, name in enumerate(names, 1) if name), default=0)
        self.columns: list[tuple[Column, int | None]] = []
        self.problems: list[str] = []
        found = [kind for kind in kinds if kind.mark in names]
        if len(found) != 1:
            marks = ", ".join(f"{kind.mark} ({kind.name})" for kind in kinds)
            what = "is of several kinds" if found else "is of no known kind"
            self.problems.append(f"the header {what}; it needs exactly one of {marks}")
            return
        self.kind = found[0]
        self._place(self.kind, [name for name in names if name])

    def _place(self, kind: Kind, names: Sequence[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in kind.names:
                self.problems.append(
                    f"column {name!r} is not known in {kind.name}; it has {', '.join(kind.names)}"
                )
            elif names.count(name) > 1:
                self.problems.append(f"column {name!r} stands twice in the header")
        for column in kind.columns:
            if column.name in names:
                self.columns.append((column, self._names.index(column.name)))
            elif column.required:
                self.problems.append(f"column {column.name!r} is missing for {kind.name}")
            else:
                self.columns.append((column, None))

    def misfit(self, cells: Sequence[str]) -> str:
        """Return what is wrong with the cells of a row, as columns go; empty for nothing."""
        if len(cells) < self._width:
            return f"has {len(cells)} fields, but the header has {self._width}"
        for at, cell in enumerate(cells):
            if cell.strip() and not (at < len(self._names) and self._names[at]):
                return (
                    f"field {at + 1} is {cell.strip()!r}, but that column has no name in the header"
                )
        return ""
