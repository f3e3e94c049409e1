"""What people write in chats: taken in as text of several lines, and folded to be searched."""

import re

#: Characters of a message, and of a name.
LONGEST, LONGEST_NAME = 4000, 80
#: The one Polish letter that has no sign to be taken off (Unicode does not decompose it).
_WITHOUT_STROKE = str.maketrans("łŁ", "lL")
_WORD = re.compile(r"\w+")


def taken(text: str) -> str:
    """Return what somebody has written, without what cannot be seen but line feeds."""
    lines = text.replace("\r\n", "\n").split("\n")
    seen = ("".join(one if one.isprintable() else " " for one in line).rstrip() for line in lines)
    return "\n".join(seen).strip()[:LONGEST]


def folded(text: str) -> str:
    """Return a text as it is searched; the index takes off the other signs."""
    return text.translate(_WITHOUT_STROKE)


def question(text: str) -> str:
    """Return what somebody looks for in the words of FTS5: all words, as beginnings; or nothing."""
    return " ".join(f'"{word}"*' for word in _WORD.findall(folded(text)))
