"""The heading of a table: what kinds of rows it holds, and where their columns stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sipagent.infoline.transfer.cells import is_nothing
from sipagent.infoline.transfer.kinds import Column, Kind
from sipagent.infoline.transfer.mapping import ColumnMap, plain


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a kind: the cells that it is read from, or a value that is always the same."""

    column: Column
    cells: tuple[int, ...] = ()
    always: str | None = None

    def text(self, cells: Sequence[str]) -> str | None:
        """Return what a row says; None where the table has no such column."""
        if self.always is not None:
            return self.always
        if not self.cells:
            return None
        return "; ".join(cells[at] for at in self.cells) if self.cells[1:] else cells[self.cells[0]]


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one kind in a table."""

    kind: Kind
    places: tuple[Place, ...]

    def is_in(self, cells: Sequence[str]) -> bool:
        """Return whether a row has something of the kind: the column that marks it says so."""
        marks = (place.text(cells) for place in self.places if place.column.name == self.kind.mark)
        return not all(is_nothing(mark or "") for mark in marks)


class Header:
    """What the first row says; ``problems`` has sentences where it cannot be used.

    A table holds one kind of rows. Only where a file of columns says so its rows are of several at
    once: an owner, a flat and a balance beside each other.

    Columns without a name may stand anywhere, as long as nothing is written in them: spreadsheets
    pad their rows, and some programs end each line with a delimiter.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[Kind], columns: ColumnMap) -> None:
        self.problems: list[str] = []
        self._map = columns
        self._names = [plain(name) for name in names]
        self._width = max((at for at, name in enumerate(self._names, 1) if name), default=0)
        found = [kind for kind in kinds if self._marked(kind)]
        if len(found) != 1 and not (found and columns.headings):
            marks = ", ".join(f"{self._mark(kind)} ({kind.name})" for kind in kinds)
            what = "is of several kinds" if found else "is of no known kind"
            self.problems.append(f"the header {what}; it needs exactly one of {marks}")
            found = []
        self.parts = [Part(kind, tuple(self._places(kind))) for kind in found]
        if found:
            self._strangers(found)

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

    def padded(self, cells: Sequence[str]) -> list[str]:
        """Return the cells of a row with empty ones for those that it lacks."""
        return [*cells, *[""] * (self._width - len(cells))]

    def _mark(self, kind: Kind) -> str:
        headings = self._map.headings_of(kind.name, kind.mark)
        return headings[0] if headings else kind.mark

    def _marked(self, kind: Kind) -> bool:
        return any(map(self._has, self._map.headings_of(kind.name, kind.mark)))

    def _has(self, name: str) -> bool:
        return name in self._names and name not in self._map.ignored

    def _places(self, kind: Kind) -> Iterator[Place]:
        always = self._map.always.get(kind.name, {})
        for column in kind.columns:
            names = self._map.headings_of(kind.name, column.name)
            cells = tuple(self._names.index(name) for name in names if self._has(name))
            if column.required and not cells and column.name not in always:
                called = names[0] if names else column.name
                self.problems.append(f"column {called!r} is missing for {kind.name}")
            yield Place(column, cells, always.get(column.name))

    def _strangers(self, kinds: Sequence[Kind]) -> None:
        known = [
            name
            for kind in kinds
            for column in kind.columns
            for name in self._map.headings_of(kind.name, column.name)
        ]
        called = " and ".join(kind.name for kind in kinds)
        for name in dict.fromkeys(filter(None, self._names)):
            if name in self._map.ignored:
                continue
            if name not in known:
                there = ", ".join(dict.fromkeys(known))
                self.problems.append(f"column {name!r} is not known in {called}; it has {there}")
            elif self._names.count(name) > 1:
                self.problems.append(f"column {name!r} stands twice in the header")
