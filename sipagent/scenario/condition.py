"""Conditions: choices of a menu that are there only for some callers.

A condition is a name that a domain offers; it tells under which of its ``values`` a choice is
offered to this caller now, or that it is not offered. A choice with the prompt ``x`` says
``x-VALUE`` then, and ``x`` where the condition has no values: it holds, or it does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sipagent.scenario.talk import Talk

Kinds = tuple[type, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a choice is offered.

    Args:
        name: what a scenario calls it.
        values: the ways in which it may be offered; none where there is only one.
        needs: facts that have to be known before.
        test: returns one of ``values`` (any text where there are none), or the empty text for "not
            now".
    """

    name: str
    values: tuple[str, ...]
    needs: Kinds
    test: Callable[[Talk], str]

    def variants(self) -> tuple[str, ...]:
        """Return what is added to a prompt, in each way in which a choice may be offered."""
        return tuple(f"-{value}" for value in self.values) or ("",)

    def variant(self, talk: Talk) -> str | None:
        """Return what is added to a prompt now; None where a choice is not offered."""
        value = self.test(talk)
        if not value:
            return None
        return f"-{value}" if self.values else ""
