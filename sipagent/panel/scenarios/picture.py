"""A scenario as elements joined by arrows, with what the checker says of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sipagent.panel.scenarios.exits import Exit, exits
from sipagent.panel.scenarios.layout import Place, arranged
from sipagent.panel.scenarios.way import Way
from sipagent.scenario.graph import Draft
from sipagent.scenario.loader import Examined
from sipagent.toml import Mistake

#: Pixels: the width of an element, the height of its head and of each of its exits.
WIDTH, HEAD, ROW = 200, 52, 26
#: Free pixels around all elements.
_MARGIN = 40
#: How far an arrow goes on in the direction in which it leaves, in pixels.
_LEAST, _MOST = 50, 220


@dataclass(frozen=True, slots=True)
class Element:
    """A step."""

    name: str
    type: str
    place: Place
    exits: tuple[Exit, ...]
    mistakes: tuple[Mistake, ...]
    #: The prompts that it says, by their keys, each once.
    says: tuple[str, ...]
    #: Which visits of a caller's way were here, counted from 1; none where no way is shown.
    visits: tuple[int, ...] = ()

    @property
    def height(self) -> int:
        """Pixels from its top to its bottom."""
        return _height(self.exits)


@dataclass(frozen=True, slots=True)
class Arrow:
    """From an exit to the element that follows: a Bézier curve of four points."""

    source: str
    exit: str
    target: str
    points: tuple[Place, Place, Place, Place]
    #: Whether a caller went this way.
    taken: bool = False

    @property
    def back(self) -> bool:
        """Whether it leads back, against the way of reading."""
        return self.points[0].x > self.points[3].x

    @property
    def path(self) -> str:
        """The curve as SVG draws it."""
        begin, first, second, end = self.points
        return f"M{begin.x},{begin.y} C{first.x},{first.y} {second.x},{second.y} {end.x},{end.y}"


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a scenario."""

    start: str
    elements: tuple[Element, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    #: What is wrong, but in no single step.
    mistakes: tuple[Mistake, ...]

    @property
    def count(self) -> int:
        """How many mistakes there are."""
        return len(self.mistakes) + sum(len(one.mistakes) for one in self.elements)


def picture(
    found: Examined, mistakes: Sequence[Mistake], places: Mapping[str, Place], way: Way
) -> Picture:
    """Return the drawing of a scenario.

    Args:
        found: what its file says.
        mistakes: all that are known.
        places: where elements stand; those that are not named are put somewhere.
        way: that a caller went; empty: none is shown.
    """
    leaving = {name: tuple(exits(draft)) for name, draft in found.drafts.items()}
    targets = {name: [one.target for one in each] for name, each in leaving.items()}
    start = found.table.start if found.table else ""
    heights = {name: _height(each) for name, each in leaving.items()}
    where = arranged(targets, start, heights, places)
    elements = tuple(
        Element(
            name,
            draft.table.type,
            where[name],
            leaving[name],
            tuple(one for one in mistakes if one.keys[:2] == ("steps", name)),
            _says(draft),
            way.visits(name),
        )
        for name, draft in found.drafts.items()
    )
    general = tuple(one for one in mistakes if not _in_a_step(one, where))
    return Picture(start, elements, tuple(_arrows(elements, way)), *_size(elements), general)


def _in_a_step(mistake: Mistake, steps: Mapping[str, Place]) -> bool:
    return len(mistake.keys) > 1 and mistake.keys[0] == "steps" and mistake.keys[1] in steps


def _says(draft: Draft) -> tuple[str, ...]:
    """Return the keys of the prompts of a step, each once."""
    lines = draft.step.lines() if draft.step else ()
    return tuple(dict.fromkeys(key for line in lines for key in line.prompts))


def _height(leaving: Sequence[Exit]) -> int:
    return HEAD + ROW * len(leaving)


def _size(elements: Sequence[Element]) -> tuple[int, int]:
    right = max((one.place.x + WIDTH for one in elements), default=0)
    bottom = max((one.place.y + one.height for one in elements), default=0)
    return right + 2 * _MARGIN, bottom + _MARGIN


def _arrows(elements: Sequence[Element], way: Way) -> Iterator[Arrow]:
    by_name = {one.name: one for one in elements}
    for element in elements:
        for row, leaving in enumerate(element.exits):
            target = by_name.get(leaving.target)
            if target is not None:
                points = _curve(_socket(element, row), _entry(target))
                taken = way.took(element.name, leaving.outcomes, target.name)
                yield Arrow(element.name, leaving.name, target.name, points, taken)


def _socket(element: Element, row: int) -> Place:
    """Return where an exit is left."""
    return Place(element.place.x + WIDTH, element.place.y + HEAD + ROW * row + ROW // 2)


def _entry(element: Element) -> Place:
    return Place(element.place.x, element.place.y + HEAD // 2)


def _curve(begin: Place, end: Place) -> tuple[Place, Place, Place, Place]:
    """Return a curve that leaves to the right, and comes in from the left."""
    ahead = end.x - begin.x
    bend = max(_LEAST, ahead // 2) if ahead > 0 else min(_MOST, _LEAST - ahead // 3)
    return begin, Place(begin.x + bend, begin.y), Place(end.x - bend, end.y), end
