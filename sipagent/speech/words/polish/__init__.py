"""Polish in words: what ``sipagent.speech.words`` asks of a language, and free text read aloud.

Free text comes from data that nobody vetted: bookkeepers' abbreviations, capitals, addresses.
Rules read it from left to right, so that nothing is expanded twice; whatever Polish has no sign
for is dropped.
"""

import re
import unicodedata

from sipagent.speech.words.polish import (
    abbreviations,
    addresses,
    dates,
    hours,
    ordinals,
    quantities,
    written,
)
from sipagent.speech.words.polish.numbers import (
    GENDERS,
    KEYS,
    LETTERS,
    MONTHS,
    PLURAL_FORMS,
    cardinal,
    counted,
    day,
    digits,
    money,
    ordinal,
    plural,
    year,
)
from sipagent.speech.words.polish.rules import LETTER, Rule, rule

__all__ = [
    "GENDERS",
    "KEYS",
    "LETTERS",
    "MONTHS",
    "PLURAL_FORMS",
    "cardinal",
    "counted",
    "day",
    "digits",
    "money",
    "name",
    "ordinal",
    "plain",
    "plural",
    "year",
]

_FOREIGN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "œ": "e"}
)

#: The first rule that fits wins, so what is longer and more certain comes first.
_RULES: tuple[Rule, ...] = (
    *addresses.RULES,
    *dates.RULES,
    *hours.RULES,
    *ordinals.RULES,
    *quantities.RULES,
    *addresses.NUMBERS,
    *quantities.NUMBERS,
    *abbreviations.RULES,
    rule(r"\s+[-–—]+\s+|[–—]+", lambda _: ","),
    *abbreviations.WORDS,
)


def name(text: str) -> str:
    """Return free text as it is read aloud, without an end of sentence in it."""
    return _tidy(re.sub("[.?!;:]+", ",", plain(text))).strip(", ")


def plain(text: str) -> str:
    """Return running text as it is read aloud: numbers and abbreviations in words."""
    read = _read(written.unshouted(" ".join(_polish_letters(text).split())))
    return _tidy(re.sub(rf"[^{LETTER},.?!;: ]+", " ", read))


def _read(text: str) -> str:
    said: list[str] = []
    at = 0
    while at < len(text):
        for pattern, reader in _RULES:
            match = pattern.match(text, at)
            if match and match.end() > at and (words := reader(match)) is not None:
                said += [" ", words, " "]
                at = match.end()
                break
        else:
            said.append(text[at])
            at += 1
    return "".join(said)


def _polish_letters(text: str) -> str:
    kept = []
    for character in unicodedata.normalize("NFC", text).translate(_FOREIGN):
        if character in LETTERS or character.lower() in LETTERS:
            kept.append(character)
        elif unicodedata.category(character).startswith("L"):
            kept.append(unicodedata.normalize("NFKD", character)[0])
        else:
            kept.append(character if character.isprintable() else " ")
    return "".join(kept)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([,.?!;:])", r"\1", text)
    text = re.sub(r"([,;:])[,;:]+", r"\1", text)
    text = re.sub(r"[,;:]+([.?!])", r"\1", text)
    return " ".join(text.split()).lstrip(",.;:?! ")
