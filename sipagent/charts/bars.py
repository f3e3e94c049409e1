"""Bars: one beside the other, or one on top of the other."""

from sipagent.charts.frame import Chart, Frame
from sipagent.charts.theme import LIGHT, Theme

#: The share of a category that its bars take.
_SHARE = 0.72
SIZE = (680.0, 240.0)


def bars(chart: Chart, size: tuple[float, float] = SIZE, theme: Theme = LIGHT) -> str:
    """Return a chart with a bar for each value, those of a category side by side."""
    values = [value or 0.0 for series in chart.series for value in series.values]
    frame = Frame(chart, max(values, default=0.0), size, theme)
    width = frame.step * _SHARE / max(1, len(chart.series))
    for place, (series, style, colour) in enumerate(frame.styles()):
        for number, value in enumerate(series.values):
            if value:
                x = frame.x(number) + frame.step * (1 - _SHARE) / 2 + place * width
                y = frame.y(value)
                height = frame.bottom - y
                hint = frame.hint(series, number)
                frame.drawing.box(x, y, width, height, colour, hint=hint)
                frame.drawing.texture(x, y, width, height, style.texture)
    return frame.drawing.svg()


def stacked(chart: Chart, size: tuple[float, float] = SIZE, theme: Theme = LIGHT) -> str:
    """Return a chart with one bar a category, in which the values stand on each other."""
    sums = [0.0] * len(chart.categories)
    for series in chart.series:
        sums = [below + (value or 0.0) for below, value in zip(sums, series.values, strict=True)]
    frame = Frame(chart, max(sums, default=0.0), size, theme)
    width = frame.step * _SHARE
    heights = [0.0] * len(chart.categories)
    for series, style, colour in frame.styles():
        for number, value in enumerate(series.values):
            if value:
                x = frame.x(number) + frame.step * (1 - _SHARE) / 2
                bottom, top = frame.y(heights[number]), frame.y(heights[number] + value)
                heights[number] += value
                hint = frame.hint(series, number)
                frame.drawing.box(x, top, width, bottom - top, colour, hint=hint)
                frame.drawing.texture(x, top, width, bottom - top, style.texture)
                # What lies on another one is apart from it, whatever their colours.
                edge = (x, bottom), (x + width, bottom)
                frame.drawing.line(*edge, theme.ground, width=1.5)
    baseline = (frame.left, frame.bottom), (frame.left + frame.width, frame.bottom)
    frame.drawing.line(*baseline, theme.ink)
    return frame.drawing.svg()
