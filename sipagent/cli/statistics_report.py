"""What ``sipagent statistics`` asks for, and prints: a table, CSV, JSON or a PDF."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import write_file
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.money import plain_amount
from sipagent.reports.days import Days
from sipagent.reports.report import Column, Report, Unit, Value, cells_of, clock_text, json_of
from sipagent.reports.section import Section
from sipagent.reports.sheet import Cover, render
from sipagent.sheet import csv_text
from sipagent.text import printable

_DAY = ["%Y-%m-%d"]
From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, help="First day; else today.")
]
To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day; else today.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, with all columns.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with all columns.")]
Pdf = Annotated[Path | None, typer.Option(help="Write a PDF, with charts.")]
Language = Annotated[Literal["pl", "en"], typer.Option(help="Of the PDF.")]

#: What is more than its key with other signs between the words.
_HEADINGS = {"asa": "ASA", "aht": "AHT", "longest": "longest wait"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is wanted: as a table, unless one of the others is said."""

    as_csv: bool
    as_json: bool
    pdf: Path | None
    language: str

    @property
    def spoken(self) -> str:
        """The language of what is told: a terminal speaks English."""
        return self.language if self.pdf is not None else "en"

    def show(self, report: Report, section: Section, cover: Callable[[str], Cover]) -> None:
        """Print a report, or write its section to the PDF; the cover is that of a language."""
        if self.pdf is not None:
            write_file(self.pdf, render(cover(self.language), [section]))
        elif self.as_json:
            typer.echo(json.dumps(json_of(report), ensure_ascii=False, indent=2))
        elif self.as_csv:
            keys = [column.key for column in report.columns]
            typer.echo(csv_text(keys, cells_of(report)), nl=False)
        else:
            Terminal().print(table_of(report))
            if section.note:
                typer.echo(section.note)


def days_of(settings: Config, first: datetime | None, last: datetime | None, now: datetime) -> Days:
    """Return the days that are asked about: today, unless something else is said.

    Raises:
        DataError: the last one is before the first one.
    """
    today = settings.line.local(now).date()
    end = last.date() if last else max(today, first.date() if first else today)
    begin = first.date() if first else min(today, end)
    if end < begin:
        raise DataError(f"--to {end} is before --from {begin}")
    return Days(begin, end, settings.line.zone)


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
