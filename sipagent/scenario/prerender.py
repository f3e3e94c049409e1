"""What a scenario says the same way to every caller: rendered before it is asked for."""

from typing import NamedTuple

from sipagent.scenario.checker import PACES, said_in
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Line
from sipagent.scenario.talk import Pace, paced_key
from sipagent.speech.catalogue import Catalogue


class Utterance(NamedTuple):
    """One clip to make."""

    text: str
    language: str
    pace: Pace


def fixed_utterances(scenario: Scenario, catalogue: Catalogue) -> list[Utterance]:
    """Return every clip that does not depend on the call, once, in the order of the file."""
    found = (
        utterance
        for pace in PACES
        for language in scenario.languages
        for _, line in said_in(scenario)
        if (utterance := _fixed(line, language, pace, catalogue))
    )
    return list(dict.fromkeys(found))


def first_utterances(scenario: Scenario, catalogue: Catalogue) -> list[Utterance]:
    """Return those that every caller may hear before any choice: nobody is answered without them.

    They are the lines of the engine, of the first step and of what follows upon it.
    """
    steps = {"", scenario.start, *scenario.routes[scenario.start].values()}
    lines = [line for name, line in said_in(scenario) if name in steps]
    said = (_fixed(line, scenario.languages[0], PACES[0], catalogue) for line in lines)
    return list(dict.fromkeys(utterance for utterance in said if utterance))


def _fixed(line: Line, language: str, pace: Pace, catalogue: Catalogue) -> Utterance | None:
    keys = [paced_key(catalogue, key, language, pace) for key in line.prompts]
    if line.part or not all(catalogue.is_fixed(key, language) for key in keys):
        return None
    return Utterance(" ".join(catalogue.text(key, language) for key in keys), language, pace)
