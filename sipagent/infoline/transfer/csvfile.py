"""CSV files of an import: recognised by their header, read row by row."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sipagent.errors import DataError
from sipagent.infoline.transfer.kinds import Column, Kind, Value
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.staging import Staging

#: Called with how many characters of a file are done, and how many there are.
Progress = Callable[[int, int], None]

_DELIMITERS = ",;\t"
_REPORT_EVERY = 2000


class CsvFile:
    """One file; a row's place is its line."""

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
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
            if len(cells) != len(names):
                mistakes.add(
                    self.sentence(
                        line, None, f"has {len(cells)} fields, but the header has {len(names)}"
                    )
                )
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
        first = text.lstrip().partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        stream = io.StringIO(text, newline="")
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line, cells
                if line % _REPORT_EVERY == 0:
                    progress(stream.tell(), len(text))
                line = reader.line_num + 1
        except csv.Error as error:
            mistakes.add(self.sentence(line, None, f"is no CSV: {error}; check the quotes"))
        progress(len(text), len(text))


class _Header:
    """What the first line says: the kind of rows, and where its columns stand."""

    def __init__(self, names: Sequence[str], kinds: Sequence[Kind]) -> None:
        self.kind: Kind | None = None
        self.columns: list[tuple[Column, int | None]] = []
        self.problems: list[str] = []
        found = [kind for kind in kinds if kind.mark in names]
        if len(found) != 1:
            marks = ", ".join(f"{kind.mark} ({kind.name})" for kind in kinds)
            what = "is of several kinds" if found else "is of no known kind"
            self.problems.append(f"the header {what}; it needs exactly one of {marks}")
            return
        self.kind = found[0]
        self._place(self.kind, names)

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
                self.columns.append((column, names.index(column.name)))
            elif column.required:
                self.problems.append(f"column {column.name!r} is missing for {kind.name}")
            else:
                self.columns.append((column, None))


def decode(path: Path, encoding: str) -> str:
    """Return the text of a file, without byte order mark.

    Raises:
        DataError: it is missing, cannot be read, or is in another encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        advice = "save it as UTF-8, or give --encoding cp1250" if encoding == "utf-8" else ""
        raise DataError(
            f"{path}:{line}: is not {encoding}: byte 0x{content[error.start]:02X} fits nothing; "
            f"{advice or 'give the encoding it was saved in'}"
        ) from None
    except LookupError:
        raise DataError(f"{encoding!r} is no encoding; try utf-8 or cp1250") from None
