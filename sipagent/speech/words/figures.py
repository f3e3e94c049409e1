"""Amounts of money as they are written in figures, in any language of the line."""

import re

#: A minus stands right before the figures, and after nothing that it could be a dash from.
SIGN = r"(?P<sign>(?<![\w,.)%])[-–+](?=\d)|−\s?|\(-\)\s?)?"
#: Threes that stand apart by a space, and threes that a dot parts.
GROUPED = r"\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}){1,3}(?!\d)"
DOTTED = r"\d{1,3}(?:\.\d{3}){1,3}(?![\d.])"
#: An amount without its sign and its currency.
MONEY = rf"(?:{GROUPED}|{DOTTED}|\d{{1,12}})(?:[.,]\d{{1,2}}(?!\d))?"


def grosze(text: str) -> int:
    """Return the value of what ``MONEY`` matches; a dot before three figures parts thousands."""
    plain = re.sub(r"\s", "", text)
    if re.search(r"\.\d{3}(?!\d)", plain):
        plain = plain.replace(".", "")
    whole, _, rest = plain.replace(".", ",").partition(",")
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)
