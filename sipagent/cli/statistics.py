"""``sipagent statistics``: what queues and their members did; the line's are beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, opened_records, settings_of, write_file
from sipagent.cli.statistics_infoline import infoline
from sipagent.cli.statistics_line import calls, costs
from sipagent.cli.statistics_report import AsCsv, AsJson, Form, From, Language, Pdf, To, days_of
from sipagent.config import Config
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, Service
from sipagent.exchange.statistics.covers import cover_of_queues
from sipagent.exchange.statistics.schema import statistics
from sipagent.exchange.statistics.subjects import SUBJECTS, Subject
from sipagent.reports.sheet import render

app = typer.Typer(
    help="Statistics: what queues and their members did, and what calls have cost.",
    no_args_is_help=True,
)
for _command_of_line in (calls, costs, infoline):
    app.command()(_command_of_line)

_Queues = Annotated[list[str] | None, typer.Option("--queue", help="Name of a queue; else all.")]
_Within = Annotated[float, typer.Option(min=0, help="Seconds in which a call is answered in time.")]
_Short = Annotated[float, typer.Option(min=0, help="Whoever hangs up sooner counts apart.")]
_Goal = Annotated[int, typer.Option(min=0, max=100, help="Per cent to be answered in time.")]
_Window = Annotated[int, typer.Option(min=1, help="Hours in which somebody had to talk with them.")]


def _command(name: str, work: Subject) -> None:
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


for _name, _work in SUBJECTS.items():
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
        found = [work(there, asked, language)[1] for work in SUBJECTS.values()]
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
