"""Values in words, as a person reads them aloud: pure functions, one module a language.

A value says what it is by its class, and the language's module knows how it is read:

======================  =====================================================================
``Money``               "sto dwanaście złotych pięć groszy"
``datetime.date``       "pierwszego listopada dwa tysiące dwudziestego szóstego roku"
``Digits``              "pięć zero jeden, dwa trzy cztery"
``Name``, ``str``       free text from data: abbreviations, numbers and addresses in words
``Prose``               the same, of whole sentences
``int``                 a cardinal number
======================  =====================================================================
"""

from dataclasses import dataclass
from datetime import date
from types import ModuleType

from sipagent.speech.words import english, polish

_LANGUAGES: dict[str, ModuleType] = {"pl": polish, "en": english}

#: The languages whose words are known.
LANGUAGES = frozenset(_LANGUAGES)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of Polish money in grosze; which side owes it is told by the prompt around it."""

    grosze: int

    def __post_init__(self) -> None:
        if self.grosze < 0:
            raise ValueError(f"{self.grosze} grosze: a spoken amount has no sign")


@dataclass(frozen=True, slots=True)
class Digits:
    """A login, a phone or a ticket number: read digit by digit, in groups."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """Free text from data, such as a street, a firm or an account's name."""

    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Sentences from data, such as a notice: their ends stay."""

    text: str


def spoken(value: object, language: str) -> str:
    """Return one value in words.

    Raises:
        ValueError: the language has no words, or the number is too large to be said.
        TypeError: the value is of another class.
    """
    words = language_of(language)
    match value:
        case Money(grosze):
            text = words.money(grosze)
        case Digits(characters):
            text = words.digits(characters)
        case Name(free) | str(free):
            text = words.name(free)
        case Prose(sentences):
            text = words.plain(sentences)
        case date():
            text = words.day(value)
        case int() if not isinstance(value, bool):
            text = words.cardinal(value)
        case _:
            raise TypeError(f"a value of class {type(value).__name__} cannot be read aloud")
    return str(text)


def counted(count: int, gender: str, forms: tuple[str, ...], language: str) -> str:
    """Return a number with its noun: ``counted(2, "f", ("osoba", "osoby", "osób"), "pl")``.

    Args:
        count: how many.
        gender: of the noun, one of the language's ``GENDERS``; empty where it does not matter.
        forms: the noun, as many forms as the language's ``PLURAL_FORMS``; none: the number alone.
        language: of the noun.
    """
    return str(language_of(language).counted(count, gender, forms))


def key(tone: str, language: str) -> str:
    """Return the name of a telephone key: 0 to 9, ``*`` or ``#``."""
    return str(language_of(language).KEYS[tone])


def plain(text: str, language: str) -> str:
    """Return running text with its numbers, signs and abbreviations in words; sentences stay."""
    return str(language_of(language).plain(text))


def language_of(language: str) -> ModuleType:
    """Return the module of a language's words.

    Raises:
        ValueError: there is none.
    """
    try:
        return _LANGUAGES[language]
    except KeyError:
        known = ", ".join(sorted(_LANGUAGES))
        raise ValueError(f"no words for language {language!r}; there are {known}") from None
