"""How the caller leaves a step: one exit for each arrow, joined or still open."""

from collections.abc import Iterator
from dataclasses import dataclass

from sipagent.scenario.choice import DIALLED
from sipagent.scenario.graph import Draft
from sipagent.scenario.menu import Menu
from sipagent.toml import Keys


@dataclass(frozen=True, slots=True)
class Exit:
    """Where one or more outcomes lead.

    Args:
        name: the outcome, or the key of a menu; empty for all that have no exit of their own.
        outcomes: all that leave here.
        target: the step that follows; empty: none yet.
        keys: where the file has it, within the step's table.
    """

    name: str
    outcomes: tuple[str, ...]
    target: str
    keys: Keys


def exits(draft: Draft) -> list[Exit]:
    """Return the exits of a step, in the order of the file; those that lead nowhere come last."""
    return [*_own(draft), *_named(draft), *_rest(draft)]


def _own(draft: Draft) -> Iterator[Exit]:
    """Yield those whose next step stands in the settings, such as the keys of a menu."""
    for outcome, target in draft.step.routes().items() if draft.step else ():
        keys: Keys = ("dial",) if outcome == DIALLED else ("keys", outcome, "next")
        yield Exit(outcome, (outcome,), target, keys)


def _named(draft: Draft) -> Iterator[Exit]:
    for outcome, target in draft.table.on.items():
        yield Exit(outcome, (outcome,), target, ("on", outcome))


def _rest(draft: Draft) -> Iterator[Exit]:
    named = {*draft.table.on, *(draft.step.routes() if draft.step else ())}
    left = sorted(draft.step.outcomes() - named) if draft.step else []
    if draft.table.next is not None:
        yield Exit("", tuple(left), draft.table.next, ("next",))
        return
    for outcome in left:
        yield Exit(outcome, (outcome,), "", ("on", outcome))


def joins(draft: Draft) -> list[Exit]:
    """Return every outcome of a step by itself, and where it leads; all others come last.

    An outcome that has no exit of its own has no target here: it leads where all others do.
    """
    if draft.step is None:
        return exits(draft)
    rows = [*_own(draft), *_named(draft)]
    named = {one.name for one in rows}
    left = sorted(draft.step.outcomes() - named)
    if isinstance(draft.step, Menu) and DIALLED not in named:
        left.append(DIALLED)
    rows += (Exit(outcome, (outcome,), "", ("on", outcome)) for outcome in left)
    rest = draft.table.next or ""
    return [*rows, Exit("", (), rest, ("next",))] if draft.step.outcomes() else rows
