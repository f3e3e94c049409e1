"""Reports on paper: A4, with charts and grids, tagged for screen readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sipagent.charts.theme import LIGHT
from sipagent.messages.grid import Grid
from sipagent.messages.paper import HEAD, QUIET, SMALL, TITLE, Imprint, Paper
from sipagent.messages.wording import day_text, moment_text
from sipagent.reports.days import Days
from sipagent.reports.report import Column, Report, Unit, Value
from sipagent.reports.section import Section
from sipagent.reports.wording import value_text
from sipagent.reports.words import Words

#: Millimetres between what belongs together, and before what does not.
_NEAR, _APART = 3.0, 9.0


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands above the sections.

    Args:
        title: of the paper.
        facts: what it is about, a line each.
        language: ``pl`` or ``en``.
        made: the local time.
        note: small print at the end.
    """

    title: str
    facts: Sequence[str]
    language: str
    made: datetime
    note: str = ""


def render(cover: Cover, sections: Sequence[Section]) -> bytes:
    """Return sections, one at least, as a PDF.

    Raises:
        SetupError: a font is missing or damaged.
    """
    paper = Paper(_imprint(cover, sections))
    paper.add_page()
    with paper.tagged("H1"):
        paper.paragraph(cover.title, size=TITLE, bold=True)
    paper.skip(_NEAR)
    for fact in cover.facts:
        with paper.tagged("P"):
            paper.paragraph(fact)
    for section in sections:
        _write(paper, section, cover.language)
    if cover.note:
        paper.skip(_APART)
        _small(paper, cover.note)
    return bytes(paper.output())


def period(days: Days, told: Words, language: str) -> str:
    """Return which days a cover is about."""
    first, last = day_text(days.first, language), day_text(days.last, language)
    key = "day_of" if days.first == days.last else "days_of"
    return told[key].format(first=first, last=last)


def _write(paper: Paper, section: Section, language: str) -> None:
    told = section.told
    grids = [
        Grid(
            paper,
            [told[column.key] for column in report.columns],
            [_cells(report.columns, row, language) for row in report.rows],
            total=_total(report, told, language),
            texts=sum(column.unit is Unit.TEXT for column in report.columns),
        )
        for report in section.reports
        if report.rows
    ]
    paper.skip(_APART)
    paper.keep(70.0 if section.pictures else 30.0)
    with paper.tagged("H2"):
        paper.paragraph(section.title, size=HEAD, bold=True)
    paper.skip(_NEAR)
    for picture in section.pictures:
        paper.drawing(picture(theme=LIGHT))
        paper.skip(_NEAR)
    for grid in grids:
        grid.write()
        paper.skip(2 * _NEAR)
    if not grids:
        _small(paper, told["nothing"])
    if section.note:
        _small(paper, section.note)


def _small(paper: Paper, text: str) -> None:
    with paper.tagged("P"):
        paper.paragraph(text, size=SMALL, color=QUIET)


def _total(report: Report, told: Words, language: str) -> list[str] | None:
    if report.total is None or len(report.rows) < 2:
        return None
    return [told["total"], *_cells(report.columns[1:], report.total[1:], language)]


def _cells(columns: Sequence[Column], row: Sequence[Value], language: str) -> list[str]:
    return [value_text(column, value, language) for column, value in zip(columns, row, strict=True)]


def _imprint(cover: Cover, sections: Sequence[Section]) -> Imprint:
    told = sections[0].told
    shown = [(one.title, one.reports, one.note) for one in sections]
    return Imprint(
        title=cover.title,
        author="sipagent",
        language=cover.language,
        made=cover.made,
        left=next(iter(cover.facts), ""),
        page=told["page"],
        right=told["made"].format(moment=moment_text(cover.made, cover.language)),
        identity=repr((cover, shown)),
    )
