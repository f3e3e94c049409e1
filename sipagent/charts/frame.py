"""What all charts have: a heading, a legend, a scale with round figures, names below."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sipagent.charts.drawing import LETTER, Drawing, Point
from sipagent.charts.theme import LIGHT, STYLES, Style, Theme

#: What is left free around a chart, and the height of a row of the legend, in pixels.
_TOP, _RIGHT, _LEGEND = 30.0, 12.0, 20.0
#: Below the names of the categories, between two names, and around the figures of the scale.
_BELOW, _BETWEEN, _BESIDE = 24.0, 10.0, 8.0
#: How many lines a scale has at the most, what is too little for one, and its steps in seconds.
_LINES = 5
_NOTHING = 1e-9
_CLOCK = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_HOUR = 3600
#: What a scale of counts goes up to at the least: its steps are whole numbers then.
WHOLE = float(_LINES)

#: Returns how a value is written.
Told = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each category; None: there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be seen.

    Args:
        title: stands above it.
        description: what it shows, for those who do not see it.
        categories: names along it, such as days.
        series: at most as many as there are styles, each as long as the categories.
        told: how values are written.
        most: the least value that the scale goes up to.
        clock: whether values are seconds, and the scale has round minutes and hours.
    """

    title: str
    description: str
    categories: Sequence[str]
    series: Sequence[Series]
    told: Told = "{:g}".format
    most: float = 0.0
    clock: bool = False

    def __post_init__(self) -> None:
        if len(self.series) > len(STYLES):
            raise ValueError(f"a chart has {len(STYLES)} series at the most: {self.title}")
        if any(len(one.values) != len(self.categories) for one in self.series):
            raise ValueError(f"each series has a value for each category: {self.title}")


class Frame:
    """The drawing of a chart, with everything but its values.

    Args:
        chart: what is to be seen.
        highest: the highest value that is drawn.
        size: width and height in pixels.
        theme: colours.
        points: whether the series are lines with points, and not areas.
    """

    def __init__(
        self,
        chart: Chart,
        highest: float,
        size: tuple[float, float],
        theme: Theme = LIGHT,
        *,
        points: bool = False,
    ) -> None:
        self.drawing = Drawing(chart.title, chart.description, *size, theme)
        self._chart = chart
        self._points = points
        ticks = scale(max(highest, chart.most), clock=chart.clock)
        self._highest = ticks[-1]
        labels = [chart.told(tick) for tick in ticks]
        legend = self._legend_rows(size[0])
        self.left = max(map(len, labels)) * LETTER + 2 * _BESIDE
        self.top = _TOP + len(legend) * _LEGEND
        self.bottom = size[1] - _BELOW
        self.width = size[0] - self.left - _RIGHT
        self.drawing.text((0, 14), chart.title, size=13, bold=True)
        for row, entries in enumerate(legend):
            for x, number in entries:
                self._entry(x, _TOP + row * _LEGEND, number)
        for tick, label in zip(ticks, labels, strict=True):
            self._tick(tick, label)
        self._names()

    @property
    def step(self) -> float:
        """The width of a category."""
        return self.width / max(1, len(self._chart.categories))

    def x(self, number: int) -> float:
        """Return where a category begins."""
        return self.left + number * self.step

    def y(self, value: float) -> float:
        """Return how far down a value is."""
        return self.bottom - (self.bottom - self.top) * value / self._highest

    def styles(self) -> Iterator[tuple[Series, Style, str]]:
        """Yield the series, each with its style and its colour."""
        yield from zip(self._chart.series, STYLES, self.drawing.theme.series, strict=False)

    def hint(self, series: Series, number: int) -> str:
        """Return what a value is, for who points at it."""
        value = series.values[number]
        told = "–" if value is None else self._chart.told(value)
        return f"{self._chart.categories[number]}, {series.name}: {told}"

    def _legend_rows(self, width: float) -> list[list[tuple[float, int]]]:
        """Return where the names of the series stand; nowhere where there is only one."""
        if len(self._chart.series) < 2:
            return []
        rows: list[list[tuple[float, int]]] = [[]]
        x = 0.0
        for number, series in enumerate(self._chart.series):
            room = 18 + len(series.name) * LETTER + 2 * _BETWEEN
            if x + room > width and rows[-1]:
                rows.append([])
                x = 0.0
            rows[-1].append((x, number))
            x += room
        return rows

    def _entry(self, x: float, y: float, number: int) -> None:
        style, colour = STYLES[number], self.drawing.theme.series[number]
        if self._points:
            self.drawing.path([(x, y), (x + 14, y)], colour, dash=style.dash)
            self.drawing.marker((x + 7, y), style.marker, colour)
        else:
            self.drawing.box(x, y - 6, 12, 12, colour)
            self.drawing.texture(x, y - 6, 12, 12, style.texture)
        self.drawing.text((x + 18, y + 4), self._chart.series[number].name)

    def _tick(self, tick: float, label: str) -> None:
        theme, y = self.drawing.theme, self.y(tick)
        colour = theme.grid if tick else theme.ink
        self.drawing.line((self.left, y), (self.left + self.width, y), colour)
        at = self.left - _BESIDE, y + 4
        self.drawing.text(at, label, colour=theme.quiet, anchor="end")

    def _names(self) -> None:
        """Write as many names of categories as have room, evenly."""
        names = self._chart.categories
        if not names:
            return
        room = max(map(len, names)) * LETTER + _BETWEEN
        every = max(1, math.ceil(room / self.step))
        for number in range(0, len(names), every):
            at: Point = (self.x(number) + self.step / 2, self.bottom + 16)
            self.drawing.text(at, names[number], colour=self.drawing.theme.quiet, anchor="middle")


def scale(highest: float, *, clock: bool = False) -> list[float]:
    """Return round figures from 0 to the highest value or above: steps of 1, 2 or 5.

    Args:
        highest: 0 or more.
        clock: whether they are seconds, and steps are those of clocks.
    """
    if highest < _NOTHING:
        return [0.0, 1.0]
    if clock and highest > _CLOCK[-1] * _LINES:
        return [_HOUR * hours for hours in scale(highest / _HOUR)]
    power = 10.0 ** math.floor(math.log10(highest / _LINES))
    steps = [*(_CLOCK if clock else ()), *(power * one for one in (1, 2, 5, 10))]
    step = next(one for one in steps if one * _LINES >= highest * (1 - 1e-9))
    return [float(step * number) for number in range(math.ceil(highest / step * (1 - 1e-9)) + 1)]
