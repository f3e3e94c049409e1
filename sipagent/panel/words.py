"""What the panel says, in Polish and in English: ``texts/ROOM.pl.toml``, ``texts/ROOM.en.toml``."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from sipagent import toml

#: The first one is what is spoken where nobody says otherwise.
LANGUAGES = ("pl", "en")


class Words:
    """The texts of one language.

    Args:
        language: one of ``LANGUAGES``.
        texts: key → text, whose ``{names}`` are filled in.
    """

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **named: object) -> str:
        """Return the text of a key.

        Raises:
            KeyError: there is none.
        """
        return self._texts[key].format_map(named)

    def filled(self, key: str, named: Mapping[str, object]) -> str:
        """Return the text of a key with names that may come from outside."""
        return self._texts[key].format_map(named)

    def count(self, key: str, number: int, /, **named: object) -> str:
        """Return the text of a key for so many of something: ``KEY.one``, ``.few``, ``.many``."""
        return self(f"{key}.{_plural(self.language, number)}", number=number, **named)

    def known(self, prefix: str, value: str | None) -> str:
        """Return the text of ``PREFIX.VALUE``; the value itself where it is not known here."""
        return self._texts.get(f"{prefix}.{value}", value or "")

    def has(self, key: str) -> bool:
        """Whether there is a text of a key."""
        return key in self._texts

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._texts)


@cache
def load() -> Mapping[str, Words]:
    """Return the texts of all languages, read once in each process."""
    return {language: Words(language, _texts(language)) for language in LANGUAGES}


def preferred(header: str) -> str:
    """Return the language that a browser would rather have (``Accept-Language``, RFC 9110)."""
    for part in header.split(","):
        tag = part.partition(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


def _texts(language: str) -> dict[str, str]:
    found: list[tuple[str, str]] = []
    for one in resources.files(__package__).joinpath("texts").iterdir():
        if one.name.endswith(f".{language}.toml"):
            with resources.as_file(one) as path:
                found += _flat(toml.read(path), "")
    texts = dict(found)
    assert len(texts) == len(found)  # each key stands in one room
    return texts


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", str(value)))
    return found


def _plural(language: str, number: int) -> str:
    if number == 1:
        return "one"
    if language == "pl" and number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"
