"""How a long number falls into groups that can be remembered."""

import re

_PART = re.compile(r"\+48(?=\d{9}$)|\+?\w+|[*#./]")


def groups(text: str) -> list[str]:
    """Return the groups of a number: those that it is written in, or threes and twos.

    A Polish number with its country code has the code as a group of its own. No group is a
    digit alone: ``1234567`` is 123, 45, 67.
    """
    return [group for part in _PART.findall(text) for group in _split(part)]


def listed(text: str) -> list[str]:
    """Return the words of a table that is written as one text."""
    return text.split()


def _split(part: str) -> list[str]:
    found: list[str] = []
    while len(part) > 4 or (len(part) == 4 and (found or part.isdecimal())):
        size = 2 if len(part) == 4 else 3
        found.append(part[:size])
        part = part[size:]
    return [*found, part] if part else found
