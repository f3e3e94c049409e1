"""What is left of a Polish or English word without its ending, so that all its forms are one.

A stem is no word: it only has to be the same for forms of one word, and another one for other
words. Polish words are short of signs already (``folding``), because people type them without;
that is also why ``ó`` and ``o`` of "rozmów" and "rozmowa" need no rule. There are no dictionaries
here. An ending that would leave too little of a word is no ending of it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

#: What an ending leaves at least: "planie" has the stem "plan", and not "pl".
_SHORTEST = 3
#: What has more letters is no word, and nobody fills the memory with it.
_LONGEST = 60
_NOUNS = (
    *("iami", "iach", "ach", "ami", "iem", "iom", "ie", "ia", "iu", "om", "em"),
    *("jami", "jach", "jom", "ja", "je", "ji", "jo", "owi", "owie", "ow"),
    *("a", "e", "i", "o", "u", "y"),
)
_ADJECTIVES = ("iego", "iemu", "iej", "imi", "ego", "emu", "ymi", "ych", "ej", "ym", "im", "ich")
_VERBS = (
    *("ujemy", "ujesz", "ujcie", "uja", "uje", "uj", "amy", "asz", "aja", "ajcie", "aj"),
    *("imy", "ymy", "esz", "emy"),
)
#: Endings, what stands in their place (a soft consonant for the hard one of other forms: "saldzie",
#: "saldo"), and what they leave at least: "klawisz" is no verb.
_ENDINGS = {
    **dict.fromkeys((*_NOUNS, *_ADJECTIVES, *_VERBS), ("", _SHORTEST)),
    **{soft: (soft[0], _SHORTEST) for soft in ("dzie", "rze")},
    **{"cie": ("t", _SHORTEST), "dze": ("g", _SHORTEST)},
    **dict.fromkeys(("owac", "ywac", "iac", "ac", "ic", "yc", "ec"), ("", 4)),
    **dict.fromkeys(("isz", "ysz"), ("", 5)),
}
#: What makes a noun or an adjective of a verb: "nagranie", "nagrany". It leaves more than an
#: ending, because many nouns end so: "ekran", "pytanie".
_DERIVED = dict.fromkeys(("owan", "owyw", "ywan", "ian", "ien", "ow", "an", "en"), ("", 4))

#: A vowel that comes and goes: "kolejek" and "kolejka", "okien" and "okno".
_FLEETING = re.compile(r"(?<=[b-df-hj-np-tv-z])i?e([b-df-hj-np-tv-z])$")

_ENGLISH = {
    **dict.fromkeys(("ings", "ing", "ed", "es", "s", "e", "ments", "ment"), ("", _SHORTEST)),
    **{"ies": ("y", _SHORTEST), "sses": ("ss", _SHORTEST), "ation": ("", _SHORTEST), "ly": ("", 4)},
}
_KEPT = re.compile(r"(ss|us|is)$")
_DOUBLED = re.compile(r"([bdfgklmnprt])\1$")


def stem(word: str, language: str) -> str:
    """Return the stem of one word, folded already; words of other languages stay as they are."""
    if len(word) > _LONGEST or not word.isalpha():
        return word  # "3cx", "2026"
    return _stem(word, language)


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    if language == "pl":
        return _polish(word)
    return _english(word) if language == "en" else word


def _polish(word: str) -> str:
    found = _cut(_cut(word, _ENDINGS), _DERIVED)
    if len(found) > _SHORTEST:
        found = _FLEETING.sub(r"\1", found)
    return found[:-1] + "k" if found.endswith("c") else found  # "kolejce" and "kolejka"


def _english(word: str) -> str:
    return _DOUBLED.sub(r"\1", word if _KEPT.search(word) else _cut(word, _ENGLISH))


def _cut(word: str, endings: Mapping[str, tuple[str, int]]) -> str:
    """Return a word with something else instead of the longest of the endings that it has."""
    for length in range(min(5, len(word) - 1), 0, -1):
        instead, shortest = endings.get(word[-length:], ("", len(word)))
        if len(word) - length + len(instead) >= shortest:
            return word[:-length] + instead
    return word
