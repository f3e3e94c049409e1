"""Days and their hours: from when until when something is open on each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.charts.drawing import LETTER, Drawing
from sipagent.charts.theme import LIGHT, Texture, Theme

#: From when until when, in minutes of the day.
Stretch = tuple[int, int]

_DAY = 24 * 60
#: Of a title, of the hours above the days, and of a day; in pixels.
_TITLE, _HOURS, _ROW = 22.0, 20.0, 34.0
#: Hours between two lines, and letters that a stretch has room for where its times stand in it.
_APART, _ROOM = 3, 11


@dataclass(frozen=True, slots=True)
class Day:
    """One day.

    Args:
        name: of it.
        open: when it is open, in order.
        shut: when it is closed all the same.
        note: what is particular about it.
    """

    name: str
    open: Sequence[Stretch]
    shut: Sequence[Stretch] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """What is to be seen; ``now`` is a day, counted from 0, and a minute of it."""

    title: str
    description: str
    days: Sequence[Day]
    now: tuple[int, int] | None = None


def week(chart: Week, width: float = 680.0, theme: Theme = LIGHT) -> str:
    """Return a picture with a row for each day; times stand in it, and hints have all of them."""
    top = _TITLE + _HOURS
    bottom = top + len(chart.days) * _ROW
    drawing = Drawing(chart.title, chart.description, width, bottom + 6, theme)
    drawing.text((0, 14), chart.title, size=13, bold=True)
    names = (name for day in chart.days for name in (day.name, day.note))
    left = max(map(len, names), default=0) * LETTER + 12
    hour = (width - left - 12) / 24
    for at in range(0, 25, _APART):
        x = left + at * hour
        drawing.line((x, top), (x, bottom), theme.grid)
        drawing.text((x, top - 6), f"{at}", colour=theme.quiet, anchor="middle", size=10)
    for number, day in enumerate(chart.days):
        _draw(drawing, day, left, top + number * _ROW, hour)
    if chart.now is not None:
        number, minute = chart.now
        x, y = left + minute * hour / 60, top + number * _ROW
        drawing.line((x, y), (x, y + _ROW), theme.ink, width=2.5)
    return drawing.svg()


def clock(minute: int) -> str:
    """Return a minute of a day as clocks show it; its end is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _draw(drawing: Drawing, day: Day, left: float, y: float, hour: float) -> None:
    """Draw a day, whose row begins there."""
    theme, height = drawing.theme, _ROW - 8
    drawing.line((0, y), (left + 24 * hour, y), theme.grid)
    drawing.text((0, y + (16 if day.note else 21)), day.name)
    if day.note:
        drawing.text((0, y + 29), day.note, colour=theme.quiet, size=10)
    minute = hour / 60
    for start, end in day.open:
        x, wide = left + start * minute, (end - start) * minute
        told = f"{clock(start)}–{clock(end)}"
        drawing.box(x, y + 4, wide, height, theme.series[0], hint=f"{day.name}, {told}")
        if wide >= _ROOM * LETTER:
            at = x + wide / 2, y + 21
            drawing.text(at, told, colour=theme.ground, anchor="middle")
    for start, end in day.shut:
        x, wide = left + start * minute, (end - start) * minute
        drawing.texture(x, y + 4, wide, height, Texture.CROSSED)
