"""What callers hear: all scenarios and prompts, replaced as a whole by a reload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sipagent.config import Config, TrunkSection
from sipagent.scenario import loader
from sipagent.scenario.engine import Walk
from sipagent.scenario.model import Scenario
from sipagent.scenario.prerender import Utterance
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.speaker import Item, Speaker


@dataclass(frozen=True, slots=True)
class Programme:
    """Scenarios and prompts; calls keep the one that they run on."""

    #: By name; that of the line comes first.
    scenarios: dict[str, Scenario]
    catalogue: Catalogue
    #: By name.
    trunks: dict[str, TrunkSection]

    @classmethod
    def load(cls, config: Config, vocabulary: Vocabulary, wanted: Mapping[str, str]) -> "Programme":
        """Read scenarios, and the prompts.

        Args:
            config: where they are.
            vocabulary: what they may be made of.
            wanted: their names, that of the line first, each with what names it.

        Raises:
            ConfigError: every mistake, each with file and line.
        """
        catalogue = Catalogue.load(*config.paths.all_prompts)
        scenarios = {}
        for name, key in wanted.items():
            path = loader.find(config.paths.all_scenarios, name, key)
            scenarios[name] = loader.load(path, catalogue, vocabulary)
        return cls(scenarios, catalogue, {trunk.name: trunk for trunk in config.trunk})

    def walk(self, name: str) -> Walk:
        """Return the handler that walks a scenario of this name."""
        return Walk(self.scenarios[name])

    def walk_of(self, trunk: str, called: str) -> Walk:
        """Return what the callers of a number of a trunk hear by the settings."""
        section = self.trunks.get(trunk)
        name = section and (section.numbers.get(called) or section.scenario)
        return self.walk(name or next(iter(self.scenarios)))

    def items(
        self, choice: Callable[[Scenario, Catalogue], list[Utterance]], speaker: Speaker
    ) -> list[Item]:
        """Return what all scenarios say, or the ``choice`` of it, each once."""
        found = (
            (speaker.narrator(scenario.voices, self.catalogue.recorded), *utterance)
            for scenario in self.scenarios.values()
            for utterance in choice(scenario, self.catalogue)
        )
        return list(dict.fromkeys(found))
