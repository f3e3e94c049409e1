"""Codes that a phone of the house dials, such as ``*97``: each is answered by a step."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sipagent.exchange.steps.mailbox import Mailbox, MailboxSettings
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


def _own_box(found: re.Match[str]) -> Step:
    return Mailbox("mailbox", MailboxSettings())


def _box_of(found: re.Match[str]) -> Step:
    return Mailbox("mailbox", MailboxSettings(number=found[1]))


#: In the order in which they are tried; before them come the numbers of emergency services.
CODES: Sequence[Code] = (
    Code(re.compile(r"\*97"), _own_box),
    Code(re.compile(r"\*98([0-9]{2,6})"), _box_of),
)


def coded(dialled: str) -> Step | None:
    """Return the step that a code means; None where it is no code."""
    for code in CODES:
        if found := code.shape.fullmatch(dialled.removesuffix("#")):
            return code.step(found)
    return None
