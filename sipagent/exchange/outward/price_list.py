"""A carrier's price list as a CSV file: one tariff a row, prices in zlotys without VAT."""

import re

import sqlite_utils

from sipagent.exchange import editing, lists
from sipagent.exchange.difference import Change
from sipagent.exchange.model import Exchange, Tariff, in_order
from sipagent.exchange.reading import Stored
from sipagent.money import amount, plain_amount
from sipagent.sheet import csv_text

#: The columns, and which of them a file has to have.
COLUMNS = ("prefix", "name", "per_minute", "connection", "increment", "vat")
_NEEDED = frozenset({"prefix", "name", "per_minute"})
_PRICES = ("per_minute", "connection")
#: A price with fractions of a grosz, such as 0,0399.
_PRECISE = re.compile(r"(?P<whole>[0-9]{1,9})[.,](?P<cents>[0-9]{2})(?P<rest>[0-9]{1,6})")


def read(text: str, place: str) -> tuple[Tariff, ...]:
    """Return the tariffs of a list, with commas or semicolons between its columns.

    Args:
        text: of the list.
        place: what mistakes call it.

    Raises:
        DataError: one line a mistake, each with its place.
    """
    return in_order(lists.entries(text, place, COLUMNS, _NEEDED, _tariff).values())


def written(exchange: Exchange) -> str:
    """Return the list of all tariffs."""
    return csv_text(COLUMNS, (_cells(one) for one in exchange.tariffs))


def take(
    db: sqlite_utils.Database,
    text: str,
    place: str,
    *,
    replace: bool = False,
    dry_run: bool = False,
    by: str = "",
) -> list[Change]:
    """Take the tariffs of a list, all or none; return what that changes.

    Args:
        db: the database.
        text, place: as ``read``.
        replace: whether tariffs that are not in the list go.
        dry_run: whether only to say what it would change.
        by: who does it, as ``journal.Noted``.

    Raises:
        DataError: as ``read``.
    """
    found = {one.prefix: one for one in read(text, place)}

    def plan(there: Stored) -> Exchange:
        kept = {} if replace else {one.prefix: one for one in there.exchange.tariffs}
        after = in_order({**kept, **found}.values())
        return there.exchange.model_copy(update={"tariffs": after})

    return editing.rewrite(db, plan, dry_run=dry_run, by=by)


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


def _cells(one: Tariff) -> list[object]:
    prices = {name: plain_amount(getattr(one, name)) for name in _PRICES}
    values = {**one.model_dump(), **prices}
    return [values[name] for name in COLUMNS]
