"""What a scenario says the same way to every caller: rendered before the line opens."""

from collections.abc import Iterator
from typing import NamedTuple

from sipagent.scenario.checker import PACES, said_in
from sipagent.scenario.model import Scenario
from sipagent.scenario.talk import Pace, paced_key
from sipagent.speech.catalogue import Catalogue


class Utterance(NamedTuple):
    """One clip to make."""

    text: str
    language: str
    pace: Pace


def fixed_utterances(scenario: Scenario, catalogue: Catalogue) -> list[Utterance]:
    """Return every clip that does not depend on the call, once, in the order of the file."""
    return list(dict.fromkeys(_all(scenario, catalogue)))


def _all(scenario: Scenario, catalogue: Catalogue) -> Iterator[Utterance]:
    for pace in PACES:
        for language in scenario.languages:
            for _, line in said_in(scenario):
                keys = [paced_key(catalogue, key, language, pace) for key in line.prompts]
                if not line.part and all(catalogue.is_fixed(key, language) for key in keys):
                    texts = (catalogue.text(key, language) for key in keys)
                    yield Utterance(" ".join(texts), language, pace)
