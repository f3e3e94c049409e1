"""The scenarios as they are now, and the steps in them that name an entry."""

from collections.abc import Iterator
from typing import NamedTuple

from sipagent.errors import ConfigError
from sipagent.exchange.promises import named
from sipagent.panel.scenarios.desk import Desk
from sipagent.scenario import loader
from sipagent.scenario.model import Scenario


class StepUse(NamedTuple):
    """A step that names an entry, and its scenario."""

    scenario: str
    step: str


def scenario_of(desk: Desk, name: str) -> Scenario | None:
    """Return the scenario of a name; None where there is none that can be read."""
    file = desk.files().get(name)
    try:
        return loader.load(file, desk.catalogue(), desk.vocabulary) if file is not None else None
    except ConfigError:
        return None


def steps_of(desk: Desk, kind: str, key: str) -> Iterator[StepUse]:
    """Yield the steps that lead to an entry, play it or ask it."""
    for name in sorted(desk.files()):
        scenario = scenario_of(desk, name)
        for step in scenario.steps.values() if scenario is not None else ():
            if (kind, key) in ((field, other) for _, field, other in named(step)):
                yield StepUse(name, step.name)
