"""What somebody looks for, from what they have typed, as FTS5 is asked for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sipagent.searching.synonyms import LONGEST, SYNONYMS
from sipagent.searching.words import Word, folded_word, words

#: Words of a question that are looked for; the others of a long text are not.
_MOST_WORDS = 20
#: Letters of a word that is being typed from which it is known what may be meant.
_SHORTEST_BEGUN = 4
#: Words that say nothing of what is looked for, folded.
_SMALL = """
a albo ale az bo by byc chce co czy dla do dziala dzialac dzialaja gdy gdzie i ich ile inny jak jaka
jaki jakie je jego jej jest jestem kiedy kto ktora ktory ktore lub ma mam mi mnie moge moj moja moje
mozna na nad nie niz o od oraz po pod poza pomoc problem prosze przez przy sa sie sobie swoj swoja
ta tak tam te tego ten to trzeba tu tylko u w we wiec z za ze zeby
about an and are as at be by can cannot do does for from have help how if in is it me my not of on
or our please that the their there this to want was we what when where which who will with work
working works you your
"""
_EMPTY = frozenset(_SMALL.split())
#: Phrases that mean the same, as stems.
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for.

    Args:
        ways: in each language: of each group one phrase.
        last: the last word as it was typed, folded.
    """

    ways: tuple[tuple[Group, ...], ...]
    last: str = ""

    @property
    def stems(self) -> frozenset[str]:
        """The stems that are marked where they are found."""
        phrases = (phrase for way in self.ways for group in way for phrase in group)
        return frozenset(stem for phrase in phrases for stem in phrase.split())

    @property
    def said(self) -> "Asked":
        """The same without words that only mean the same."""
        return Asked(tuple(tuple(group[:1] for group in way) for way in self.ways), self.last)

    def match(self, *, unfinished: bool = False, some: bool = False) -> str:
        """Return it for ``MATCH``; empty: nothing is looked for.

        Args:
            unfinished: the last word is still being typed.
            some: one of the groups is enough; otherwise each has to be found.
        """
        begun = self.last if unfinished else ""
        ways = [_way(groups, begun, some) for groups in self.ways if groups]
        return " OR ".join(f"({way})" for way in dict.fromkeys(ways))


def asked(text: str, languages: Sequence[str]) -> Asked:
    """Return what is looked for, in texts of these languages: also by words that mean the same."""
    told = [word.text for word in words(text, "")][:_MOST_WORDS]
    ways = tuple(_groups(" ".join(told), language) for language in languages)
    last = folded_word(told[-1]) if told else ""
    return Asked(ways, "" if last in _EMPTY else last)


def _way(groups: Sequence[Group], begun: str, some: bool) -> str:
    parts = [" OR ".join(map(_quoted, group)) for group in groups]
    if begun:
        stem, *same = groups[-1]
        begins = [stem] if begun.startswith(stem) else [stem, begun]
        prefixes = [f"{_quoted(one)} *" for one in begins]
        parts[-1] = " OR ".join([*prefixes, *map(_quoted, dict.fromkeys([*same, *_begun(begun)]))])
    return (" OR " if some else " AND ").join(f"({part})" for part in parts)


def _begun(word: str) -> dict[str, None]:
    """Return what means the same as phrases that begin so."""
    return {
        phrase: None
        for known in SYNONYMS.values()
        for begins, same in known.items()
        if begins.startswith(word) and len(word) >= _SHORTEST_BEGUN
        for phrase in same
    }


def _groups(text: str, language: str) -> tuple[Group, ...]:
    """Return for each phrase what means the same; small words count where there are no others."""
    phrases = list(_phrases(text, language))
    known = SYNONYMS.get(language, {})
    large = [one for one in phrases if len(one) > 1 or folded_word(one[0].text) not in _EMPTY]
    return tuple(known.get(_joined(one), (_joined(one),)) for one in large or phrases)


def _phrases(text: str, language: str) -> Iterator[Sequence[Word]]:
    """Yield the words of a text, those together that are a known phrase: the longest one counts."""
    left = list(words(text, language))
    known = SYNONYMS.get(language, {})
    while left:
        several = range(LONGEST, 1, -1)
        length = next((n for n in several if _joined(left[:n]) in known), 1)
        yield left[:length]
        left = left[length:]


def _joined(some: Sequence[Word]) -> str:
    return " ".join(word.stem for word in some)


def _quoted(phrase: str) -> str:
    return f'"{phrase}"'  # stems have letters and digits only
