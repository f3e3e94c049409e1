"""Statistics on paper: A4, with charts and grids, tagged for screen readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sipagent import times
from sipagent.exchange.statistics.asked import Question
from sipagent.exchange.statistics.clock import Days
from sipagent.exchange.statistics.report import Column, Report, Unit, Value, clock_text
from sipagent.exchange.statistics.sections import Section
from sipagent.exchange.statistics.words import words
from sipagent.messages.grid import Grid
from sipagent.messages.paper import HEAD, QUIET, SMALL, TITLE, Imprint, Paper
from sipagent.messages.wording import day_text, moment_text, money_text

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


def cover_of_queues(asked: Question, language: str) -> Cover:
    """Return what stands above the answers to a question about queues."""
    told, service = words(language), asked.service
    queues = told["queues_of"].format(queues=", ".join(asked.queues))
    promise = told["promise"].format(
        goal=service.goal, within=f"{service.within:g}", short=f"{service.short:g}"
    )
    facts = [_period(asked.days, language), queues if asked.queues else told["queues_all"], promise]
    made = times.in_zone(asked.now, asked.days.zone)
    return Cover(told["title"], facts, language, made, told["definitions"])


def cover_of_line(title: str, days: Days, user: str, now: datetime, language: str) -> Cover:
    """Return what stands above calls of the line, or of a user, and what they cost.

    Args:
        title: key of a word.
        days: that are asked about.
        user: empty: all.
        now: the time.
        language: of the paper.
    """
    told = words(language)
    facts = [_period(days, language), *([told["user_of"].format(user=user)] if user else [])]
    return Cover(told[title], facts, language, times.in_zone(now, days.zone))


def render(cover: Cover, sections: Sequence[Section]) -> bytes:
    """Return statistics as a PDF.

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


def _period(days: Days, language: str) -> str:
    first, last = day_text(days.first, language), day_text(days.last, language)
    key = "day_of" if days.first == days.last else "days_of"
    return words(language)[key].format(first=first, last=last)


def _write(paper: Paper, section: Section, language: str) -> None:
    told = words(language)
    grids = [
        Grid(
            paper,
            [told[column.key] for column in report.columns],
            [_cells(report.columns, row, language) for row in report.rows],
            total=_total(report, language),
            texts=sum(column.unit is Unit.TEXT for column in report.columns),
        )
        for report in section.reports
        if report.rows
    ]
    paper.skip(_APART)
    paper.keep(70.0 if section.drawings else 30.0)
    with paper.tagged("H2"):
        paper.paragraph(section.title, size=HEAD, bold=True)
    paper.skip(_NEAR)
    for drawing in section.drawings:
        paper.drawing(drawing)
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


def _total(report: Report, language: str) -> list[str] | None:
    if report.total is None or len(report.rows) < 2:
        return None
    return [words(language)["total"], *_cells(report.columns[1:], report.total[1:], language)]


def _cells(columns: Sequence[Column], row: Sequence[Value], language: str) -> list[str]:
    return [_told(column, value, language) for column, value in zip(columns, row, strict=True)]


def _told(column: Column, value: Value, language: str) -> str:
    if value is None:
        return "–"
    match column.unit:
        case Unit.SECONDS:
            return clock_text(float(value))
        case Unit.SHARE:
            text = f"{float(value):.1%}"
            return text.replace(".", ",") if language == "pl" else text
        case Unit.GROSZE:
            return money_text(int(value), language)
        case _:
            return str(value)


def _imprint(cover: Cover, sections: Sequence[Section]) -> Imprint:
    told = words(cover.language)
    return Imprint(
        title=cover.title,
        author="sipagent",
        language=cover.language,
        made=cover.made,
        left=next(iter(cover.facts), ""),
        page=told["page"],
        right=told["made"].format(moment=moment_text(cover.made, cover.language)),
        identity=repr((cover, sections)),
    )
