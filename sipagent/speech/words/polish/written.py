"""Words as they are written in Polish texts: capitals, acronyms, and what is spelled."""

import re

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.numbers import LETTERS
from sipagent.speech.words.polish.rules import LETTER, ROMAN

VOWEL = re.compile("[aeiouyąęó]", re.IGNORECASE)
_ROMAN = re.compile(ROMAN)
_WORD = re.compile(f"[{LETTER}]{{2,}}")
#: How no Polish word begins: an acronym such as MPWIK is spelled.
_UNSPEAKABLE = re.compile("[BCDFGHJKLMNPRT][BCDFGKPT]")
#: Letters that are words.
_WORDS_OF_A_LETTER = frozenset("aiouwz")


def spelled(word: str) -> str:
    """Return a word letter by letter: "pe ka o"."""
    return " ".join(LETTERS[letter] for letter in word.lower() if letter in LETTERS)


def unshouted(text: str) -> str:
    """Return a text that is in capitals throughout as others are: only names begin with one."""
    words = _WORD.findall(text)
    if not any(len(word) > 3 for word in words) or any(map(str.islower, "".join(words))):
        return text
    text = re.sub(rf"(?<=[{LETTER}]\s)[AIOUWZ](?=\s[{LETTER}]{{2}})", lambda m: m[0].lower(), text)
    return _WORD.sub(lambda match: _quiet(match[0]), text)


def _quiet(word: str) -> str:
    known = word in lexicon.ACRONYMS or word in lexicon.SHORT_NOUNS
    spoken = VOWEL.search(word) and not _UNSPEAKABLE.match(word)
    return word if known or _ROMAN.fullmatch(word) or not spoken else word.capitalize()


def word(text: str) -> str:
    """Return a word as a voice can read it: acronyms by their letters, others as they stand."""
    if text in lexicon.ACRONYMS:
        return lexicon.ACRONYMS[text]
    if len(text) == 1:
        return text.lower() if text.lower() in _WORDS_OF_A_LETTER else LETTERS[text.lower()]
    if not VOWEL.search(text):
        return spelled(text)
    if not text.isupper():
        return text
    known = len(text) > 3 and not _UNSPEAKABLE.match(text)
    return text.capitalize() if known else spelled(text)
