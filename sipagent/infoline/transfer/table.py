"""Tables of an import, whatever kind of file they stand in: rows are read, checked and staged."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from sipagent.infoline.transfer.header import Header
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
            if header.kind is not None and not header.problems:
                staging.whole.add(header.kind.name)
                self._stage(header, header.kind, rows, staging, mistakes, source)

    def originals(self, places: Collection[int | str]) -> Iterator[Row]:
        """Yield the rows that stand in some places, as they are in the file."""
        for rows in self.tables(Mistakes(skip=True), lambda done, total: None):
            yield from (row for row in rows if row[0] in places)

    def _stage(
        self,
        header: Header,
        kind: Kind,
        rows: Iterator[Row],
        staging: Staging,
        mistakes: Mistakes,
        source: int,
    ) -> None:
        for place, cells in rows:
            row, problems = _values(header, cells)
            for column, problem in problems:
                mistakes.of_row(self, kind.name, place, column, problem)
            if problems and mistakes.skip:
                staging.refuse(kind, row)
            # A row whose key is readable stays, or all that refer to it would be blamed too.
            elif row and all(row[at] is not None for at in kind.key_places):
                staging.add(kind.name, source, place, row)


def _values(header: Header, cells: Sequence[str]) -> tuple[list[Value], list[Problem]]:
    """Return the values of a row, None for those that cannot be read, and what is wrong."""
    if misfit := header.misfit(cells):
        return [], [(None, misfit)]
    row: list[Value] = []
    problems: list[Problem] = []
    for place in header.places:
        text = place.text(cells)
        try:
            row.append(None if text is None else place.column.read(text))
        except ValueError as error:
            problems.append((place.column.name, str(error)))
            row.append(None)
    return row, problems
