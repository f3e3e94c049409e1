"""The way of a caller through a scenario, as the record of the call has it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sipagent.records.history import EventRow


@dataclass(frozen=True, slots=True)
class Visit:
    """A step that a caller came to, and how they left it; empty: the call ended there."""

    step: str
    at_ms: int
    outcome: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """All steps of a call, in their order."""

    steps: tuple[Visit, ...] = ()

    def visits(self, step: str) -> tuple[int, ...]:
        """Return which of them were a step, counted from 1."""
        return tuple(at for at, one in enumerate(self.steps, start=1) if one.step == step)

    def took(self, step: str, outcomes: Collection[str], target: str) -> bool:
        """Return whether the caller went from a step to another one, by one of these outcomes."""
        return any(
            one.step == step and one.next == target and one.outcome in outcomes
            for one in self.steps
        )

    def unknown(self, steps: Collection[str]) -> tuple[str, ...]:
        """Return the steps of the way that are none of these, each once."""
        return tuple(dict.fromkeys(one.step for one in self.steps if one.step not in steps))


def way_of(timeline: Sequence[EventRow]) -> Way:
    """Return the way of a call."""
    steps: list[Visit] = []
    for event in timeline:
        details = event.details
        if event.kind == "step":
            steps.append(Visit(str(details["step"]), event.at_ms))
        elif event.kind == "outcome" and steps:
            last = steps[-1]
            steps[-1] = Visit(
                last.step, last.at_ms, str(details["outcome"]), str(details["next"])
            )  # fmt: skip
    return Way(tuple(steps))
