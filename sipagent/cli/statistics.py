"""``sipagent statistics``: what queues and their members did."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of, write_file
from sipagent.cli.sheet import csv_text
from sipagent.cli.statistics_report import cells_of, json_of, table_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange.statistics import report, sections
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, Service
from sipagent.exchange.statistics.clock import Days
from sipagent.exchange.statistics.report import Report
from sipagent.exchange.statistics.schema import statistics
from sipagent.exchange.statistics.sections import Section
from sipagent.exchange.statistics.sheet import cover, render
from sipagent.exchange.statistics.words import Words, words

app = typer.Typer(help="Statistics: what queues and their members did.", no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
_From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, help="First day; else today.")
]
_To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day; else today.")]
_Queues = Annotated[list[str] | None, typer.Option("--queue", help="Name of a queue; else all.")]
_Within = Annotated[float, typer.Option(min=0, help="Seconds in which a call is answered in time.")]
_Short = Annotated[float, typer.Option(min=0, help="Whoever hangs up sooner counts apart.")]
_Goal = Annotated[int, typer.Option(min=0, max=100, help="Per cent to be answered in time.")]
_Window = Annotated[int, typer.Option(min=1, help="Hours in which somebody had to talk with them.")]
_AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, with all columns.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with all columns.")]
_Pdf = Annotated[Path | None, typer.Option(help="Write a PDF, with charts.")]
_Language = Annotated[Literal["pl", "en"], typer.Option(help="Of the PDF.")]


#: What is told of a question: the report of the terminal, and the section of a paper.
_Told = tuple[Report, Section]
_Work = Callable[[Statistics, Question, Words], _Told]


def _queues(there: Statistics, asked: Question, words: Words) -> _Told:
    """Count the calls of each queue: answered, abandoned, how long they waited."""
    found = there.by_queue(asked)
    return report.of_calls("queue", found.items()), sections.queues_section(found, words)


def _days(there: Statistics, asked: Question, words: Words) -> _Told:
    """Count the calls of each day."""
    found = there.by_hour(asked)
    section = sections.days_section(found, asked.days, asked.service, words)
    return report.of_days(found, asked.days), section


def _hours(there: Statistics, asked: Question, words: Words) -> _Told:
    """Count the calls of each hour of the day, of all days together."""
    found = there.by_hour(asked)
    return report.of_hours(found), sections.hours_section(found, words)


def _members(there: Statistics, asked: Question, words: Words) -> _Told:
    """Tell what members were offered, how long they talked, and were logged in."""
    found = there.by_member(asked)
    return report.of_members(found), sections.members_section(found, words)


def _pauses(there: Statistics, asked: Question, words: Words) -> _Told:
    """Tell for how long members were paused, and why."""
    found = there.presences(asked)
    return report.of_pauses(found), sections.pauses_section(found, words)


def _missed(there: Statistics, asked: Question, words: Words) -> _Told:
    """List callers who hung up while waiting, and with whom nobody has talked since."""
    found = there.abandoned(asked)
    zone = asked.days.zone
    return report.of_missed(found, zone), sections.missed_section(found, zone, words)


_SUBJECTS: dict[str, _Work] = {
    "queues": _queues,
    "days": _days,
    "hours": _hours,
    "members": _members,
    "pauses": _pauses,
    "missed": _missed,
}


def _command(name: str, work: _Work) -> None:
    """Add the command of a subject."""

    @app.command(name, help=work.__doc__)
    def command(
        *,
        first: _From = None,
        last: _To = None,
        queue: _Queues = None,
        within: _Within = USUAL.within,
        short: _Short = USUAL.short,
        goal: _Goal = USUAL.goal,
        window: _Window = 24,
        as_csv: _AsCsv = False,
        as_json: _AsJson = False,
        pdf: _Pdf = None,
        language: _Language = "pl",
        config: ConfigFile = None,
    ) -> None:
        settings = settings_of(config)
        service = Service(goal, within, short)
        asked = _question(settings, first, last, queue, service, window)
        # A terminal speaks English, as all commands do.
        spoken = words(language if pdf is not None else "en")
        with _statistics(settings) as there:
            found, section = work(there, asked, spoken)
        if pdf is not None:
            _write(pdf, asked, [section], language)
        elif as_json:
            typer.echo(json.dumps(json_of(found), ensure_ascii=False, indent=2))
        elif as_csv:
            keys = [column.key for column in found.columns]
            typer.echo(csv_text(keys, cells_of(found)), nl=False)
        else:
            Terminal().print(table_of(found))
            if section.note:
                typer.echo(section.note)


for _name, _work in _SUBJECTS.items():
    _command(_name, _work)


@app.command("report")
def write_report(
    pdf: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF.")],
    *,
    first: _From = None,
    last: _To = None,
    queue: _Queues = None,
    within: _Within = USUAL.within,
    short: _Short = USUAL.short,
    goal: _Goal = USUAL.goal,
    window: _Window = 24,
    language: _Language = "pl",
    config: ConfigFile = None,
) -> None:
    """Write all of them as one PDF, with charts."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(goal, within, short), window)
    spoken = words(language)
    with _statistics(settings) as there:
        found = [work(there, asked, spoken)[1] for work in _SUBJECTS.values()]
    _write(pdf, asked, found, language)


def _write(path: Path, asked: Question, found: Sequence[Section], language: str) -> None:
    write_file(path, render(cover(asked, language), found))


@contextmanager
def _statistics(settings: Config) -> Iterator[Statistics]:
    with opened_records(settings.paths.database, statistics) as db:
        yield Statistics(db)


def _question(
    settings: Config,
    first: datetime | None,
    last: datetime | None,
    queue: list[str] | None,
    service: Service,
    window: int,
) -> Question:
    now = datetime.now(UTC)
    today = settings.line.local(now).date()
    end = last.date() if last else max(today, first.date() if first else today)
    begin = first.date() if first else min(today, end)
    if end < begin:
        raise DataError(f"--to {end} is before --from {begin}")
    days = Days(begin, end, settings.line.zone)
    return Question(days, now, tuple(queue or ()), service, timedelta(hours=window))
