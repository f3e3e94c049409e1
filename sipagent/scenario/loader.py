"""From a TOML file to a scenario that can be run, or to the list of its mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sipagent import toml
from sipagent.errors import ConfigError
from sipagent.scenario import checker, graph
from sipagent.scenario.model import Scenario, ScenarioTable, StepTable
from sipagent.scenario.step import Step, settings_of
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.catalogue import Catalogue
from sipagent.toml import Mistake


@dataclass(frozen=True, slots=True)
class Examined:
    """What stands in a file, as far as it can be understood, and what is wrong with it."""

    #: None: what does not belong to a step is wrong.
    table: ScenarioTable | None
    #: The steps by their names, in the order of the file.
    drafts: Mapping[str, graph.Draft]
    #: Can be run only where there is no mistake.
    scenario: Scenario | None
    mistakes: Sequence[Mistake]


def load(path: Path, catalogue: Catalogue, vocabulary: Vocabulary) -> Scenario:
    """Return the scenario of a file.

    Args:
        path: of the file.
        catalogue: what it may say.
        vocabulary: the steps and conditions that it may be made of.

    Raises:
        ConfigError: every mistake in it, one a line, each with file, line, step and key.
    """
    found = examine(toml.read(path), path, catalogue, vocabulary)
    if found.scenario is None or found.mistakes:
        raise ConfigError("\n".join(one.told(path) for one in found.mistakes))
    return found.scenario


def examine(
    data: dict[str, Any], path: Path, catalogue: Catalogue, vocabulary: Vocabulary
) -> Examined:
    """Return what the tables of a file mean, and every mistake in them; see ``load``."""
    mistakes: list[Mistake] = []
    table = _table(data, mistakes)
    drafts = _drafts(data, vocabulary, mistakes)
    whole = table is not None and all(draft.step for draft in drafts.values())
    names = set(data["steps"]) if isinstance(data.get("steps"), dict) else set()
    for draft in drafts.values():
        mistakes += graph.check_routes(draft, names)
    scenario = _scenario(table, drafts, path) if table is not None else None
    if scenario is not None:
        mistakes += checker.check_prompts(scenario, catalogue)
    if scenario is not None and whole:
        mistakes += graph.check_walk(scenario)
    return Examined(table, drafts, scenario, mistakes)


def find(directories: Sequence[Path], name: str, key: str = "") -> Path:
    """Return the file of a scenario; one of a later directory wins.

    Args:
        directories: where scenarios are.
        name: of the scenario.
        key: the setting that names it, for people.

    Raises:
        ConfigError: there is none of this name.
    """
    there = files(directories)
    if name not in there:
        known = ", ".join(sorted(there)) or "none"
        where = f"{key}: " if key else ""
        path = directories[0] / f"{name}.toml"
        raise ConfigError(f"{where}{path}: no scenario {name!r}; there are: {known}")
    return there[name]


def files(directories: Sequence[Path]) -> dict[str, Path]:
    """Return the files of all scenarios by their names; one of a later directory wins."""
    return {file.stem: file for path in directories for file in sorted(path.glob("*.toml"))}


def _table(data: dict[str, Any], mistakes: list[Mistake]) -> ScenarioTable | None:
    try:
        return ScenarioTable.model_validate(data)
    except ValidationError as error:
        mistakes += toml.mistakes(error)
        return None


def _drafts(
    data: dict[str, Any], vocabulary: Vocabulary, mistakes: list[Mistake]
) -> dict[str, graph.Draft]:
    tables = data.get("steps")
    drafts = {}
    for name, raw in tables.items() if isinstance(tables, dict) else ():
        try:
            table = StepTable.model_validate(raw)
        except ValidationError as error:
            mistakes += toml.mistakes(error, ("steps", name))
            continue
        drafts[name] = graph.Draft(name, table, _step(name, table, vocabulary, mistakes))
    return drafts


def _step(
    name: str, table: StepTable, vocabulary: Vocabulary, mistakes: list[Mistake]
) -> Step | None:
    found = vocabulary.steps.get(table.type)
    if found is None:
        types = ", ".join(sorted(vocabulary.steps))
        what = f"no step is a {table.type!r}; use {types}"
        mistakes.append(Mistake(("steps", name, "type"), what))
        return None
    try:
        context = {"conditions": vocabulary.conditions}
        return found(name, settings_of(found).model_validate(table.settings, context=context))
    except ValidationError as error:
        mistakes += toml.mistakes(error, ("steps", name))
        return None


def _scenario(table: ScenarioTable, drafts: dict[str, graph.Draft], path: Path) -> Scenario:
    built = {name: draft for name, draft in drafts.items() if draft.step}
    return Scenario(
        path=path,
        name=table.name,
        languages=table.languages,
        voices=table.voices,
        start=table.start,
        steps={name: draft.step for name, draft in built.items() if draft.step},
        routes={name: draft.routes() for name, draft in built.items()},
        hours=table.hours,
    )
