"""What people write around the values of a cell: several in one, remarks, and words for nothing."""

import re

_NOTHING = frozenset({"-", "--", "–", "—", "brak", "brak danych", "nie ma", "nie podano", "n/d"})
_PARTS = re.compile(r"[;,|\n]|\s/\s|(?<=\d{3})/(?=\+?\d{3})|\s(?:lub|oraz|i|or|and)\s")
#: A remark has a letter; it stands in brackets before or behind a member, never within it, or
#: behind a dash or a colon between spaces.
_BRACKETS = re.compile(
    r"(?P<start>^|[;,|\n])?\s*[(\[][^()\[\]]*[^\W\d_][^()\[\]]*[)\]]"
    r"(?(start)|(?=\s*(?:$|[;,|\n/]|(?:lub|oraz|i|or|and)\s)))"
)
_BEHIND = re.compile(r"\s+[-–—:]\s+[^\W\d_][^\d]*$")


def is_nothing(text: str) -> bool:
    """Return whether a cell says that there is nothing: it is empty, a dash, or "brak"."""
    clean = text.strip().lower().rstrip(".")
    return not clean or clean in _NOTHING


def members(text: str) -> list[str]:
    """Return what a cell holds beside each other, without remarks: numbers, or addresses.

    A remark that nothing parts from a number is left there, for its reader to refuse.
    """
    parts = _PARTS.split(_BRACKETS.sub(r"\g<start> ", text))
    found = (_BEHIND.sub("", part).strip() for part in parts)
    return [part for part in found if not is_nothing(part)]
