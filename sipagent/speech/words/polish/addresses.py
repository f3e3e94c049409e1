"""Postal and e-mail addresses, phone numbers and codes in Polish texts."""

import re

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import NOUNS, declined
from sipagent.speech.words.polish.numbers import cardinal, digits
from sipagent.speech.words.polish.quantities import number
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


def _fraction(match: re.Match[str]) -> str:
    return " łamane przez ".join(house(part) for part in match[0].split("/"))


def _range(match: re.Match[str]) -> str:
    return " do ".join(_fraction_or_house(part) for part in re.split("[-–—]", match[0]))


def _fraction_or_house(text: str) -> str:
    return " łamane przez ".join(house(part) for part in text.split("/"))


def house(token: str) -> str:
    """Return a house number with its letter: "dwanaście a"."""
    figures = re.match(r"\d+", token)
    if figures is None:
        return spelled(token)
    letter = token[figures.end() :]
    return f"{number(figures[0])} {spelled(letter)}".strip()


def _house(match: re.Match[str]) -> str:
    return house(re.sub(r"\s", "", match[0]))


def _flat(match: re.Match[str]) -> str:
    return declined(NOUNS["mieszkanie"], before(match))


def _parking(match: re.Match[str]) -> str:
    return declined(NOUNS["miejsce postojowe"], before(match))


#: What holds dots, dashes and figures that mean nothing else.
RULES: tuple[Rule, ...] = (
    rule(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    rule(r"(?:https?://|www\.)[\w.-]+(?:/[\w./-]*\w)?", _address),
    rule(rf"{EDGE}(?i:e-?mail)(?P<end>[{LETTER}]*)", lambda match: f"mejl{match['end']}"),
)

NUMBERS: tuple[Rule, ...] = (
    rule(r"(?:\(\d{2,3}\)\s?|\+)\d[\d -]{5,}\d|\d{2,4}(?:[ -]\d{2,4}){2,}(?!\d)", _code),
    rule(r"\d\d-\d{3}(?!\d)", _code),
    rule(
        rf"\d{{1,6}}[{LETTER}]?(?:/\d{{1,6}}[{LETTER}]?)?[-–—]{_HOUSE}(?:/{_HOUSE})?(?!-\d)", _range
    ),
    rule(rf"{EDGE}[A-Z]-[A-Z]{END}", _range),
    rule(rf"\d{{1,6}}[{LETTER}]?(?:/{_HOUSE})+", _fraction),
    rule(rf"\d{{1,6}}(?:[{LETTER}]|\s[A-H](?!\.|\s[A-Z][a-z])){END}", _house),
    rule(rf"(?:{EDGE}|(?<=\d))m\.\s?(?=\d)|(?<=\d)\s?m\s?(?=\d)", _flat),
    rule(rf"{EDGE}(?i:mp|mpost)\.?\s?(?:(?i:nr)\.?\s?)?(?=\d)", _parking),
)
