"""Pictures of the room ``charts`` in the colours of the page, whichever it has."""

from markupsafe import Markup

from sipagent.charts.theme import LIGHT, Theme

#: Colours that ``static/panel.css`` has for light and dark.
PAGE = Theme(
    ground="var(--paper)",
    ink="var(--ink)",
    quiet="var(--faint)",
    grid="var(--line)",
    series=("var(--accent)",) * len(LIGHT.series),
    heat=LIGHT.heat,
)


def standing(svg: str) -> Markup:
    """Return a picture as a part of a page; what stands in it was escaped when it was drawn."""
    return Markup(svg)
