"""A list that is put in order: each row has the same controls; a script moves rows about.

Without a script each row has a place that can be typed, and there are empty rows for what is new.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sipagent.exchange.model import Exchange
from sipagent.panel.forms.fields import Choice, Field, Sent, Typed
from sipagent.panel.forms.naming import NOTHING, Among, named, nothing
from sipagent.panel.web import Visit
from sipagent.panel.words import Words

#: Between the cells of a row, where it is text (``Typed``).
_TAB = "\t"
#: Empty rows for what is new.
_SPARE = 2
_CONTROL = re.compile(r"([a-z_]+)\.([0-9]{1,4})\.([a-z_]+)", re.ASCII)
_PLACE = "place"
_LAST = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """A control of each row.

    Args:
        name: of it; ``column.FIELD.NAME`` is what it is called.
        input: type of the control, as HTML has it; ``select``: one of what can be chosen.
        inputmode: keys that a telephone shows.
        usual: what stands in it in a new row.
    """

    name: str
    input: str = "text"
    inputmode: str = ""
    usual: str = ""


def alone(item: Any) -> Sequence[str]:
    """Return a value that is text as the only cell of its row."""
    return (str(item),)


def first(cells: Sequence[str]) -> object:
    """Return the value of a row that has one cell."""
    return cells[0]


@dataclass(frozen=True, slots=True)
class Rows(Field):
    """Values in order, each a row; one whose first cell is empty is none.

    Args:
        columns: the controls of each row.
        among: what can be chosen in those that are selects.
        apart: returns the cells of a value that is kept.
        together: returns the value of cells.
        ordered: whether their order means something.
    """

    template: ClassVar[str] = "forms/rows.html"

    columns: tuple[Column, ...] = ()
    among: Among = nothing
    apart: Callable[[Any], Sequence[str]] = field(default=alone)
    together: Callable[[Sequence[str]], object] = field(default=first)
    ordered: bool = True

    def sent(self, form: Sent) -> Typed:
        """Return the rows, by their places and as they came."""
        rows: dict[str, dict[str, str]] = {}
        for control, text in form.items():
            found = _CONTROL.fullmatch(control)
            if found is not None and found[1] == self.name:
                rows.setdefault(found[2], {})[found[3]] = " ".join(text.split())
        placed = sorted(rows.values(), key=_place) if self.ordered else rows.values()
        cells = ([row.get(column.name, "") for column in self.columns] for row in placed)
        return tuple(_TAB.join(one) for one in cells if one[0])

    def typed(self, value: object) -> Typed:
        """Return a row for each value."""
        return tuple(_TAB.join(self.apart(one)) for one in _items(value))

    def value(self, typed: Typed) -> object:
        """Return the values of the rows."""
        return [self.together(row.split(_TAB)) for row in typed]

    def told(self, words: Words, value: object) -> str:
        """Return the values as people read them."""
        found = (filter(None, self.apart(one)) for one in _items(value))
        return ", ".join(" ".join(words.known(f"choice.{self.name}", cell) for cell in cells)
                         for cells in found)  # fmt: skip

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what selects offer."""
        return self.among(visit, there)

    def offered(self, choices: Sequence[Choice], cell: str) -> Sequence[Choice]:
        """Return what the select of a cell offers: everything where it is empty, else to leave it.

        With all of it in each row a page of a long list would be as large as its square.
        """
        if not cell:
            return choices
        text = next((one.text for one in choices if one.value == cell), cell)
        return Choice(cell, text), NOTHING

    def drawn(self, typed: Typed) -> Iterator[Sequence[tuple[Column, str]]]:
        """Yield the rows with their cells, and empty ones."""
        for row in typed:
            yield tuple(zip(self.columns, row.split(_TAB), strict=True))
        for _ in range(_SPARE):
            yield tuple((column, column.usual) for column in self.columns)


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _place(row: Mapping[str, str]) -> int:
    """Return where a row is to be; who says nothing comes last."""
    place = row.get(_PLACE, "")
    return int(place) if place.isascii() and place.isdecimal() and len(place) < 6 else _LAST


@dataclass(frozen=True, slots=True)
class References(Rows):
    """Rows whose first cell refers to an entry, such as ``user:Anna Nowak``."""

    def told(self, words: Words, value: object) -> str:
        """Return whom they refer to, as people read it."""
        return ", ".join(named(words, self.apart(one)[0]) for one in _items(value))
