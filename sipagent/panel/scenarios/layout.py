"""Where elements stand that nobody has put anywhere: in columns, along the way of a caller."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

#: Pixels from one column to the next, and between two elements of a column.
COLUMN, GAP = 260, 30
#: Places are multiples of so many pixels.
GRID = 10
#: Where the first element stands.
FIRST = 20
#: How often elements look for a better place in their column.
_SWEEPS = 4


class Place(NamedTuple):
    """The upper left corner of an element, in pixels from that of the drawing."""

    x: int
    y: int


def arranged(
    ways: Mapping[str, Sequence[str]],
    start: str,
    heights: Mapping[str, int],
    known: Mapping[str, Place],
) -> dict[str, Place]:
    """Return a place for each element.

    Args:
        ways: element → those that may follow.
        start: where callers begin.
        heights: of the elements, in pixels.
        known: places that somebody has chosen; they stay.
    """
    chosen = {name: place for name, place in known.items() if name in ways}
    if not chosen:
        return _stacked(_ordered(_columns(ways, start), ways), heights)
    below = max(place.y + heights[name] for name, place in chosen.items()) + GAP
    new = [name for name in ways if name not in chosen]
    beside = {name: Place(FIRST + COLUMN * at, _even(below)) for at, name in enumerate(new)}
    return {name: chosen.get(name) or beside[name] for name in ways}


def snapped(x: float, y: float) -> Place:
    """Return the nearest place on the grid, which is never outside the drawing."""
    return Place(*(max(0, GRID * round(min(value, 20_000) / GRID)) for value in (x, y)))


def _columns(ways: Mapping[str, Sequence[str]], start: str) -> list[list[str]]:
    """Return the elements by how many steps a caller needs to get there; strays come last."""
    depths = {start: 0} if start in ways else {}
    waiting = list(depths)
    for name in waiting:
        for target in ways[name]:
            if target in ways and target not in depths:
                depths[target] = depths[name] + 1
                waiting.append(target)
    strays = [name for name in ways if name not in depths]
    columns: list[list[str]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for name, depth in depths.items():
        columns[depth].append(name)
    return [*columns, strays] if strays else columns


def _ordered(columns: list[list[str]], ways: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return columns in which elements stand near those that lead to them."""
    before: dict[str, list[str]] = {name: [] for name in ways}
    for name, targets in ways.items():
        for target in targets:
            before.setdefault(target, []).append(name)
    for _ in range(_SWEEPS):
        at = {name: row for column in columns for row, name in enumerate(column)}
        for column in columns:
            # The sort is stable: who has no neighbour keeps the order of the file.
            column.sort(key=lambda name: _middle([at[one] for one in before[name] if one in at]))
            at.update({name: row for row, name in enumerate(column)})
    return columns


def _middle(rows: list[int]) -> float:
    return sum(rows) / len(rows) if rows else 0.0


def _stacked(columns: list[list[str]], heights: Mapping[str, int]) -> dict[str, Place]:
    places = {}
    for at, column in enumerate(columns):
        y = FIRST
        for name in column:
            places[name] = Place(FIRST + COLUMN * at, y)
            y = _even(y + heights[name] + GAP)
    return places


def _even(value: int) -> int:
    return GRID * -(-value // GRID)
