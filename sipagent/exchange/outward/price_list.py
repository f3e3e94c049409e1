"""A carrier's price list as a CSV file: one tariff a row, prices in zlotys without VAT."""

import re
from pathlib import Path

from sipagent.exchange import lists
from sipagent.exchange.model import Tariff, in_order
from sipagent.money import amount

#: The columns, and which of them a file has to have.
COLUMNS = ("prefix", "name", "per_minute", "connection", "increment", "vat")
_NEEDED = frozenset({"prefix", "name", "per_minute"})
_PRICES = ("per_minute", "connection")
#: A price with fractions of a grosz, such as 0,0399.
_PRECISE = re.compile(r"(?P<whole>[0-9]{1,9})[.,](?P<cents>[0-9]{2})(?P<rest>[0-9]{1,6})")


def read(path: Path) -> tuple[Tariff, ...]:
    """Return the tariffs of a file in UTF-8, with commas or semicolons between its columns.

    Raises:
        DataError: one line a mistake, each with file and line.
    """
    found = lists.entries(lists.text_of(path), str(path), COLUMNS, _NEEDED, _tariff)
    return in_order(found.values())


def price(text: str) -> int:
    """Return grosze for a price in zlotys; a fraction of a grosz is rounded up.

    Raises:
        ValueError: a sentence about what is wrong with it.
    """
    if match := _PRECISE.fullmatch(text.strip()):
        return int(match["whole"]) * 100 + int(match["cents"]) + (int(match["rest"]) > 0)
    found = amount(text)
    if found < 0:
        raise ValueError(f"{text!r} is less than nothing")
    return found


def _tariff(row: lists.Row) -> Tariff:
    fields: dict[str, object] = {name: value for name, value in row.items() if value}
    for name in _PRICES:
        if name in fields:
            fields[name] = price(row[name])
    return Tariff.model_validate(fields)
