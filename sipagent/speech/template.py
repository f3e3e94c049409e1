"""A prompt's template: its words, the places for values, and sentences of another language.

====================================  ======================================================
``{amount}``                          a value in words
``{key:1}``                           the name of a telephone key: 0 to 9, ``*``, ``#``
``{count:n:konto|konta|kont}``        a number and its noun; the noun's gender, then its forms
``{count:account|accounts}``          the same where the gender does not matter
``{count:f}``                         the number alone, in a gender
``[en]Press {key:9}.[/en]``           spoken by the voice of another language
====================================  ======================================================
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sipagent.speech import words

_MARK = re.compile(r"\{(?P<field>[^{}]*)\}|\[(?P<end>/?)(?P<language>[a-z]{2})\]")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_STRAY = re.compile(r"[{}\[\]]")


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Tone:
    """The name of a telephone key."""

    key: str


@dataclass(frozen=True, slots=True)
class Field:
    """The place of a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Count:
    """The place of a number with its noun (see ``words.counted``)."""

    name: str
    gender: str
    forms: tuple[str, ...]


Piece = Words | Tone | Field | Count


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt, read: its pieces in order, each with the language it is spoken in."""

    language: str
    pieces: tuple[tuple[str, Piece], ...]

    @property
    def fields(self) -> frozenset[str]:
        """Names of the values that it needs."""
        return frozenset(p.name for _, p in self.pieces if isinstance(p, Field | Count))

    @property
    def keys(self) -> frozenset[str]:
        """Telephone keys that it announces."""
        return frozenset(piece.key for _, piece in self.pieces if isinstance(piece, Tone))

    def fill(self, values: Mapping[str, object]) -> str:
        """Return its words; those of another language stay marked, as in ``[en]…[/en]``.

        Raises:
            KeyError: a value is missing; the name is its argument.
            TypeError, ValueError: a value cannot be said there.
        """
        text, language = "", self.language
        for spoken_in, piece in self.pieces:
            if spoken_in != language:
                text += _switch(language, spoken_in, self.language)
                language = spoken_in
            text += _say(piece, language, values)
        return " ".join((text + _switch(language, self.language, self.language)).split())

    def sketch(self) -> str:
        """Return its words for people who write it: values by their names, keys as they are."""
        return " ".join("".join(_sketched(piece) for _, piece in self.pieces).split())


def parse(text: str, language: str) -> Template:
    """Read a template.

    Raises:
        ValueError: it is wrong; a sentence says where and what is expected.
    """
    pieces: list[tuple[str, Piece]] = []
    now, end = language, 0
    for match in _MARK.finditer(text):
        pieces += ((now, piece) for piece in _words(text[end : match.start()]))
        end = match.end()
        if match["field"] is not None:
            pieces.append((now, _place(match["field"], now)))
        elif match["end"]:
            if now == language or match["language"] != now:
                raise ValueError(f"{match[0]} ends nothing that began before it")
            now = language
        else:
            now = _begin(match["language"], now, language)
    pieces += ((now, piece) for piece in _words(text[end:]))
    if now != language:
        raise ValueError(f"[{now}] is not ended by [/{now}]")
    if not pieces:
        raise ValueError("is empty")
    _keep_apart([piece for _, piece in pieces])
    return Template(language, tuple(pieces))


def segments(text: str, language: str) -> list[tuple[str, str]]:
    """Return filled-in words as (language, words), in the order in which they are spoken."""
    found: list[tuple[str, str]] = []
    now, end = language, 0
    for match in _MARK.finditer(text):
        if match["language"] not in words.LANGUAGES:
            continue
        found.append((now, text[end : match.start()]))
        end = match.end()
        now = language if match["end"] else match["language"]
    found.append((now, text[end:]))
    return [(spoken_in, part.strip()) for spoken_in, part in found if part.strip()]


def _keep_apart(pieces: list[Piece]) -> None:
    """Refuse two values without a word between them: "flat 4. 459 zl" is heard as 4,459 zl."""
    before: Field | Count | None = None
    for piece in pieces:
        if isinstance(piece, Field | Count):
            if before is not None:
                raise ValueError(
                    f"{{{before.name}}} and {{{piece.name}}} touch; put a word between them, "
                    "or two numbers are heard as one"
                )
            before = piece
        elif not isinstance(piece, Words) or any(map(str.isalpha, piece.text)):
            before = None


def _words(text: str) -> Iterator[Words]:
    if stray := _STRAY.search(text):
        raise ValueError(
            f"{stray[0]!r} in {text.strip()[:40]!r}: a value is written {{name}}, a sentence of "
            "another language [en]…[/en]"
        )
    if text:
        yield Words(text)


def _begin(wanted: str, now: str, language: str) -> str:
    if now != language:
        raise ValueError(f"[{wanted}] begins before [/{now}]")
    if wanted not in words.LANGUAGES:
        known = ", ".join(sorted(words.LANGUAGES))
        raise ValueError(f"[{wanted}] is no language that has words; there are {known}")
    return wanted


def _place(written: str, language: str) -> Piece:
    name, _, rest = written.partition(":")
    if not _FIELD.fullmatch(name):
        raise ValueError(f"{{{written}}}: a value's name has lower-case letters, digits and _")
    if name == "key":
        if rest not in words.language_of(language).KEYS:
            raise ValueError(f"{{{written}}}: a telephone key is 0 to 9, * or #, as in {{key:1}}")
        return Tone(rest)
    return _count(name, rest, written, language) if rest else Field(name)


def _count(name: str, rest: str, written: str, language: str) -> Count:
    module = words.language_of(language)
    gender, _, nouns = rest.partition(":") if ":" in rest else ("", "", rest)
    if not gender and nouns in module.GENDERS:
        gender, nouns = nouns, ""
    forms = tuple(form.strip() for form in nouns.split("|")) if nouns else ()
    if gender and gender not in module.GENDERS:
        known = ", ".join(module.GENDERS) or "none in this language"
        raise ValueError(f"{{{written}}}: {gender!r} is no gender; there are {known}")
    if forms and (len(forms) != module.PLURAL_FORMS or not all(forms)):
        raise ValueError(
            f"{{{written}}}: has {len(forms)} forms of the noun; "
            f"this language needs {module.PLURAL_FORMS}, parted by |"
        )
    return Count(name, gender, forms)


def _say(piece: Piece, language: str, values: Mapping[str, object]) -> str:
    match piece:
        case Words(text):
            return text
        case Tone(key):
            return words.key(key, language)
        case Field(name):
            return words.spoken(values[name], language)
        case Count(name, gender, forms):
            count = values[name]
            if not isinstance(count, int) or isinstance(count, bool):
                raise TypeError(f"{name} is counted, so it must be a whole number")
            return words.counted(count, gender, forms, language)


def _sketched(piece: Piece) -> str:
    match piece:
        case Words(text):
            return text
        case Tone(key):
            return key
        case Field(name) | Count(name):
            return f"{{{name}}}"


def _switch(now: str, then: str, base: str) -> str:
    closing = f"[/{now}]" if now not in (base, then) else ""
    return closing + (f"[{then}]" if then not in (base, now) else "")
