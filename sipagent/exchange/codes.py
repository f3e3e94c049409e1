"""Codes that a phone of the house dials, such as ``*97``: each is answered by a step."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sipagent.exchange.attendant import PLACE
from sipagent.exchange.steps.fetch import Fetch, FetchSettings
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
CODES: Sequence[Code] = (
    Code(PLACE, lambda dialled: Fetch("fetch", FetchSettings(place=dialled[0]))),
)


def coded(dialled: str) -> Step | None:
    """Return the step that a code means; None where it is no code."""
    for code in CODES:
        if found := code.shape.fullmatch(dialled.removesuffix("#")):
            return code.step(found)
    return None
