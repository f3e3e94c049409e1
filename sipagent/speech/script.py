"""What is heard of a text: sentences of one idea each, with nothing to stumble on; recordings."""

import re
from dataclasses import dataclass

from sipagent.speech import words
from sipagent.speech.recordings import Recording, Recordings
from sipagent.speech.template import segments

#: Longest sentence in characters: a longer one takes much memory and is hard to follow.
LONGEST_SENTENCE = 240
#: Longest text in characters: about ten minutes.
LONGEST_TEXT = 10_000

_RAW_PHONEMES = re.compile(r"\[\[.*?(?:\]\]|$)", re.DOTALL)
_END = re.compile(r"(?<=[.?!])\s+")
_BREAK = re.compile(r"(?<=[,;:])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in one language."""

    language: str
    text: str


#: What a clip is made of.
Part = Sentence | Recording


def script(text: str, language: str) -> list[Sentence]:
    """Return a text as a voice has to read it; empty where nothing in it can be read aloud.

    Raw phonemes (``[[…]]``) and characters outside the language are dropped: part of the text
    comes from data that nobody vetted.
    """
    clean = _RAW_PHONEMES.sub(" ", text[:LONGEST_TEXT])
    return [
        Sentence(spoken_in, sentence)
        for spoken_in, part in segments(clean, language)
        for sentence in _sentences(words.plain(part, spoken_in))
    ]


def parts(text: str, language: str, recorded: Recordings) -> list[Part]:
    """Return a text as what is heard one after the other; empty where nothing can be said of it."""
    found: list[Part] = []
    for part in recorded.split(text[:LONGEST_TEXT], language):
        found += [part] if isinstance(part, Recording) else script(part, language)
    return found


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _END.split(text):
        found += _short_enough(sentence)
    return [sentence for sentence in found if any(map(str.isalpha, sentence))]


def _short_enough(sentence: str) -> list[str]:
    if len(sentence) <= LONGEST_SENTENCE:
        return [sentence]
    parts = _BREAK.split(sentence)
    if len(parts) == 1:
        parts = sentence.split(" ")
    if len(parts) == 1:
        return [sentence[:LONGEST_SENTENCE]]
    middle = len(parts) // 2
    front, back = " ".join(parts[:middle]), " ".join(parts[middle:])
    return [*_short_enough(front), *_short_enough(back)]
