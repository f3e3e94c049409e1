"""A carrier's price list as a CSV file: one tariff a row, prices in zlotys without VAT."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from sipagent import toml
from sipagent.errors import DataError
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
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or error
        raise DataError(f"{path}: cannot be read: {why}") from None
    head = text.partition("\n")[0]
    delimiter = ";" if ";" in head else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    found: dict[str, Tariff] = {}
    wrong: list[str] = []
    try:
        _require_columns(path, rows.fieldnames or ())
        for line, row in _rows(rows):
            try:
                one = _tariff(row)
            except (DataError, ValueError) as error:
                wrong += [f"{path}:{line}: {sentence}" for sentence in str(error).splitlines()]
                continue
            if one.prefix in found:
                wrong.append(f"{path}:{line}: {one.prefix} stands in the file twice")
            found[one.prefix] = one
    except csv.Error as error:
        wrong.append(f"{path}:{rows.line_num + 1}: is no CSV: {error}; check the quotes")
    if wrong:
        raise DataError("\n".join(wrong))
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


def _require_columns(path: Path, there: Sequence[str]) -> None:
    names = [name.strip() for name in there]
    known = set(names)
    if missing := sorted(_NEEDED - known):
        raise DataError(
            f"{path}:1: there is no column {', '.join(missing)}; columns are {', '.join(COLUMNS)}"
        )
    if strange := sorted(known - set(COLUMNS)):
        raise DataError(
            f"{path}:1: nobody knows the column {', '.join(strange)}; columns are "
            f"{', '.join(COLUMNS)}"
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{path}:1: the column {twice} stands there twice")


def _rows(rows: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows that say something, each with its line; cells behind the last column are
    under an empty name."""
    for row in rows:
        more = "".join(row.pop(None, []))
        cells = {name.strip(): (value or "").strip() for name, value in row.items()} | {"": more}
        if any(cells.values()):
            yield rows.line_num, cells


def _tariff(row: dict[str, str]) -> Tariff:
    if row.pop(""):
        raise DataError("has more cells than there are columns: a price with a comma needs quotes")
    fields: dict[str, object] = {name: value for name, value in row.items() if value}
    for name in _PRICES:
        if name in fields:
            fields[name] = price(row[name])
    try:
        return Tariff.model_validate(fields)
    except ValidationError as error:
        raise DataError("\n".join(toml.sentences(error))) from None
