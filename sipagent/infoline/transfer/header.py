"""The heading of a table: what kind of rows it holds, and where their columns stand."""

from collections.abc import Sequence
from dataclasses import dataclass

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


class Header:
    """What the first row says; ``problems`` has sentences where it cannot be used.

    Columns without a name may stand anywhere, as long as nothing is written in them: spreadsheets
    pad their rows, and some programs end each line with a delimiter.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[Kind], columns: ColumnMap) -> None:
        self.kind: Kind | None = None
        self.places: list[Place] = []
        self.problems: list[str] = []
        self._map = columns
        self._names = [plain(name) for name in names]
        self._width = max((at for at, name in enumerate(self._names, 1) if name), default=0)
        found = [kind for kind in kinds if self._marked(kind)]
        if len(found) == 1:
            self.kind = found[0]
            self._place(self.kind)
        else:
            marks = ", ".join(f"{self._mark(kind)} ({kind.name})" for kind in kinds)
            what = "is of several kinds" if found else "is of no known kind"
            self.problems.append(f"the header {what}; it needs exactly one of {marks}")

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

    def _mark(self, kind: Kind) -> str:
        headings = self._map.headings_of(kind.name, kind.mark)
        return headings[0] if headings else kind.mark

    def _marked(self, kind: Kind) -> bool:
        return any(name in self._names for name in self._map.headings_of(kind.name, kind.mark))

    def _place(self, kind: Kind) -> None:
        always = self._map.always.get(kind.name, {})
        used: dict[str, Column] = {}
        for column in kind.columns:
            names = self._map.headings_of(kind.name, column.name)
            there = [name for name in names if name in self._names]
            used |= dict.fromkeys(there, column)
            cells = tuple(self._names.index(name) for name in there)
            self.places.append(Place(column, cells, always.get(column.name)))
            if column.required and not there and column.name not in always:
                called = names[0] if names else column.name
                self.problems.append(f"column {called!r} is missing for {kind.name}")
        self._strangers(kind, used)

    def _strangers(self, kind: Kind, used: dict[str, Column]) -> None:
        for name in dict.fromkeys(filter(None, self._names)):
            if name not in used and name not in self._map.ignored:
                known = ", ".join(
                    name
                    for column in kind.columns
                    for name in self._map.headings_of(kind.name, column.name)
                )
                self.problems.append(f"column {name!r} is not known in {kind.name}; it has {known}")
            elif name in used and self._names.count(name) > 1:
                self.problems.append(f"column {name!r} stands twice in the header")
