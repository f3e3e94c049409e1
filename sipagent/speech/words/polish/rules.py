"""What the rules of reading are made of: a pattern, and what is said for it."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

#: Says what a match means; None where it does not fit after all, so that later rules try.
Reader = Callable[[re.Match[str]], str | None]

LETTER = "a-zA-ZąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
#: Where a word may begin, and where one may end.
EDGE = rf"(?<![{LETTER}\d])"
END = rf"(?![{LETTER}\d])"
#: A hyphen or a dash within something, such as from a number to another.
DASH = r"\s?[-–—]\s?"
#: A Roman number up to 89.
ROMAN = r"(?=[IVXL])(?:L?X{0,3}|XL)(?:IX|IV|V?I{0,3})"

#: Characters around a match that a reader looks at: a long text must not take longer for each.
_NEAR = 80
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_NEXT_SENTENCE = re.compile(r"\s*$|\s+[A-ZĄĆĘŁŃÓŚŹŻ]")


class Rule(NamedTuple):
    """One way to read something; the first rule that fits where the reader stands wins."""

    pattern: re.Pattern[str]
    read: Reader


def rule(pattern: str, read: Reader) -> Rule:
    """Return a rule; its pattern is matched where the last one ended."""
    return Rule(re.compile(pattern), read)


def before(match: re.Match[str]) -> str:
    """Return what stands before a match, as far as it can matter."""
    return match.string[max(0, match.start() - _NEAR) : match.start()]


def after(match: re.Match[str]) -> str:
    """Return what stands after a match, as far as it can matter."""
    return match.string[match.end() : match.end() + _NEAR]


def closed(match: re.Match[str], said: str) -> str:
    """Return what is said, with the end of a sentence where an abbreviation's dot is one too."""
    last = match[0].endswith(".") and _NEXT_SENTENCE.match(match.string, match.end())
    return f"{said}." if last else said


def any_of(written: Iterable[str], *, dots: str = r"\.\s?") -> str:
    """Return a pattern of abbreviations, the longest first; a space may follow their dots.

    The one between two words has to be there: "wbm." is not "w bm.".
    """
    patterns = (
        re.escape(one).replace(r"\.\ ", r"\.").replace(r"\ ", r"\s").replace(r"\.", dots)
        for one in sorted(written, key=len, reverse=True)
    )
    return "|".join(patterns)


def roman(figures: str) -> int:
    """Return the value of a Roman number."""
    values = [_ROMAN_VALUES[figure] for figure in figures]
    return sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
