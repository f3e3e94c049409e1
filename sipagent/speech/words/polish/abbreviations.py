"""Abbreviations in Polish texts: those that are known, declined; the others, spelled."""

import re
from itertools import chain

from sipagent.speech.words.polish import lexicon, written
from sipagent.speech.words.polish.nouns import NOUNS, declined
from sipagent.speech.words.polish.numbers import LETTERS
from sipagent.speech.words.polish.rules import (
    EDGE,
    END,
    LETTER,
    Rule,
    after,
    any_of,
    before,
    closed,
    rule,
)

#: Longest abbreviation; what is longer and has a dot is a word at the end of a sentence.
_LONGEST = 6
#: After these a title stands in the genitive.
_NAMED_AFTER = re.compile(
    r"(?i:\b(?:ul|al|pl|os|im|ulic[ay]|ulicę|alei?|alej[aię]|placu?|osiedl[aeu]|ronda?|imienia)\b)"
)
#: Phrases whose dot may be the end of a sentence too.
_CLOSING = ("itd.", "itp.", "br.", "b.r.", "ub.r.", "bm.", "zł.", "gr.")


def _key(text: str) -> str:
    return re.sub(r"\s", "", text.lower())


_NOUN_OF = {_key(short): NOUNS[noun] for short, noun in lexicon.SHORT_NOUNS.items()}
_SAID = {_key(short): said for short, said in lexicon.PHRASES.items()}
_KNOWN = any_of((*lexicon.SHORT_NOUNS, *lexicon.PHRASES))
_TITLES = {_key(short): said for short, said in lexicon.TITLES.items()}
#: Words that the lexicon itself says: a dot after one of them ends a sentence.
_WORDS = frozenset(
    chain.from_iterable(
        said.lower().split() for said in (*NOUNS, *lexicon.PHRASES.values(), *lexicon.UNITS)
    )
) | {"dom", "parking", "strych", "dach", "balkon"}


def _persons_or_estate(match: re.Match[str]) -> str:
    """Read "os." as an estate where its name follows, else as a person: "za os."."""
    if re.search(r"(?i:liczb[ay]|ilości?)\s$", before(match)):
        return NOUNS["osoba"].many
    estate = re.match(r"\s?(?:[A-ZĆŁŚŻŹ]|\d)", after(match))
    return declined(NOUNS["osiedle" if estate else "osoba"], before(match))


def _known(match: re.Match[str]) -> str:
    noun = _NOUN_OF.get(_key(match[0]))
    if noun is not None:
        return declined(noun, before(match))
    said = _SAID[_key(match[0])]
    return closed(match, said) if match[0].strip().lower() in _CLOSING else said


def _title(match: re.Match[str]) -> str:
    nominative, genitive = _TITLES[_key(match[0])]
    return genitive if _NAMED_AFTER.search(before(match)) else nominative


def _saint(match: re.Match[str]) -> str:
    # In the name of a street a saint stands in the genitive: Anny, Jadwigi; Jana, Wojciecha.
    woman = match["name"].endswith(("y", "i")) and not match["name"].endswith("ego")
    title = ("świętej" if woman else "świętego", "błogosławionej" if woman else "błogosławionego")
    return title[match["title"].lower().startswith("b")]


def _initial(match: re.Match[str]) -> str:
    return LETTERS[match[0][0].lower()]


def _unknown(match: re.Match[str]) -> str | None:
    """Spell what ends in a dot and a consonant within a sentence, for nobody can know it."""
    word = match["word"]
    if not written.VOWEL.search(word):
        return written.spelled(word)
    if len(word) > _LONGEST or word.lower() in _WORDS or not word[1:].islower():
        return None
    return written.spelled(word)


def _sign(match: re.Match[str]) -> str:
    return lexicon.SIGNS[match[0]]


#: Before plain numbers, for some hold slashes and hyphens.
RULES: tuple[Rule, ...] = (
    rule(rf"{EDGE}(?i:{_KNOWN})(?:(?<=[.\s])|{END})(?<!\s)", _known),
    rule(rf"{EDGE}(?i:os)\.", _persons_or_estate),
    rule(
        rf"{EDGE}(?P<title>(?i:św|bł))\.(?=\s?(?:[A-ZĆŁŚŻŹ]\.\s?|ks\.\s?|o\.\s?)*(?P<name>[{LETTER}]+))",
        _saint,
    ),
    rule(rf"{EDGE}(?i:{any_of(lexicon.TITLES)})(?:(?<=[.\s])|{END})(?<!\s)", _title),
    rule(rf"{EDGE}(?:[A-ZĆŁŚŹŻ]\.(?=\s?[A-ZĆŁŚŹŻ\d])|[bcdfghjklłmnprstxyż]\.(?=\s?\S))", _initial),
    rule(rf"{EDGE}(?P<word>[bcćdfghjklłmnńprsśtwxzźż]{{2,}})\.(?=\s?\S)", _unknown),
    rule(
        rf"{EDGE}(?P<word>[{LETTER}]+[bcćdfghjklłmnńprsśtwzźż])\.(?=\s?[a-ząćęłńóśźż\d,/)])",
        _unknown,
    ),
)

WORDS: tuple[Rule, ...] = (
    rule("[" + re.escape("".join(lexicon.SIGNS_ALONE)) + "]", _sign),
    rule(rf"[{LETTER}]+", lambda match: written.word(match[0])),
)
