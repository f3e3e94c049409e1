"""``sipagent check``: every mistake in settings and texts, before a caller does."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import typer

from sipagent import toml
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.doctor import promises
from sipagent.domain import Domains
from sipagent.domains import composed
from sipagent.errors import ConfigError, SetupError
from sipagent.messages.templates import Templates
from sipagent.scenario import checker, loader
from sipagent.scenario.model import Scenario
from sipagent.speech import voices
from sipagent.speech.catalogue import Catalogue


def check(config: ConfigFile = None) -> None:
    """Check agent.toml, prompts, scenarios and letters; exit status 2 where one is wrong."""
    settings = settings_of(config)
    domains = composed()
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    files = loader.files(settings.paths.all_scenarios)
    mistakes = list(promises.broken(settings, domains))
    mistakes += _mistakes(lambda: Templates(domains.texts, settings.paths.templates))
    for name, key in domains.wanted(settings).items():
        mistakes += _mistakes(partial(loader.find, settings.paths.all_scenarios, name, key))
    scenarios: list[Scenario] = []
    for file in files.values():
        mistakes += _mistakes(partial(_load, file, catalogue, domains, settings, scenarios))
    for one in scenarios:
        mistakes += (mistake.told(one.path) for mistake in domains.astray(settings, one))
    if mistakes:
        console = Terminal(stderr=True, lines=True)
        for mistake in mistakes:
            console.print(mistake)
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        raise ConfigError(f"{count}; correct them before the line opens")
    for note in (*promises.missed(settings, domains), *_unsaid(scenarios, catalogue, settings)):
        typer.echo(f"note: {note}", err=True)
    names = ", ".join(sorted(files))
    typer.echo(
        f"Settings, letters, prompts ({', '.join(catalogue.languages)}), scenarios ({names}): good"
    )


def _load(
    file: Path, catalogue: Catalogue, domains: Domains, settings: Config, loaded: list[Scenario]
) -> None:
    """Add the scenario of a file to those that are loaded."""
    scenario = loader.load(file, catalogue, domains.vocabulary)
    loaded.append(scenario)
    try:
        voices.find_all(scenario.voices, settings.paths.voices)
    except SetupError as error:
        raise ConfigError(f"{toml.place(file, ('voices',))}: voices: {error}") from None


def _unsaid(scenarios: Iterable[Scenario], catalogue: Catalogue, settings: Config) -> Iterator[str]:
    """Yield the prompts of one's own that nothing says: their names may be misspelt."""
    shipped, own = settings.paths.all_prompts
    known = Catalogue.load(shipped)
    said = {key for one in scenarios for key in checker.used_prompts(one, catalogue)}
    for language in catalogue.languages:
        for key in sorted(catalogue.keys(language) - known.keys(language) - said):
            where = toml.place(own / f"{language}.toml", tuple(key.split(".")))
            yield f"{where}: {key}: no scenario says this prompt (an estate's access_reason may)"


def _mistakes(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except (ConfigError, SetupError) as error:
        return str(error).splitlines()
    return []
