"""What ``sipagent statistics`` prints: a report as a table, as CSV or as JSON."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from sipagent.exchange.statistics.report import Column, Report, Unit, Value
from sipagent.money import plain_amount
from sipagent.text import printable

#: What is more than its key with other signs between the words.
_HEADINGS = {"asa": "ASA", "aht": "AHT", "longest": "longest wait", "left": "left by key"}
_DIGITS = {Unit.SECONDS: 3, Unit.SHARE: 4}


def table_of(report: Report) -> Table:
    """Return the brief columns of a report as a table, with the sum below."""
    shown = [number for number, column in enumerate(report.columns) if column.brief]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number in shown:
        column = report.columns[number]
        text = column.unit is Unit.TEXT
        table.add_column(
            _HEADINGS.get(column.key, column.key.replace("_", " ")),
            justify="left" if text else "right",
            no_wrap=text,
        )
    lines = [*report.rows, *([("total", *report.total[1:])] if report.total else [])]
    for line in lines:
        table.add_row(*(Text(_told(report.columns[number], line[number])) for number in shown))
    return table


def cells_of(report: Report) -> Iterator[list[object]]:
    """Yield the rows of a report with all columns, for programs; the sum is not among them."""
    for row in report.rows:
        yield [_plain(*pair) for pair in zip(report.columns, row, strict=True)]


def json_of(report: Report) -> dict[str, object]:
    """Return a report as JSON values: rows by column, and their sum."""
    keys = [column.key for column in report.columns]
    rows = [dict(zip(keys, cells, strict=True)) for cells in cells_of(report)]
    found: dict[str, object] = {"rows": rows}
    if report.total is not None:
        told = map(_plain, report.columns[1:], report.total[1:])
        found["total"] = dict(zip(keys[1:], told, strict=True))
    return found


def clock_text(seconds: float) -> str:
    """Return seconds as ``0:42`` or ``1:02:03``, rounded."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _told(column: Column, value: Value) -> str:
    if value is None:
        return "–"
    match column.unit:
        case Unit.SECONDS:
            return clock_text(float(value))
        case Unit.SHARE:
            return f"{float(value):.1%}"
        case Unit.GROSZE:
            return plain_amount(int(value))
        case _:
            return printable(str(value))


def _plain(column: Column, value: Value) -> object:
    if column.unit is Unit.GROSZE and value is not None:
        return plain_amount(int(value))
    digits = _DIGITS.get(column.unit)
    return value if value is None or digits is None else round(float(value), digits)
