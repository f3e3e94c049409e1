"""A drawing in SVG 1.1: shapes and texts, written in one place, whatever stands in them."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from sipagent.charts.theme import LIGHT, Marker, Texture, Theme

Point = tuple[float, float]

#: Pages have their own; on paper there is one font.
_FONTS = "Noto Sans, Segoe UI, Helvetica, Arial, sans-serif"
#: The usual size of a text, how wide a letter of it is at the most on average, both in pixels.
SIZE, LETTER = 11.0, 6.2
#: Pixels between the lines of a texture.
_APART = 5.0
#: Half of the width of a marker, and its corners around its middle.
_HALF = 4.0
_OUTLINES: dict[Marker, tuple[Point, ...]] = {
    Marker.CIRCLE: tuple(
        (_HALF * math.cos(turn * math.pi / 8), _HALF * math.sin(turn * math.pi / 8))
        for turn in range(16)
    ),
    Marker.SQUARE: ((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)),
    Marker.TRIANGLE: ((0, -4.5), (4.5, 4), (-4.5, 4)),
    Marker.DIAMOND: ((0, -5), (5, 0), (0, 5), (-5, 0)),
    Marker.CROSS: (
        *((-1.5, -4.5), (1.5, -4.5), (1.5, -1.5), (4.5, -1.5), (4.5, 1.5), (1.5, 1.5)),
        *((1.5, 4.5), (-1.5, 4.5), (-1.5, 1.5), (-4.5, 1.5), (-4.5, -1.5), (-1.5, -1.5)),
    ),
    Marker.WEDGE: ((-4.5, -4), (4.5, -4), (0, 4.5)),
}
#: Characters that XML cannot have (XML 1.0, 2.2).
_NONE = dict.fromkeys(range(32), " ") | {0xFFFE: " ", 0xFFFF: " "}


class Drawing:
    """Shapes on a ground; lengths in pixels, from the top left.

    Args:
        title: what it is, for screen readers and as the name of the picture.
        description: what can be seen, for those who cannot.
        width: of all of it.
        height: of all of it.
        theme: its colours.
    """

    def __init__(
        self, title: str, description: str, width: float, height: float, theme: Theme = LIGHT
    ) -> None:
        self.theme = theme
        self.width, self.height = width, height
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'role="img" font-family="{_FONTS}">',
            f"<title>{_text(title)}</title>",
            f"<desc>{_text(description)}</desc>",
        ]
        self.box(0, 0, width, height, theme.ground)

    def svg(self) -> str:
        """Return the drawing as a document that may also stand within a page."""
        return "\n".join([*self._parts, "</svg>"])

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, *, hint: str = ""
    ) -> None:
        """Fill a rectangle; the hint is shown to who points at it."""
        shape = f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
        filled = f'{shape} fill="{self.theme.written(colour)}"'
        self._parts.append(_hinted(filled, "rect", hint))

    def texture(self, x: float, y: float, width: float, height: float, texture: Texture) -> None:
        """Lay the lines of a texture over a rectangle, in the colour of the ground."""
        for start, end in _lines(texture, x, y, width, height):
            self.line(start, end, self.theme.ground, width=1.0)

    def line(self, start: Point, end: Point, colour: str, *, width: float = 1.0) -> None:
        """Draw a straight line."""
        self._parts.append(
            f'<line x1="{start[0]:.2f}" y1="{start[1]:.2f}" x2="{end[0]:.2f}" y2="{end[1]:.2f}" '
            f'stroke="{self.theme.written(colour)}" stroke-width="{width:g}"/>'
        )

    def path(self, points: Sequence[Point], colour: str, *, dash: str = "") -> None:
        """Draw a line through points."""
        steps = " L ".join(f"{x:.2f} {y:.2f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path d="M {steps}" fill="none" stroke="{self.theme.written(colour)}" '
            f'stroke-width="2"{dashed}/>'
        )

    def marker(self, at: Point, marker: Marker, colour: str, *, hint: str = "") -> None:
        """Draw the point of a line."""
        outline = " L ".join(f"{at[0] + x:.2f} {at[1] + y:.2f}" for x, y in _OUTLINES[marker])
        shape = f'<path d="M {outline} Z" fill="{self.theme.written(colour)}"'
        self._parts.append(_hinted(shape, "path", hint))

    def text(
        self,
        at: Point,
        text: str,
        *,
        colour: str = "",
        size: float = SIZE,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write a text at its base line; the anchor is ``start``, ``middle`` or ``end`` of it."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{at[0]:.2f}" y="{at[1]:.2f}" font-size="{size:g}" text-anchor="{anchor}" '
            f'fill="{self.theme.written(colour or self.theme.ink)}"{weight}>{_text(text)}</text>'
        )


def _lines(
    texture: Texture, x: float, y: float, width: float, height: float
) -> Iterator[tuple[Point, Point]]:
    """Yield the lines of a texture within a rectangle."""
    if texture in (Texture.RISING, Texture.CROSSED):
        yield from _rising(x, y, width, height)
    if texture in (Texture.FALLING, Texture.CROSSED):
        for (left, low), (right, high) in _rising(x, y, width, height):
            yield (2 * x + width - left, low), (2 * x + width - right, high)
    if texture is Texture.LEVEL:
        for down in _steps(height):
            yield (x, y + down), (x + width, y + down)
    if texture is Texture.UPRIGHT:
        for right in _steps(width):
            yield (x + right, y), (x + right, y + height)


def _rising(x: float, y: float, width: float, height: float) -> Iterator[tuple[Point, Point]]:
    for step in _steps(width + height):
        low = x + max(0.0, step - height), y + min(step, height)
        high = x + min(step, width), y + max(0.0, step - width)
        yield low, high


def _steps(length: float) -> Iterator[float]:
    return (number * _APART for number in range(1, math.ceil(length / _APART)))


def _hinted(shape: str, tag: str, hint: str) -> str:
    return f"{shape}><title>{_text(hint)}</title></{tag}>" if hint else f"{shape}/>"


def _text(text: str) -> str:
    return escape(text.translate(_NONE))
