"""How steps are joined: routes that lead nowhere, steps that nobody reaches, circles."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from sipagent.scenario.model import Scenario, StepTable
from sipagent.scenario.step import Step
from sipagent.toml import Mistake


@dataclass(frozen=True)
class Draft:
    """A step as the file has it; ``step`` is None where its type or settings are wrong."""

    name: str
    table: StepTable
    step: Step | None

    def routes(self) -> dict[str, str]:
        """Return the next step of each outcome, as far as the file names one."""
        if self.step is None:
            return {}
        rest = dict.fromkeys(self.step.outcomes(), self.table.next) if self.table.next else {}
        named = {**rest, **self.table.on, **self.step.routes()}
        return {outcome: name for outcome, name in named.items() if name is not None}


def check_routes(draft: Draft, names: Set[str]) -> Iterator[Mistake]:
    """Yield the mistakes in what follows a step.

    Args:
        draft: the step.
        names: every step of the file, those with mistakes too.
    """
    for keys, target in _targets(draft):
        if target not in names:
            yield _mistake((draft.name, *keys), f"there is no step {target!r}")
    if draft.step is None:
        return
    outcomes = draft.step.outcomes()
    own = draft.step.routes()
    if not outcomes and (draft.table.on or draft.table.next):
        yield _mistake((draft.name,), "ends the call, so that nothing can follow it")
        return
    for outcome in sorted(draft.table.on):
        if outcome in own:
            yield _mistake((draft.name, "on", outcome), "leads elsewhere by its own table")
        elif outcome not in outcomes:
            ends = ", ".join(sorted(outcomes - own.keys()))
            yield _mistake((draft.name, "on", outcome), f"no such outcome; it has: {ends}")
    for outcome in sorted(outcomes - draft.routes().keys()):
        what = "this outcome leads nowhere; name its next step"
        yield _mistake((draft.name, "on", outcome), what)


def check_walk(scenario: Scenario) -> Iterator[Mistake]:
    """Yield the mistakes that show only when the scenario is walked from its start."""
    if scenario.start not in scenario.steps:
        yield Mistake(("start",), f"there is no step {scenario.start!r}")
        return
    for name in sorted(scenario.steps.keys() - _reachable(scenario, None)):
        yield _mistake((name,), "no caller ever comes here; join it or remove it")
    for circle in _circles(_silent_routes(scenario)):
        names = " → ".join((*circle, circle[0]))
        yield _mistake((circle[0],), f"a caller in silence goes round without end: {names}")
    for kind in {need for step in scenario.steps.values() for need in step.needs}:
        for name in sorted(_reachable(scenario, kind)):
            if kind in scenario.steps[name].needs:
                text = f"needs {kind.__name__}, but can be reached before a step has found it out"
                yield _mistake((name,), text)


def _targets(draft: Draft) -> Iterator[tuple[tuple[str, ...], str]]:
    if draft.table.next is not None:
        yield ("next",), draft.table.next
    for outcome, target in draft.table.on.items():
        yield ("on", outcome), target
    for outcome, target in draft.step.routes().items() if draft.step else ():
        yield ("keys", outcome, "next"), target


def _reachable(scenario: Scenario, without: type | None) -> set[str]:
    """Return the steps that can be reached, all of them or ``without`` a fact being found out."""
    found: set[str] = set()
    left = [scenario.start]
    while left:
        name = left.pop()
        if name in found or name not in scenario.steps:
            continue
        found.add(name)
        step = scenario.steps[name]
        left += (
            target
            for outcome, target in scenario.routes[name].items()
            if without not in step.finds(outcome)
        )
    return found


def _silent_routes(scenario: Scenario) -> dict[str, list[str]]:
    """Return where each step leads a caller who presses nothing."""
    return {
        name: sorted({r[outcome] for outcome in step.unattended() if outcome in r})
        for name, step in scenario.steps.items()
        for r in [scenario.routes[name]]
    }


def _circles(edges: Mapping[str, list[str]]) -> list[list[str]]:
    """Return each circle that a walk along ``edges`` closes."""
    circles: list[list[str]] = []
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> None:
        if name in trail:
            circles.append(trail[trail.index(name) :])
        elif name not in done:
            for target in edges.get(name, ()):
                visit(target, [*trail, name])
            done.add(name)

    for name in edges:
        visit(name, [])
    return circles


def _mistake(keys: tuple[str, ...], what: str) -> Mistake:
    return Mistake(("steps", *keys), what)
