"""What scenarios can be made of: kinds of steps and conditions, those of the house and others."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sipagent.scenario.condition import Condition
from sipagent.scenario.menu import Menu
from sipagent.scenario.step import StepClass
from sipagent.scenario.steps import Announcement, HangUp
from sipagent.scenario.transfer import Transfer

Kind = TypeVar("Kind")

#: The steps that any scenario may have.
GENERAL: tuple[StepClass, ...] = (Announcement, HangUp, Menu, Transfer)


class Vocabulary:
    """Steps by their types and conditions by their names.

    Args:
        steps: what domains add to the general ones.
        conditions: what domains add.

    Raises:
        ValueError: two have the same name.
    """

    def __init__(
        self, steps: Iterable[StepClass] = (), conditions: Iterable[Condition] = ()
    ) -> None:
        self.steps: Mapping[str, StepClass] = _by_name(
            (step.type, step) for step in (*GENERAL, *steps)
        )
        self.conditions: Mapping[str, Condition] = _by_name((one.name, one) for one in conditions)


def _by_name(named: Iterable[tuple[str, Kind]]) -> Mapping[str, Kind]:
    found: dict[str, Kind] = {}
    for name, one in named:
        if name in found:
            raise ValueError(f"{name!r} is the name of two: {found[name]!r} and {one!r}")
        found[name] = one
    return found
