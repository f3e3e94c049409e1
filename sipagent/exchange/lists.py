"""Lists as CSV files: one entry of the exchange a row."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from sipagent import toml
from sipagent.errors import DataError
from sipagent.exchange.entry import AnyEntry
from sipagent.sheet import cell_of

#: A row: column → what stands there.
Row = dict[str, str]


def text_of(path: Path) -> str:
    """Return what stands in a file.

    Raises:
        DataError: it cannot be read, or is not in UTF-8.
    """
    try:
        return decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def decoded(content: bytes, place: str) -> str:
    """Return the text of a file.

    Raises:
        DataError: it is not in UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: cannot be read: {error}") from None


def entries(
    text: str,
    place: str,
    columns: Sequence[str],
    needed: Collection[str],
    make: Callable[[Row], AnyEntry],
) -> dict[int, AnyEntry]:
    """Return the entries of a list, by their lines.

    Args:
        text: of the list, with commas or semicolons between its columns.
        place: what mistakes call it.
        columns: all that there may be.
        needed: those that there have to be.
        make: returns the entry of a row; it raises ``ValidationError``, or another ``ValueError``.

    Raises:
        DataError: one line a mistake, each with its place.
    """
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    found: dict[int, AnyEntry] = {}
    wrong: list[str] = []
    keys: set[str] = set()
    try:
        _require_columns(place, rows.fieldnames or (), columns, needed)
        for line, row in _rows(rows):
            try:
                found[line] = one = _made(row, make)
            except ValueError as error:
                wrong += [f"{place}:{line}: {sentence}" for sentence in str(error).splitlines()]
                continue
            if one.key in keys:
                wrong.append(f"{place}:{line}: {one.key} stands in the file twice")
            keys.add(one.key)
    except csv.Error as error:
        wrong.append(f"{place}:{rows.line_num + 1}: is no CSV: {error}; check the quotes")
    if wrong:
        raise DataError("\n".join(wrong))
    return found


def _require_columns(
    place: str, there: Sequence[str], columns: Sequence[str], needed: Collection[str]
) -> None:
    names = [name.strip() for name in there]
    known = set(names)
    if missing := sorted(set(needed) - known):
        raise DataError(
            f"{place}:1: there is no column {', '.join(missing)}; columns are {', '.join(columns)}"
        )
    if strange := sorted(known - set(columns)):
        raise DataError(
            f"{place}:1: nobody knows the column {', '.join(strange)}; columns are "
            f"{', '.join(columns)}"
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{place}:1: the column {twice} stands there twice")


def _rows(rows: "csv.DictReader[str]") -> Iterator[tuple[int, Row]]:
    """Yield the rows that say something, each with its line; cells behind the last column are
    under an empty name."""
    for row in rows:
        more = "".join(row.pop(None, []))
        cells = {name.strip(): cell_of(value or "") for name, value in row.items()} | {"": more}
        if any(cells.values()):
            yield rows.line_num, cells


def _made(row: Row, make: Callable[[Row], AnyEntry]) -> AnyEntry:
    if row.pop(""):
        raise ValueError("has more cells than there are columns: a price with a comma needs quotes")
    try:
        return make(row)
    except ValidationError as error:
        raise ValueError("\n".join(toml.sentences(error))) from None
