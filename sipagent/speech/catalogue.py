"""The prompts of all languages: key → words, from one TOML file a language, and recordings.

``data/prompts/pl.toml`` holds the Polish prompts; nested tables join with a dot, so that
``balance = "…"`` under ``[menu]`` is the prompt ``menu.balance``. ``recorded/pl/`` beside it holds
what is spoken by somebody (see ``sipagent.speech.recordings``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sipagent import toml
from sipagent.errors import ConfigError
from sipagent.speech import recordings, template, words
from sipagent.speech.recordings import Recording, Recordings
from sipagent.speech.template import Template


@dataclass(frozen=True, slots=True)
class _Prompt:
    template: Template
    place: str


#: Language and key of a prompt.
_Key = tuple[str, str]


class Catalogue:
    """Every prompt of every language, checked when it is loaded.

    Args:
        prompts: language → key → prompt; use ``load``.
        recorded: what is recorded of them.
    """

    def __init__(
        self,
        prompts: Mapping[str, Mapping[str, _Prompt]],
        recorded: Recordings = recordings.NONE,
    ) -> None:
        self._prompts = prompts
        self.recorded = recorded
        self._keys = {language: frozenset(there) for language, there in prompts.items()}
        #: Codes of the languages (ISO 639-1), in alphabetical order.
        self.languages: tuple[str, ...] = tuple(sorted(prompts))

    @classmethod
    def load(cls, directory: Path, *own: Path) -> "Catalogue":
        """Read every ``<language>.toml`` of a directory, and of those of one's own; recordings too.

        A prompt of a later directory wins over one of the same key, and over what is recorded of
        it; so does a recording. Directories of one's own may be missing.

        Raises:
            ConfigError: one line a mistake, each with file, and line and key or reason.
        """
        if not any(directory.glob("*.toml")):
            raise ConfigError(f"{directory}: has no prompts; there must be a file such as pl.toml")
        mistakes: list[str] = []
        prompts: dict[str, dict[str, _Prompt]] = {}
        recorded: dict[_Key, Recording] = {}
        for each in (directory, *own):
            for path in sorted(each.glob("*.toml")):
                there = _read(path, mistakes)
                prompts.setdefault(path.stem, {}).update(there)
                for key in there:
                    recorded.pop((path.stem, key), None)
            recorded.update(_recorded(each, prompts, mistakes))
        if mistakes:
            raise ConfigError("\n".join(mistakes))
        return cls(prompts, _by_words(recorded, prompts))

    def keys(self, language: str) -> frozenset[str]:
        """Return the keys of all prompts of a language; none where it is unknown."""
        return self._keys.get(language, frozenset())

    def announced(self, key: str, language: str) -> frozenset[str]:
        """Return the telephone keys that a prompt announces with ``{key:1}``."""
        return self._prompt(key, language).template.keys

    def fields(self, key: str, language: str) -> frozenset[str]:
        """Return the names of the values that a prompt needs."""
        return self._prompt(key, language).template.fields

    def is_fixed(self, key: str, language: str) -> bool:
        """Whether a prompt needs no values, so that it can be rendered before the line opens."""
        return not self.fields(key, language)

    def sketch(self, key: str, language: str) -> str:
        """Return a prompt for people who write it: values by their names, keys as they are."""
        return self._prompt(key, language).template.sketch()

    def text(self, key: str, language: str, **values: object) -> str:
        """Return a prompt in words; values that it does not need are left alone.

        A sentence of another language stays marked (``[en]…[/en]``), as the speaker expects it.

        Raises:
            ConfigError: there is no such prompt, or a value is missing or of the wrong class.
        """
        prompt = self._prompt(key, language)
        try:
            return prompt.template.fill(values)
        except KeyError as error:
            raise ConfigError(f"{prompt.place}: {key}: the value {error} is missing") from None
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{prompt.place}: {key}: {error}") from None

    def _prompt(self, key: str, language: str) -> _Prompt:
        try:
            return self._prompts[language][key]
        except KeyError:
            raise ConfigError(f"there is no prompt {key!r} in language {language!r}") from None


def written(path: Path) -> dict[str, str]:
    """Return the prompts of a file as they are written, by their keys.

    Raises:
        ConfigError: it cannot be read.
    """
    return {".".join(keys): str(text) for keys, text in _flat(toml.read(path))}


def _read(path: Path, mistakes: list[str]) -> dict[str, _Prompt]:
    language = path.stem
    if language not in words.LANGUAGES:
        known = ", ".join(f"{known}.toml" for known in sorted(words.LANGUAGES))
        mistakes.append(f"{path}: no language has the code {language!r}; there can be {known}")
        return {}
    prompts = {}
    for keys, written in _flat(toml.read(path)):
        place, key = toml.place(path, keys), ".".join(keys)
        try:
            if not isinstance(written, str):
                raise ValueError('must be text in quotes, such as "Dzień dobry."')
            prompts[key] = _Prompt(template.parse(written, language), place)
        except ValueError as error:
            mistakes.append(f"{place}: {key}: {error}")
    return prompts


def _recorded(
    directory: Path, prompts: Mapping[str, Mapping[str, _Prompt]], mistakes: list[str]
) -> dict[_Key, Recording]:
    found: dict[_Key, Recording] = {}
    for path in recordings.files(directory):
        key = (path.parent.name, path.stem)
        try:
            _check_recorded(path, prompts)
            if key in found:
                raise ValueError(f"{found[key].path.name} is a recording of this prompt already")
            found[key] = Recording.of(path)
        except ValueError as error:
            mistakes.append(f"{path}: {path.stem}: {error}")
    return found


def _by_words(
    recorded: Mapping[_Key, Recording], prompts: Mapping[str, Mapping[str, _Prompt]]
) -> Recordings:
    found: dict[str, dict[str, Recording]] = {}
    for (language, key), recording in recorded.items():
        found.setdefault(language, {})[prompts[language][key].template.fill({})] = recording
    return Recordings(found)


def _check_recorded(path: Path, prompts: Mapping[str, Mapping[str, _Prompt]]) -> None:
    """Look whether there is a prompt that a file can replace.

    Raises:
        ValueError: there is none, or it cannot be recorded.
    """
    language, key = path.parent.name, path.stem
    if path.suffix.lower() not in recordings.FORMATS:
        raise ValueError(f"is none of {', '.join(recordings.FORMATS)}; convert or remove it")
    if key not in prompts.get(language, {}):
        raise ValueError(f"there is no such prompt in {language!r}; correct the file's name")
    if fields := prompts[language][key].template.fields:
        values = ", ".join(f"{{{field}}}" for field in sorted(fields))
        raise ValueError(f"the prompt has {values}, told anew in each call; remove the file")


def _flat(
    table: Mapping[str, Any], prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*prefix, key))
        else:
            yield (*prefix, key), value
