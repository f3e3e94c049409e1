"""A person as the rooms know them, and how they are found and wiped in text."""

import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from functools import cached_property

import phonenumbers

#: What stands where a name was; numbers and addresses leave nothing.
ERASED = "(erased)"
#: Letters with and without their signs, and as JSON may write them: indexes keep them without.
_ALIKE = {
    one: rf"(?:{plain}|{one}|\\u{ord(one):04x}|\\u{ord(one.upper()):04x})"
    for one, plain in zip("ąćęłńóśźż", "acelnoszz", strict=True)
}
_PLAIN = re.compile(r"[^ąćęłńóśźż\s]+|$")
_BETWEEN = r"[\s.\-/()]{0,2}"


@dataclass(frozen=True)
class Person:
    """All that names one person; two of them can be put together, or one taken out of another.

    Args:
        logins: of an owner.
        users: names of users of the exchange.
        people: names in the panel.
        names: as they are written.
        numbers: E.164.
        emails: in small letters.
    """

    logins: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    @classmethod
    def of(cls, **known: Iterable[str]) -> "Person":
        """Return a person of what is known; what is empty is left out."""
        return cls(**{name: frozenset(filter(None, some)) for name, some in known.items()})

    @classmethod
    def read(cls, text: str) -> "Person":
        """Return a person whom ``written`` has written."""
        return cls.of(**json.loads(text))

    def written(self) -> str:
        """Return them as JSON."""
        return json.dumps({one.name: sorted(getattr(self, one.name)) for one in fields(self)})

    def __or__(self, other: "Person") -> "Person":
        """Return what either of two knows."""
        return Person(*map(frozenset.union, astuple(self), astuple(other)))

    def __sub__(self, other: "Person") -> "Person":
        """Return what only this one knows."""
        return Person(*map(frozenset.difference, astuple(self), astuple(other)))

    def __and__(self, other: "Person") -> "Person":
        """Return what both know."""
        return self - (self - other)

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any(astuple(self))

    @cached_property
    def values(self) -> dict[str, str]:
        """Their values for SQL, each a JSON array by the name of the field.

        ``numbers`` are in every way in which a network writes them, and ``parties`` are users as
        journals name them.
        """
        known: dict[str, Iterable[str]] = {
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "numbers": {way for one in self.numbers for way in _ways(one)},
            "parties": {f"user:{name}" for name in self.users},
        }
        return {name: json.dumps(sorted(some)) for name, some in known.items()}

    def mentioned(self, text: str) -> bool:
        """Whether a text has one of their names, numbers or addresses."""
        return self._likely(text) and bool(self._pattern and self._pattern.search(text))

    def wiped(self, text: str) -> str:
        """Return a text without their names, numbers and addresses."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: ERASED if found.lastindex else "", text)

    def around(self, text: str, near: int = 60) -> str:
        """Return the part of a text around where they are first mentioned."""
        found = self._pattern and self._pattern.search(text)
        if not found:
            return ""
        return text[max(0, found.start() - near) : found.end() + near]

    def _likely(self, text: str) -> bool:
        """Whether it is worth while to look closer: most texts of a house are somebody else's."""
        if self._digits is not None and self._digits.search(text):
            return True
        lower = text.lower()
        return any(word in lower for word in self._words)

    @cached_property
    def _digits(self) -> "re.Pattern[str] | None":
        """Numbers without their country, which begin with a digit: that is found quickly."""
        ways = [_BETWEEN.join(_national(one)) for one in sorted(self.numbers)]
        return re.compile("|".join(ways)) if ways else None

    @cached_property
    def _words(self) -> list[str]:
        """The longest part of each name without signs, and addresses."""
        return [*(max(_PLAIN.findall(one.lower()), key=len) for one in self.names), *self.emails]

    @cached_property
    def _pattern(self) -> "re.Pattern[str] | None":
        """What finds them in text, whoever has written it; None: nothing could."""
        ways = [
            *(rf"(?<!\d){_number(one)}(?!\d)" for one in self.numbers),
            *(rf"(?<![\w.+-]){re.escape(one)}(?![\w-])" for one in self.emails),
        ]
        if self.names:
            ways.append(rf"(?<!\w)({'|'.join(map(_name, self.names))})(?!\w)")
        if not ways:
            return None
        return re.compile("|".join(ways), re.IGNORECASE | re.MULTILINE)


def _ways(number: str) -> Iterable[str]:
    """Yield a number as networks write it: with and without its prefixes."""
    digits = number.removeprefix("+")
    yield from (number, digits, f"00{digits}", _national(number))


def _national(number: str) -> str:
    try:
        return str(phonenumbers.parse(number, None).national_number)
    except phonenumbers.NumberParseException:
        return number


def _number(number: str) -> str:
    """Return the pattern of a number, with or without its country, however it is grouped."""
    national = _national(number)
    country = number.removeprefix("+").removesuffix(national)
    grouped = _BETWEEN.join(national)
    if not country or country == number.removeprefix("+"):
        return rf"(?:\+|00)?{grouped}"
    return rf"(?:(?:\+|00)?{_BETWEEN.join(country)}{_BETWEEN})?{grouped}"


def _name(name: str) -> str:
    """Return the pattern of a name: in either order of two words, with or without Polish signs.

    A name of one word, such as that of a desk, may be any word: it counts where it stands alone.
    """
    words = name.split()
    if len(words) == 1:
        word = _alike(words[0])
        return rf'^{word}$|(?<=user:){word}|(?<="){word}(?=")'
    orders = [words, words[::-1]] if len(words) == 2 else [words]
    return "|".join(r"[\s,_]+".join(map(_alike, one)) for one in orders)


def _alike(word: str) -> str:
    return "".join(_ALIKE.get(letter, re.escape(letter)) for letter in word.lower())
