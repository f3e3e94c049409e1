"""Text as words and as stems: what an index of FTS5 holds, and where in the text each word stands.

SQLite knows no Polish. So an index holds stems, made here when a row is written, under the
tokenizer ``unicode61``; and the marks of an excerpt are found in the words that somebody wrote.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sipagent.searching.folding import fold
from sipagent.searching.stemming import stem

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Args:
        text: as it was written.
        stem: what all its forms have.
        start, end: where it stands, in characters of the text.
    """

    text: str
    stem: str
    start: int
    end: int


def words(text: str, language: str) -> Iterator[Word]:
    """Yield the words of a text."""
    for found in _WORD.finditer(text):
        yield Word(found[0], stem(folded_word(found[0]), language), *found.span())


def folded_word(word: str) -> str:
    """Return a word in small letters and without Polish signs."""
    return fold(word).lower()


def stems(text: str, language: str) -> str:
    """Return what an index holds of a text."""
    return " ".join(word.stem for word in words(text, language))
