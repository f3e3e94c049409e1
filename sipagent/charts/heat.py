"""A heat map: how much there is of something in each row and column, such as days and hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.charts.drawing import LETTER, Drawing
from sipagent.charts.theme import LIGHT, Theme, contrast

_TOP, _BELOW, _ROW = 30.0, 22.0, 22.0
#: Of the narrowest column that has its figure in it, in letters.
_ROOM = 3


@dataclass(frozen=True, slots=True)
class Heat:
    """What is to be seen: a value for each row and column, each a whole number of 0 or more."""

    title: str
    description: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[int]]


def heat(chart: Heat, width: float = 680.0, theme: Theme = LIGHT) -> str:
    """Return a heat map; the figures stand in it, so that nobody has to compare colours."""
    drawing = Drawing(
        chart.title,
        chart.description,
        width,
        _TOP + len(chart.rows) * _ROW + _BELOW,
        theme,
    )
    drawing.text((0, 14), chart.title, size=13, bold=True)
    left = max((len(name) for name in chart.rows), default=0) * LETTER + 8
    step = (width - left) / max(1, len(chart.columns))
    most = max((value for row in chart.values for value in row), default=0)
    for down, name in enumerate(chart.rows):
        y = _TOP + down * _ROW
        drawing.text((0, y + 15), name, colour=theme.quiet)
        for across, value in enumerate(chart.values[down]):
            x = left + across * step
            colour = _colour(value, most, theme)
            hint = f"{name}, {chart.columns[across]}: {value}"
            drawing.box(x, y, step - 1, _ROW - 1, colour, hint=hint)
            if value and step >= _ROOM * LETTER:
                ink = max((theme.ink, theme.ground), key=lambda one: contrast(one, colour))
                drawing.text(
                    (x + step / 2, y + 15), str(value), colour=ink, anchor="middle", size=10
                )
    for across, name in enumerate(chart.columns):
        at = left + (across + 0.5) * step, _TOP + len(chart.rows) * _ROW + 14
        drawing.text(at, name, colour=theme.quiet, anchor="middle", size=10)
    return drawing.svg()


def _colour(value: int, most: int, theme: Theme) -> str:
    """Return the colour of a value: only nothing has the colour of nothing."""
    if not value:
        return theme.heat[0]
    shades = len(theme.heat) - 1
    return theme.heat[max(1, -(-value * shades // most))]
