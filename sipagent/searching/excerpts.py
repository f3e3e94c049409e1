"""Excerpts of a text around what was looked for, which is marked in the words that stand there."""

from collections.abc import Collection
from dataclasses import dataclass

from sipagent.searching.words import Word, words

#: Words of an excerpt.
_LENGTH = 28


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt, and whether it was looked for."""

    text: str
    marked: bool = False


def excerpt(text: str, stems: Collection[str], language: str) -> list[Piece]:
    """Return where most of the stems stand together, or the beginning; as pieces that follow."""
    every = list(words(text, language))
    if not every:
        return [Piece(text)] if text else []
    first = _best(every, stems)
    shown = every[first : first + _LENGTH]
    whole = first + _LENGTH >= len(every)
    start, end = (0 if first == 0 else shown[0].start), (len(text) if whole else shown[-1].end)
    found = [Piece("… ")] if start else []
    at = start
    for word in shown:
        if word.stem in stems:
            found += [Piece(text[at : word.start])] if at < word.start else []
            found.append(Piece(word.text, marked=True))
            at = word.end
    found += [Piece(text[at:end])] if at < end else []
    return found if whole else [*found, Piece(" …")]


def _best(every: list[Word], stems: Collection[str]) -> int:
    """Return the word at which the window begins that has most different stems."""
    places = [at for at, word in enumerate(every) if word.stem in stems]
    last = max(0, len(every) - _LENGTH)
    best, most = 0, 0
    for at in places:
        first = min(max(0, at - 4), last)
        there = {word.stem for word in every[first : first + _LENGTH]}
        if len(there.intersection(stems)) > most:
            best, most = first, len(there.intersection(stems))
    return best
