"""Tables of an import, whatever kind of file they stand in: rows are read, checked and staged."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from sipagent.infoline.transfer.header import Header, Part
from sipagent.infoline.transfer.kinds import Kind, Value
from sipagent.infoline.transfer.mapping import ColumnMap
from sipagent.infoline.transfer.mistakes import Mistakes
from sipagent.infoline.transfer.staging import Staging

#: Called with how much of a file is done, and how much there is.
Progress = Callable[[int, int], None]
#: Where a row stands, and its cells.
Row = tuple[int | str, list[str]]
#: A column, where there is one to blame, and what is wrong.
Problem = tuple[str | None, str]


class TableFile(ABC):
    """A file with one table or several; the first row of each is its header."""

    def __init__(self, path: Path, columns: ColumnMap) -> None:
        self.path = path
        self._columns = columns

    @abstractmethod
    def tables(self, mistakes: Mistakes, progress: Progress) -> Iterator[Iterator[Row]]:
        """Yield the rows of each table, without empty ones.

        Raises:
            DataError: the file cannot be read.
        """

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
        source = staging.source(self)
        for rows in self.tables(mistakes, progress):
            place, names = next(rows, (1, []))
            header = Header(names, kinds, self._columns)
            for problem in header.problems:
                mistakes.add(self.sentence(place, None, problem))
            if not header.problems:
                staging.whole |= {part.kind.name for part in header.parts}
                self._stage(header, rows, _Target(self, source, staging, mistakes))

    def rows(self, kind: Kind, mistakes: Mistakes) -> Iterator[tuple[int | str, list[Value]]]:
        """Yield the place and the values of each row of a kind, and note every mistake.

        Raises:
            DataError: the file cannot be read or decoded, or there are too many mistakes.
        """
        for rows in self.tables(mistakes, lambda done, total: None):
            top, names = next(rows, (1, []))
            header = Header(names, (kind,), self._columns)
            for sentence in header.problems:
                mistakes.add(self.sentence(top, None, sentence))
            for place, cells in rows if not header.problems else ():
                row, problems = _values(header.parts[0], header.padded(cells))
                if misfit := header.misfit(cells):
                    problems = [(None, misfit)]
                for problem in problems:
                    mistakes.of_row(self, kind.name, place, *problem)
                if not problems:
                    yield place, row

    def originals(self, places: Collection[int | str]) -> Iterator[Row]:
        """Yield the rows that stand in some places, as they are in the file."""
        for rows in self.tables(Mistakes(skip=True), lambda done, total: None):
            yield from (row for row in rows if row[0] in places)

    def _stage(self, header: Header, rows: Iterator[Row], target: "_Target") -> None:
        several = len(header.parts) > 1
        for place, cells in rows:
            misfit = header.misfit(cells)
            for part in header.parts:
                if misfit:
                    # Whose row it is counts nevertheless, where that can be read.
                    row, _ = _values(part, header.padded(cells))
                    target.refuse(part.kind, place, row, [(None, misfit)])
                elif not several or part.is_in(cells):
                    target.take(part, place, cells, once=several)


class _Target:
    """Where the rows of a file go: what can be used is staged, what is wrong is noted."""

    def __init__(self, file: TableFile, source: int, staging: Staging, mistakes: Mistakes) -> None:
        self._file = file
        self._source = source
        self._staging = staging
        self._mistakes = mistakes
        self._seen: set[tuple[str, tuple[Value, ...]]] = set()
        self._told: set[tuple[int | str, Problem]] = set()

    def take(self, part: Part, place: int | str, cells: Sequence[str], *, once: bool) -> None:
        """Stage a row, or say what is wrong; ``once``: what stood in a row above is no other."""
        row, problems = _values(part, cells)
        self.refuse(part.kind, place, row, problems)
        if problems and self._mistakes.skip:
            return
        # A row whose key is readable stays, or all that refer to it would be blamed too.
        usable = all(row[at] is not None for at in part.kind.key_places)
        if once and part.kind.keys:
            seen = (part.kind.name, tuple(row))
            usable = usable and seen not in self._seen
            self._seen.add(seen)
        if usable:
            self._staging.add(part.kind.name, self._source, place, row)

    def refuse(
        self, kind: Kind, place: int | str, row: list[Value], problems: list[Problem]
    ) -> None:
        """Note what is wrong with a row; of a cell that two kinds share it is told once."""
        for problem in problems:
            if (place, problem) not in self._told:
                self._told.add((place, problem))
                self._mistakes.of_row(self._file, kind.name, place, *problem)
        if problems and self._mistakes.skip:
            self._staging.refuse(kind, row)


def _values(part: Part, cells: Sequence[str]) -> tuple[list[Value], list[Problem]]:
    """Return the values of a row, None for those that cannot be read, and what is wrong."""
    row: list[Value] = []
    problems: list[Problem] = []
    for place in part.places:
        text = place.text(cells)
        try:
            row.append(None if text is None else place.column.read(text))
        except ValueError as error:
            problems.append((place.column.name, str(error)))
            row.append(None)
    return row, problems
