"""Text from outside, which must not steer a terminal, a file or a message."""

import re

#: Control characters of Unicode, and its separators of lines and paragraphs.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def cleaned(text: str) -> str:
    """Return a text in which each control character is a space."""
    return _CONTROL.sub(" ", text)


def printable(text: str) -> str:
    """Return a text of one line as a terminal may show it: a space for all that is invisible."""
    return "".join(char if char.isprintable() else " " for char in text)
