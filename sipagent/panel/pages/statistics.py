"""Statistics: counts of queues, of the line and of the infoline, as charts, tables, PDF and CSV."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

import sqlite_utils
from markupsafe import Markup
from starlette.responses import Response

from sipagent import times
from sipagent.charts.theme import PAGE
from sipagent.exchange.statistics.subjects import SUBJECTS as OF_QUEUES
from sipagent.infoline.managing import offices
from sipagent.panel.counting import Asked, Subject, Told, read, subjects_of
from sipagent.panel.files import attached
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, as_json, missing, moved
from sipagent.reports.report import cells_of
from sipagent.reports.sheet import render
from sipagent.reports.wording import value_text
from sipagent.sheet import csv_text
from sipagent.threads import Threads

#: A year of a million calls takes seconds; pages that take none must not wait behind it.
COUNTING = Threads("counting", 2, 40)
#: One paper with all that is asked about queues.
_ALL = "report"
_QUEUES = """
SELECT name FROM parties WHERE kind = 'queue' UNION SELECT queue FROM queue_calls ORDER BY 1
"""


def _first(visit: Visit) -> Response:
    return moved(f"/statistics/{next(iter(subjects_of(visit.person)))}")


def _show(visit: Visit) -> Response:
    key, subject = _subject(visit)
    asked, wrong = _asked(visit, subject)
    told = None if wrong else _told(visit, subject, asked)
    days = asked.question.days
    typed = {name: value.strip() for name, value in visit.query.items() if value.strip()}
    return visit.page(
        "history/statistics.html",
        422 if wrong else 200,
        key=key,
        subject=subject,
        subjects=subjects_of(visit.person),
        asked=asked,
        typed={"since": days.first.isoformat(), "until": days.last.isoformat(), **typed},
        wrong=wrong,
        choices=visit.house.data.read(lambda db: _choices(db, subject)),
        spans=_spans(times.in_zone(visit.now, visit.zone).date()),
        section=told and told.section,
        drawn=[Markup(one(theme=PAGE)) for one in told.section.pictures] if told else [],
        value=value_text,
        whole=key in OF_QUEUES,
        query=urlencode(typed),
    )


def _csv(visit: Visit) -> Response:
    key, subject = _subject(visit)
    asked, wrong = _asked(visit, subject)
    if wrong:
        return _show(visit)
    report = _told(visit, subject, asked).report
    text = csv_text([column.key for column in report.columns], cells_of(report))
    return attached(text, f"{key}.csv", "text/csv")


def _hours(visit: Visit) -> Response:
    """Return the figures hour by hour, for the chart that is zoomed into."""
    _, subject = _subject(visit)
    asked, wrong = _asked(visit, subject)
    if wrong or (found := subject.hours) is None:
        raise missing()
    return as_json(visit.house.data.read(lambda db: found(db, asked.question, visit.language)))


def _pdf(visit: Visit) -> Response:
    if visit.names["subject"] == _ALL:
        return _whole(visit)
    key, subject = _subject(visit)
    asked, wrong = _asked(visit, subject)
    if wrong:
        return _show(visit)
    told = _told(visit, subject, asked)
    return attached(render(told.cover, [told.section]), f"{key}.pdf", "application/pdf")


def _whole(visit: Visit) -> Response:
    """Return one paper with all that can be asked about queues."""
    there = subjects_of(visit.person)
    if not OF_QUEUES.keys() <= there.keys():
        raise missing()
    asked, wrong = _asked(visit, there["queues"])
    if wrong:
        raise missing()
    told = [_told(visit, there[key], asked) for key in OF_QUEUES]
    content = render(told[0].cover, [one.section for one in told])
    return attached(content, "queues.pdf", "application/pdf")


def _subject(visit: Visit) -> tuple[str, Subject]:
    key, there = visit.names["subject"], subjects_of(visit.person)
    if key not in there:
        raise missing()
    return key, there[key]


def _asked(visit: Visit, subject: Subject) -> tuple[Asked, frozenset[str]]:
    """Return what is asked for; of a manager it is always about the own owners."""
    asked, wrong = read(subject, visit.query, visit.now, visit.zone)
    if visit.person.manager is None:
        return asked, wrong
    codes = visit.house.data.read(_codes)
    return replace(asked, manager=codes[visit.person.manager]), wrong


def _told(visit: Visit, subject: Subject, asked: Asked) -> Told:
    return visit.house.data.read(lambda db: subject.answer(db, asked, visit.language))


def _codes(db: sqlite_utils.Database) -> dict[int, str]:
    return {one.manager.id: one.manager.code for one in offices(db)}


def _choices(db: sqlite_utils.Database, subject: Subject) -> Mapping[str, list[str]]:
    """Return what can be chosen in fields."""
    found: dict[str, list[str]] = {}
    if "queue" in subject.fields:
        found["queue"] = [name for (name,) in db.execute(_QUEUES).fetchall()]
    if "manager" in subject.fields:
        found["manager"] = list(_codes(db).values())
    return found


def _spans(today: date) -> dict[str, dict[str, str]]:
    """Return days that are often asked about, by what they are called."""
    month = today.replace(day=1)
    last = month - timedelta(days=1)
    spans = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "week": (today - timedelta(days=today.weekday()), today),
        "month": (month, today),
        "last-month": (last.replace(day=1), last),
    }
    return {
        name: {"since": first.isoformat(), "until": until.isoformat()}
        for name, (first, until) in spans.items()
    }


ROUTES = (
    Route("/statistics", Permission.STATISTICS, _first),
    Route("/statistics/{subject}.csv", Permission.STATISTICS, _csv, threads=COUNTING),
    Route("/statistics/{subject}.json", Permission.STATISTICS, _hours, threads=COUNTING),
    Route("/statistics/{subject}.pdf", Permission.STATISTICS, _pdf, threads=COUNTING),
    Route("/statistics/{subject}", Permission.STATISTICS, _show, threads=COUNTING),
)
