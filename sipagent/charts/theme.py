"""How charts look: colours on a light and on a dark ground, textures, dashes and markers.

Colours of series are those of Okabe and Ito (2008), which people who confuse red and green tell
apart, darkened or lightened until each has a contrast of 3:1 to its ground (WCAG 2.2, 1.4.11).
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Texture(StrEnum):
    """Lines that are laid over the area of a series."""

    PLAIN = "plain"
    RISING = "rising"
    LEVEL = "level"
    FALLING = "falling"
    UPRIGHT = "upright"
    CROSSED = "crossed"


class Marker(StrEnum):
    """What a point of a line is drawn as."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    CROSS = "cross"
    WEDGE = "wedge"


@dataclass(frozen=True, slots=True)
class Style:
    """How one series is told from the others, each in three ways."""

    texture: Texture
    marker: Marker
    #: Lengths of dashes and gaps (SVG, ``stroke-dasharray``); empty: a line without gaps.
    dash: str


#: In the order of the series.
STYLES = (
    Style(Texture.PLAIN, Marker.CIRCLE, ""),
    Style(Texture.RISING, Marker.SQUARE, "6 3"),
    Style(Texture.LEVEL, Marker.TRIANGLE, "2 3"),
    Style(Texture.FALLING, Marker.DIAMOND, "8 3 2 3"),
    Style(Texture.UPRIGHT, Marker.CROSS, "1 2"),
    Style(Texture.CROSSED, Marker.WEDGE, "12 3"),
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``.

    Args:
        ground: behind everything.
        ink: of texts and of the axis.
        quiet: of labels.
        grid: of lines that guide the eye.
        series: in their order, as many as there are styles.
        heat: from nothing to the most.
        variables: whether a page says the colours, so that one drawing fits each of its grounds.
    """

    ground: str
    ink: str
    quiet: str
    grid: str
    series: tuple[str, ...]
    heat: tuple[str, ...]
    variables: bool = False

    @property
    def names(self) -> dict[str, str]:
        """The colours by the names of their CSS variables."""
        series = {f"--chart-series-{place}": one for place, one in enumerate(self.series)}
        heat = {f"--chart-heat-{place}": one for place, one in enumerate(self.heat) if place}
        plain = ("ground", "ink", "quiet", "grid")
        return {**{f"--chart-{one}": getattr(self, one) for one in plain}, **series, **heat}

    def written(self, colour: str) -> str:
        """Return how one of the colours stands in a drawing."""
        if not self.variables:
            return colour
        named = {one: name for name, one in self.names.items()}
        return f"var({named[colour]})"


LIGHT = Theme(
    ground="#ffffff",
    ink="#1c222b",
    quiet="#545e6b",
    grid="#d6dbe1",
    series=("#0072b2", "#b35900", "#007a5a", "#a8487f", "#8a6d00", "#3d5a73"),
    heat=("#ffffff", "#d3e5f2", "#9cc6e3", "#5a9fcd", "#1f74ad", "#004a7c"),
)
DARK = Theme(
    ground="#14181f",
    ink="#eef1f5",
    quiet="#a9b4c2",
    grid="#3a434f",
    series=("#56b4e9", "#e69f00", "#2bbf95", "#e08fc0", "#f0e442", "#9fb6cc"),
    heat=("#14181f", "#163a55", "#1f5f8b", "#2b6f97", "#7ab8e2", "#cfe8fa"),
)
#: For pages: they have the colours of both as CSS variables.
PAGE = replace(LIGHT, variables=True)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
