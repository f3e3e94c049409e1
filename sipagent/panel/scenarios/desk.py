"""The scenarios that there are, as texts, and what is wrong with any text that is to be one."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sipagent import toml
from sipagent.config import Config
from sipagent.domain import Domains
from sipagent.errors import ConfigError
from sipagent.panel.scenarios.sheet import Sheet, sheet_of
from sipagent.scenario import loader
from sipagent.scenario.loader import Examined
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.catalogue import Catalogue
from sipagent.toml import Mistake

#: When and how large a file was: a prompt file that has changed is read again.
_Stamp = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Read:
    """What a text means, and what is wrong with it."""

    found: Examined
    mistakes: tuple[Mistake, ...]


class Desk:
    """Reads scenarios; it may be asked in any thread, and blocks.

    Args:
        config: where they are.
        domains: what they may be made of.
    """

    def __init__(self, config: Config, domains: Domains) -> None:
        self.config = config
        self.domains = domains
        self._turn = threading.Lock()
        self._catalogue: tuple[tuple[_Stamp, ...], Catalogue] | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """What scenarios can be made of."""
        return self.domains.vocabulary

    @property
    def own(self) -> Path:
        """The folder of one's own scenarios, which win over those shipped."""
        return self.config.paths.all_scenarios[-1]

    def files(self) -> dict[str, Path]:
        """Return the files of all scenarios by their names."""
        return loader.files(self.config.paths.all_scenarios)

    def wanted(self) -> Mapping[str, str]:
        """Return which scenarios callers come to, each with what names it."""
        return self.domains.wanted(self.config)

    def catalogue(self) -> Catalogue:
        """Return what scenarios may say.

        Raises:
            ConfigError: a prompt file is wrong.
        """
        stamps = tuple(_stamps(self.config.paths.all_prompts))
        with self._turn:
            if self._catalogue is None or self._catalogue[0] != stamps:
                self._catalogue = stamps, Catalogue.load(*self.config.paths.all_prompts)
            return self._catalogue[1]

    def sheet(self, path: Path) -> Sheet:
        """Return a scenario as it stands in its file, and in the one beside it.

        Raises:
            ConfigError: the file cannot be read.
        """
        return sheet_of(path)

    def read(self, name: str, text: str) -> Read:
        """Return what a text means as the scenario of a name.

        Raises:
            ConfigError: a prompt file is wrong.
        """
        path, catalogue = self.own / f"{name}.toml", self.catalogue()
        try:
            data = toml.parse(text, path)
        except ConfigError as error:
            wrong = Mistake((), str(error).removeprefix(f"{path}: "))
            return Read(Examined(None, {}, None, [wrong]), (wrong,))
        found = loader.examine(data, path, catalogue, self.vocabulary)
        led = self.domains.astray(self.config, found.scenario) if found.scenario else ()
        return Read(found, (*found.mistakes, *led))


def _stamps(directories: tuple[Path, ...]) -> list[_Stamp]:
    files = [file for one in directories for file in sorted(one.rglob("*")) if file.is_file()]
    return [(str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files]
