"""``sipagent statistics``: what queues and their members did; the line's are beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of, write_file
from sipagent.cli.statistics_line import calls, costs
from sipagent.cli.statistics_report import AsCsv, AsJson, Form, From, Language, Pdf, To, days_of
from sipagent.config import Config
from sipagent.exchange.statistics import report, sections
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, Service
from sipagent.exchange.statistics.report import Report
from sipagent.exchange.statistics.schema import statistics
from sipagent.exchange.statistics.sections import Section
from sipagent.exchange.statistics.sheet import cover_of_queues, render

app = typer.Typer(
    help="Statistics: what queues and their members did, and what calls have cost.",
    no_args_is_help=True,
)
for _command_of_line in (calls, costs):
    app.command()(_command_of_line)

_Queues = Annotated[list[str] | None, typer.Option("--queue", help="Name of a queue; else all.")]
_Within = Annotated[float, typer.Option(min=0, help="Seconds in which a call is answered in time.")]
_Short = Annotated[float, typer.Option(min=0, help="Whoever hangs up sooner counts apart.")]
_Goal = Annotated[int, typer.Option(min=0, max=100, help="Per cent to be answered in time.")]
_Window = Annotated[int, typer.Option(min=1, help="Hours in which somebody had to talk with them.")]

#: What is told of a question: the report of the terminal, and the section of a paper.
_Told = tuple[Report, Section]
_Work = Callable[[Statistics, Question, str], _Told]


def _queues(there: Statistics, asked: Question, language: str) -> _Told:
    """Count the calls of each queue: answered, abandoned, how long they waited."""
    found = there.by_queue(asked)
    return report.of_calls("queue", found.items()), sections.queues_section(found, language)


def _days(there: Statistics, asked: Question, language: str) -> _Told:
    """Count the calls of each day."""
    found = there.by_hour(asked)
    section = sections.days_section(found, asked.days, asked.service, language)
    return report.of_days(found, asked.days), section


def _hours(there: Statistics, asked: Question, language: str) -> _Told:
    """Count the calls of each hour of the day, of all days together."""
    found = there.by_hour(asked)
    return report.of_hours(found), sections.hours_section(found, language)


def _members(there: Statistics, asked: Question, language: str) -> _Told:
    """Tell what members were offered, how long they talked, and were logged in."""
    found = there.by_member(asked)
    return report.of_members(found), sections.members_section(found, language)


def _pauses(there: Statistics, asked: Question, language: str) -> _Told:
    """Tell for how long members were paused, and why."""
    found = there.presences(asked)
    return report.of_pauses(found), sections.pauses_section(found, language)


def _missed(there: Statistics, asked: Question, language: str) -> _Told:
    """List callers who hung up while waiting, and with whom nobody has talked since."""
    found = there.abandoned(asked)
    zone = asked.days.zone
    return report.of_missed(found, zone), sections.missed_section(found, zone, language)


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
        first: From = None,
        last: To = None,
        queue: _Queues = None,
        within: _Within = USUAL.within,
        short: _Short = USUAL.short,
        goal: _Goal = USUAL.goal,
        window: _Window = 24,
        as_csv: AsCsv = False,
        as_json: AsJson = False,
        pdf: Pdf = None,
        language: Language = "pl",
        config: ConfigFile = None,
    ) -> None:
        settings = settings_of(config)
        service = Service(goal, within, short)
        asked = _question(settings, first, last, queue, service, window)
        form = Form(as_csv, as_json, pdf, language)
        with _statistics(settings, asked) as there:
            found, section = work(there, asked, form.spoken)
        form.show(found, section, partial(cover_of_queues, asked))


for _name, _work in _SUBJECTS.items():
    _command(_name, _work)


@app.command("report")
def write_report(
    pdf: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF.")],
    *,
    first: From = None,
    last: To = None,
    queue: _Queues = None,
    within: _Within = USUAL.within,
    short: _Short = USUAL.short,
    goal: _Goal = USUAL.goal,
    window: _Window = 24,
    language: Language = "pl",
    config: ConfigFile = None,
) -> None:
    """Write all of them as one PDF, with charts."""
    settings = settings_of(config)
    asked = _question(settings, first, last, queue, Service(goal, within, short), window)
    with _statistics(settings, asked) as there:
        found = [work(there, asked, language)[1] for work in _SUBJECTS.values()]
    write_file(pdf, render(cover_of_queues(asked, language), found))


@contextmanager
def _statistics(settings: Config, asked: Question) -> Iterator[Statistics]:
    with opened_records(settings.paths.database, statistics) as db:
        there = Statistics(db)
        there.require(asked.queues)
        yield there


def _question(
    settings: Config,
    first: datetime | None,
    last: datetime | None,
    queue: list[str] | None,
    service: Service,
    window: int,
) -> Question:
    now = datetime.now(UTC)
    days = days_of(settings, first, last, now)
    return Question(days, now, tuple(queue or ()), service, timedelta(hours=window))
