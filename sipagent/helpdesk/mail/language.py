"""Whether a mail is Polish or English, by its letters and its small words."""

import re

_POLISH_LETTERS = re.compile(r"[ąćęłńóśźż]", re.I)
_WORD = re.compile(r"[a-z]+")
_POLISH = frozenset(
    (
        *("dzien", "dobry", "witam", "prosze", "dziekuje", "pozdrawiam", "panstwo", "pan", "pani"),
        *("ale", "co", "czy", "dla", "do", "jak", "jest", "mam", "na", "nie", "od", "po", "sie"),
        *("to", "w", "z", "ze"),
    )
)
_ENGLISH = frozenset(
    (
        *("hello", "dear", "hi", "please", "thank", "thanks", "regards", "you", "your", "my", "we"),
        *("and", "are", "can", "for", "have", "is", "it", "not", "of", "our", "that", "the"),
        *("this", "with"),
    )
)
#: Characters that are looked at.
_ENOUGH = 5_000


def language_of(text: str) -> str:
    """Return ``en`` where a text is English, else ``pl``."""
    text = text[:_ENOUGH].lower()
    words = _WORD.findall(text)
    polish = sum(word in _POLISH for word in words) + 2 * len(_POLISH_LETTERS.findall(text))
    english = sum(word in _ENGLISH for word in words)
    return "en" if english > polish else "pl"
