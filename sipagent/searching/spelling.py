"""Which word was meant that nobody has written so: of those that there are, the nearest one."""

from collections.abc import Iterable, Mapping

from sipagent.searching.words import folded_word

#: Letters of a word that may be wrong, by how long it is.
_SHORT, _LONG = 4, 8


def nearest(word: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return the word that is meant; None: none is near enough.

    Args:
        word: as it was typed.
        vocabulary: the words that there are, and how often; the commoner of near ones is meant.
    """
    typed = folded_word(word)
    most = 0 if len(typed) < _SHORT else 1 if len(typed) < _LONG else 2
    pairs = _pairs(typed)
    found: list[tuple[int, int, str]] = []
    for one, times in vocabulary.items():
        folded = folded_word(one)
        if abs(len(folded) - len(typed)) > most or pairs.isdisjoint(_pairs(folded)):
            continue
        if (far := distance(typed, folded)) <= most:
            found.append((far, -times, one))
    return min(found)[2] if found else None


def distance(one: str, other: str) -> int:
    """Return how many letters are wrong, missing, too many, or exchanged with their neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            best = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and one[row - 2] == against and letter == other[column - 2]:
                best = min(best, before[column - 2] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]


def counted(texts: Iterable[Iterable[str]]) -> dict[str, int]:
    """Return how often each word stands in texts, in small letters."""
    found: dict[str, int] = {}
    for text in texts:
        for word in text:
            small = word.lower()
            found[small] = found.get(small, 0) + 1
    return found


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}
