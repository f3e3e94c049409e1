"""Lines through the values of categories that follow each other, such as days."""

from sipagent.charts.bars import SIZE
from sipagent.charts.drawing import Point
from sipagent.charts.frame import Chart, Frame
from sipagent.charts.theme import LIGHT, Theme

#: With more points than that, markers would hide the line.
_MARKED = 62


def lines(chart: Chart, size: tuple[float, float] = SIZE, theme: Theme = LIGHT) -> str:
    """Return a chart with a line for each series; it is broken where there is no value."""
    values = [value for series in chart.series for value in series.values if value is not None]
    frame = Frame(chart, max(values, default=0.0), size, theme, points=True)
    for series, style, colour in frame.styles():
        piece: list[Point] = []
        for number, value in enumerate([*series.values, None]):
            if value is not None:
                piece.append((frame.x(number) + frame.step / 2, frame.y(value)))
                if len(chart.categories) <= _MARKED:
                    hint = frame.hint(series, number)
                    frame.drawing.marker(piece[-1], style.marker, colour, hint=hint)
                continue
            if len(piece) > 1:
                frame.drawing.path(piece, colour, dash=style.dash)
            piece = []
    return frame.drawing.svg()
