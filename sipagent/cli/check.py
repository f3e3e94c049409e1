"""``sipagent check``: every mistake in settings and texts, before a caller does."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import typer

import sipagent.infoline.steps  # noqa: F401  makes its steps known to scenarios
from sipagent import toml
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.doctor import promises
from sipagent.errors import ConfigError, SetupError
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.templates import Templates
from sipagent.scenario import checker, loader
from sipagent.speech import voices
from sipagent.speech.catalogue import Catalogue


def check(config: ConfigFile = None) -> None:
    """Check agent.toml, prompts, scenarios and letters; exit status 2 where one is wrong."""
    settings = settings_of(config)
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    folders = settings.paths.all_scenarios
    files = loader.files(folders)
    mistakes = list(promises.broken(settings))
    for name, key in settings.scenarios().items():
        mistakes += _mistakes(partial(loader.find, folders, name, key))
    mistakes += _mistakes(lambda: Templates([TEXTS], settings.paths.templates))
    for file in files.values():
        mistakes += _mistakes(partial(_check_scenario, file, catalogue, settings))
    if mistakes:
        console = Terminal(stderr=True, lines=True)
        for mistake in mistakes:
            console.print(mistake)
        count = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
        raise ConfigError(f"{count}; correct them before the line opens")
    for note in (*promises.missed(settings), *_unsaid(files.values(), catalogue, settings)):
        typer.echo(f"note: {note}", err=True)
    names = ", ".join(sorted(files))
    typer.echo(
        f"Settings, letters, prompts ({', '.join(catalogue.languages)}), scenarios ({names}): good"
    )


def _check_scenario(file: Path, catalogue: Catalogue, settings: Config) -> None:
    scenario = loader.load(file, catalogue)
    try:
        voices.find_all(scenario.voices, settings.paths.voices)
    except SetupError as error:
        raise ConfigError(f"{toml.place(file, ('voices',))}: voices: {error}") from None


def _unsaid(files: Iterable[Path], catalogue: Catalogue, settings: Config) -> Iterator[str]:
    """Yield the prompts of one's own that nothing says: their names may be misspelt."""
    shipped, own = settings.paths.all_prompts
    known = Catalogue.load(shipped)
    scenarios = [loader.load(file, catalogue) for file in files]
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
