"""Postal and e-mail addresses, phone numbers and codes in Polish texts."""

import re

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import NOUNS, declined
from sipagent.speech.words.polish.numbers import cardinal, digits, number
from sipagent.speech.words.polish.rules import EDGE, END, LETTER, Rule, before, rule
from sipagent.speech.words.polish.written import VOWEL, spelled

#: A house number, with at most one letter.
_HOUSE = rf"\d{{1,6}}[{LETTER}]?{END}"


def _address(match: re.Match[str]) -> str:
    return " ".join(
        lexicon.SIGNS.get(part) or _letters_and_digits(part)
        for part in re.findall(r"[@._/+:-]|[^@._/+:-]+", re.sub("^https?://", "", match[0]))
    )


def _letters_and_digits(text: str) -> str:
    parts = re.findall(r"\d+|\D+", text)
    return " ".join(cardinal(int(p)) if p.isdecimal() and p[0] != "0" else _loose(p) for p in parts)


def _loose(text: str) -> str:
    if text.isdecimal():
        return number(text)
    return text if VOWEL.search(text) and len(text) > 2 else spelled(text)


def _code(match: re.Match[str]) -> str:
    return digits(match[0])


def _houses(match: re.Match[str]) -> str:
    """Read "12A/4" and "45A–45C"."""
    ends = re.split("[-–—]", re.sub(r"\s", "", match[0]))
    return " do ".join(" łamane przez ".join(map(_house, end.split("/"))) for end in ends)


def _house(text: str) -> str:
    figures = re.match(r"\d*", text)
    end = figures.end() if figures else 0
    said = (number(text[:end]) if end else "", spelled(text[end:]))
    return " ".join(filter(None, said))


def _flat(match: re.Match[str]) -> str:
    return declined(NOUNS["mieszkanie"], before(match))


def _town(match: re.Match[str]) -> str:
    return declined(NOUNS["miasto"], before(match))


def _parking(match: re.Match[str]) -> str:
    return declined(NOUNS["miejsce postojowe"], before(match))


#: What holds dots, dashes and figures that mean nothing else.
RULES: tuple[Rule, ...] = (
    rule(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    rule(r"(?:https?://|www\.)[\w.-]+(?:/[\w./-]*\w)?", _address),
    rule(r"(?<!\d)\d\d-\d{3}(?=\s*(?:$|,|[A-ZĆŁŚŻŹ]))", _code),
    rule(rf"{EDGE}(?i:e-?mail)(?P<end>[{LETTER}]*)", lambda match: f"mejl{match['end']}"),
)

NUMBERS: tuple[Rule, ...] = (
    rule(r"(?:\(\d{2,3}\)\s?|\+)\d[\d -]{5,}\d|\d{2,4}(?:[ -]\d{2,4}){2,}(?!\d)", _code),
    rule(
        rf"\d{{1,6}}[{LETTER}]?(?:/\d{{1,6}}[{LETTER}]?)?[-–—]{_HOUSE}(?:/{_HOUSE})?(?!-\d)",
        _houses,
    ),
    rule(rf"{EDGE}[A-Z]-[A-Z]{END}", _houses),
    rule(rf"\d{{1,6}}[{LETTER}]?(?:/{_HOUSE})+", _houses),
    rule(rf"\d{{1,6}}(?:[{LETTER}]|\s[A-H](?!\.|\s[A-Z][a-z])){END}", _houses),
    rule(rf"(?:{EDGE}|(?<=\d))[mM]\.\s?(?=\d)|(?<=\d)\s?m\s?(?=\d)|{EDGE}m\s(?=\d)", _flat),
    rule(rf"{EDGE}m\.(?=\s?[A-ZĆŁŚŻŹ][a-ząćęłńóśźż])", _town),
    rule(rf"{EDGE}(?i:mp|mpost)\.?\s?-?(?:(?i:nr)\.?\s?)?(?=\d)", _parking),
)
