"""Whether a scenario and the prompts fit each other, in every language and at every pace."""

from collections.abc import Iterable, Iterator
from typing import get_args

from sipagent.scenario import engine
from sipagent.scenario.choice import LANGUAGE, LANGUAGE_LINE
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Line
from sipagent.scenario.talk import WHEN_SLOW, Pace, paced_key
from sipagent.speech.catalogue import Catalogue
from sipagent.toml import Mistake

PACES: tuple[Pace, ...] = get_args(Pace)


def check_prompts(scenario: Scenario, catalogue: Catalogue) -> list[Mistake]:
    """Return the mistakes in what a scenario says, each once, with its step."""
    missing = [lang for lang in scenario.languages if lang not in catalogue.languages]
    mistakes = [Mistake(("languages",), f"there are no prompts in {lang!r}") for lang in missing]
    languages = [lang for lang in scenario.languages if lang not in missing]
    for name, line in said_in(scenario):
        for language in languages:
            mistakes += (_in(name, line, what) for what in _check_line(line, language, catalogue))
        mistakes += (_in(name, line, what) for what in _check_values(line, languages, catalogue))
        if line == LANGUAGE_LINE and len(scenario.languages) == 1:
            only = scenario.languages[0]
            what = f"key {LANGUAGE} is for a second language; there is {only!r}"
            mistakes.append(_in(name, line, what))
    return list(dict.fromkeys(mistakes))


def used_prompts(scenario: Scenario, catalogue: Catalogue) -> set[str]:
    """Return the keys of all prompts that a scenario may say."""
    keys = {key for _, line in said_in(scenario) for key in line.prompts}
    slow = {key + WHEN_SLOW for key in keys}
    there = {key for language in scenario.languages for key in catalogue.keys(language)}
    return keys | (slow & there)


def said_in(scenario: Scenario) -> Iterator[tuple[str, Line]]:
    """Yield every line with the name of its step; the empty name for those of the engine."""
    for line in engine.lines():
        yield "", line
    for name, step in scenario.steps.items():
        for line in step.lines():
            yield name, line


def _check_line(line: Line, language: str, catalogue: Catalogue) -> Iterator[str]:
    there = catalogue.keys(language)
    if gone := [key for key in line.prompts if key not in there]:
        yield from (f"the prompt {key!r} is missing in {language!r}" for key in gone)
        return
    for pace in PACES:
        keys = [paced_key(catalogue, key, language, pace) for key in line.prompts]
        yield from _check_fields(line, keys, language, catalogue)
        yield from _check_keys(line, keys, language, catalogue)


def _check_fields(
    line: Line, keys: Iterable[str], language: str, catalogue: Catalogue
) -> Iterator[str]:
    for key in keys:
        for field in sorted(catalogue.fields(key, language) - line.fields):
            has = ", ".join(sorted(line.fields)) or "none"
            yield f"{{{field}}} in the prompt {key!r} ({language}): this step's values are: {has}"


def _check_keys(line: Line, keys: list[str], language: str, catalogue: Catalogue) -> Iterator[str]:
    announced = {tone for key in keys for tone in catalogue.announced(key, language)}
    names = " + ".join(repr(key) for key in keys)
    for tone in sorted(announced - line.keys):
        yield f"key {tone} is announced by {names} ({language}), but does nothing"
    for tone in sorted(line.keys - announced):
        yield f"key {tone} works, but {names} ({language}) does not announce it"


def _check_values(line: Line, languages: list[str], catalogue: Catalogue) -> Iterator[str]:
    """Yield the values that one language tells and another one keeps to itself."""
    for key in line.prompts:
        there = [language for language in languages if key in catalogue.keys(language)]
        told = {field: lang for lang in there for field in catalogue.fields(key, lang)}
        for language in there:
            for field in sorted(told.keys() - catalogue.fields(key, language)):
                other = told[field]
                yield f"the prompt {key!r} tells {{{field}}} in {other!r}, but not in {language!r}"


def _in(step: str, line: Line, what: str) -> Mistake:
    """Return what is wrong with what a step says, or with what is said in every call."""
    if not step:
        return Mistake((), f"every call: {what}")
    quoted = line.prompts[0] if len(line.prompts) == 1 else ""
    return Mistake(("steps", step), what, quoted)
