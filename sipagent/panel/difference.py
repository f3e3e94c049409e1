"""How two texts differ, line by line, for pages of versions."""

import difflib
from dataclasses import dataclass

#: Lines around a difference that are shown as well.
_AROUND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: ``+``, ``-``, a blank, or ``@`` where some are left out."""

    mark: str
    text: str


def lines(first: str, second: str) -> list[Line]:
    """Return what is to be changed in the first text so that it becomes the second one."""
    told = difflib.unified_diff(
        first.splitlines(), second.splitlines(), lineterm="", n=_AROUND
    )  # fmt: skip
    return [Line(one[:1], "" if one.startswith("@") else one[1:]) for one in list(told)[2:]]
