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

#: Longest abbreviation that is spelled.
_LONGEST = 6
_CONSONANT = "bcćdfghjklłmnńprsśtwxzźż"
#: After these a title stands in the genitive.
_NAMED_AFTER = re.compile(
    r"(?i:\b(?:ul|al|pl|os|im|ulic[ay]|ulicę|alei?|alej[aię]|placu?|osiedl[aeu]|ronda?|imienia)\b)"
)
#: Phrases whose dot may be the end of a sentence too.
_CLOSING = ("itd.", "itp.", "br.", "b.r.", "ub.r.", "bm.", "zł.")


_NUMBER = re.compile(r"\s?(?:nr\.?\s?)?[A-Z]?\d")


def _key(text: str) -> str:
    return re.sub(r"\s", "", text.lower())


_NOUN_OF = {_key(short): NOUNS[noun] for short, noun in lexicon.SHORT_NOUNS.items()}
_SAID = {_key(short): said for short, said in lexicon.PHRASES.items()}
_KNOWN = any_of((*lexicon.SHORT_NOUNS, *lexicon.PHRASES))
_TITLE = any_of(lexicon.TITLES)
_NAME = any_of(lexicon.FIRST_NAMES)
_TITLES = {_key(short): said for short, said in (lexicon.TITLES | lexicon.FIRST_NAMES).items()}
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


def _known(match: re.Match[str]) -> str | None:
    written_so = match[0].strip()
    if written_so.lower() in lexicon.BEFORE_NUMBERS and not _NUMBER.match(after(match)):
        return None
    noun = _NOUN_OF.get(_key(written_so))
    if noun is not None:
        return declined(noun, before(match))
    if written_so.isupper() and written_so.isalpha() and written.VOWEL.search(written_so):
        return None  # MAX is a name, max an abbreviation
    said = _SAID[_key(written_so)]
    return closed(match, said) if written_so.lower() in _CLOSING else said


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
    """Spell what ends in a dot and a consonant within a sentence, for nobody can know it.

    What is longer is understood as it stands: only its dot goes, which ends no sentence.
    """
    word = match["word"]
    if word.lower() in _WORDS or not word[1:].islower():
        return None
    short = len(word) <= _LONGEST or not written.VOWEL.search(word)
    return written.spelled(word) if short else word


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
    rule(
        rf"{EDGE}(?i:{_TITLE})(?:(?<=[.\s])|{END})(?<!\s)(?=\s?(?:[A-ZĆŁŚŻŹ]|(?:{_TITLE})))",
        _title,
    ),
    rule(rf"{EDGE}(?:{_NAME})(?=\s?[A-ZĆŁŚŻŹ])", _title),
    rule(rf"{EDGE}[A-ZĆŁŚŹŻ]\.(?=(?:\si)?\s?[A-ZĆŁŚŹŻ\d])", _initial),
    rule(rf"{EDGE}[bcdfghjklłmnprstxyż]\.(?=\s?\S)", _initial),
    rule(
        rf"{EDGE}(?P<word>[{_CONSONANT}{_CONSONANT.upper()}][{_CONSONANT}]+)\.(?=\s?\S)",
        _unknown,
    ),
    rule(
        rf"{EDGE}(?P<word>[{LETTER}]+[{_CONSONANT}])\.(?=\s?[a-ząćęłńóśźż\d,/)])",
        _unknown,
    ),
)

WORDS: tuple[Rule, ...] = (
    rule("[" + re.escape("".join(lexicon.SIGNS_ALONE)) + "]", _sign),
    rule(rf"[{LETTER}]+", lambda match: written.word(match[0])),
)
