"""Codes that a phone of the house dials, such as ``*97``: each is answered by a step."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sipagent.scenario.step import Step


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the house.

    Args:
        shape: what is dialled, without a ``#`` at its end.
        step: returns who takes the call; whose phone it is stands in the talk's ``Led.caller``.
    """

    shape: re.Pattern[str]
    step: Callable[[re.Match[str]], Step]


#: In the order in which they are tried; before them come the numbers of emergency services.
CODES: Sequence[Code] = ()


def coded(dialled: str) -> Step | None:
    """Return the step that a code means; None where it is no code."""
    for code in CODES:
        if found := code.shape.fullmatch(dialled.removesuffix("#")):
            return code.step(found)
    return None


#: Before a number: whoever is called is not to see who calls, this once. Networks have ``*31*``
#: (ETSI EN 300 090, CLIR), mobiles ``#31#`` (ETSI TS 122 030, annex B).
_UNSHOWN = re.compile(r"(?:\*31\*|#31#)(?P<number>\+?[0-9]{2,})#?")


def unshown(dialled: str) -> str:
    """Return the number that is to be called so that it sees none; empty: all others."""
    found = _UNSHOWN.fullmatch(dialled)
    return found["number"] if found else ""
