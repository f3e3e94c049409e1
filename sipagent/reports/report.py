"""A report: figures of groups in columns, as the terminal, CSV, JSON, pages and paper show them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sipagent.money import plain_amount

#: None: there is nothing that it could be told of.
Value = int | float | str | None


class Unit(StrEnum):
    """What a column counts; a share is of 1."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    GROSZE = "grosze"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``brief`` ones stand where there is little room, too."""

    key: str
    unit: Unit = Unit.COUNT
    brief: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of values, one for each column, and their sum, where they have one."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None

    def only(self, *keys: str) -> "Report":
        """Return some of its columns, in their order."""
        chosen = [number for number, column in enumerate(self.columns) if column.key in keys]
        return Report(
            tuple(self.columns[number] for number in chosen),
            tuple(tuple(row[number] for number in chosen) for row in self.rows),
            None if self.total is None else tuple(self.total[number] for number in chosen),
        )


#: Digits behind the point that programs get.
_DIGITS = {Unit.SECONDS: 3, Unit.SHARE: 4}


def values(figures: object, columns: Iterable[Column]) -> tuple[Value, ...]:
    """Return what figures say for some columns."""
    return tuple(getattr(figures, column.key) for column in columns)


def clock_text(seconds: float | None) -> str:
    """Return seconds as ``0:42`` or ``1:02:03``, rounded; a dash where there are none."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def cells_of(report: Report) -> Iterator[list[object]]:
    """Yield the rows of a report with all columns, for spreadsheets: amounts in zlotys, no sum."""
    for row in report.rows:
        yield [
            plain_amount(int(value))
            if column.unit is Unit.GROSZE and value is not None
            else _rounded(column, value)
            for column, value in zip(report.columns, row, strict=True)
        ]


def json_of(report: Report) -> dict[str, object]:
    """Return a report as JSON values: rows by column, and their sum; amounts in grosze."""

    def told(columns: Sequence[Column], row: Sequence[Value]) -> dict[str, Value]:
        pairs = zip(columns, row, strict=True)
        return {column.key: _rounded(column, value) for column, value in pairs}

    found: dict[str, object] = {"rows": [told(report.columns, row) for row in report.rows]}
    if report.total is not None:
        found["total"] = told(report.columns[1:], report.total[1:])
    return found


def _rounded(column: Column, value: Value) -> Value:
    digits = _DIGITS.get(column.unit)
    return value if value is None or digits is None else round(float(value), digits)
